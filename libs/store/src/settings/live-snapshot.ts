import type { Logger } from '@entrepot/service-kit';
import { createBackoff } from '@entrepot/service-kit/backoff';
import type { mongo } from 'mongoose';
import { withDeadline } from '../deadline.ts';

/** What changed in a live snapshot: `before` null = new, `after` null = removed. */
export interface Change<T> {
  readonly id: string;
  readonly before: T | null;
  readonly after: T | null;
}

/** All documents of a small collection in memory, following the database. */
export interface LiveSnapshot<T> {
  all(): readonly T[];
  find(id: string): T | null;
  /** Called after the snapshot took a change in; returns a function that ends it. */
  onChange(listener: (change: Change<T>) => void): () => void;
  close(): Promise<void>;
}

export interface LiveSnapshotOptions<D extends { readonly _id: string }, T> {
  readonly collection: mongo.Collection<D>;
  /** Parses a stored document. @throws when it is invalid: the snapshot logs the error and keeps the last valid reading */
  readonly read: (document: D) => T;
  readonly log: Logger;
  /** Timeout of a call, longer than one second; after it the stream is opened again. */
  readonly answerTimeoutMs: number;
}

/** How long the database waits for changes before it answers that there are none. */
const AWAIT_MS = 1_000;
const RETRY = { firstMs: 250, longestMs: 10_000 } as const;

/**
 * Loads a collection and follows its change stream.
 *
 * An event only names the document to read again, so every reading is current in any order of events. The driver resumes a stream over
 * short losses; when it gives up, or the stream is invalidated, the whole collection is loaded again: it is small, and a reload misses
 * nothing.
 * @throws when the first load fails, or a document is invalid (there is no earlier reading to keep)
 */
export async function followCollection<D extends { readonly _id: string }, T>(
  options: LiveSnapshotOptions<D, T>,
): Promise<LiveSnapshot<T>> {
  const { collection, read, log, answerTimeoutMs } = options;
  const answered = <R>(call: Promise<R>): Promise<R> => withDeadline(call, answerTimeoutMs);
  const listeners = new Set<(change: Change<T>) => void>();
  let current = new Map<string, { readonly value: T; readonly stored: string }>();
  let stream: mongo.ChangeStream | null = null;
  let closed = false;
  let wake: () => void = () => {};

  /** Opens the stream at the time before the load, so that no change is lost between the two. */
  async function openStream(): Promise<mongo.ChangeStream> {
    const { operationTime } = await answered(collection.db.command({ ping: 1 }));
    return collection.watch([], {
      startAtOperationTime: operationTime as mongo.Timestamp,
      maxAwaitTimeMS: AWAIT_MS,
    });
  }

  function put(document: D, strict: boolean): void {
    const stored = JSON.stringify(document);
    const before = current.get(document._id);
    if (before?.stored === stored) return;
    let value: T;
    try {
      value = read(document);
    } catch (error) {
      if (strict) throw error;
      log.error(
        { err: error, id: document._id, collection: collection.collectionName },
        'changed settings make no sense: the former ones stay in use',
      );
      return;
    }
    current.set(document._id, { value, stored });
    tell({ id: document._id, before: before?.value ?? null, after: value });
  }

  function drop(id: string): void {
    const before = current.get(id);
    if (before === undefined) return;
    current.delete(id);
    tell({ id, before: before.value, after: null });
  }

  function tell(change: Change<T>): void {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        log.error({ err: error, id: change.id }, 'a listener of settings failed');
      }
    }
  }

  async function loadAll(strict: boolean): Promise<void> {
    const documents = (await answered(collection.find().toArray())) as D[];
    const present = new Set(documents.map((document) => document._id));
    for (const id of [...current.keys()]) if (!present.has(id)) drop(id);
    for (const document of documents) put(document, strict);
  }

  async function reload(id: string): Promise<void> {
    const document = (await answered(collection.findOne({ _id: id } as mongo.Filter<D>))) as D | null;
    if (document === null) drop(id);
    else put(document, false);
  }

  async function follow(source: mongo.ChangeStream): Promise<void> {
    while (!closed) {
      // Returns null after a while without events, so that a dead connection is noticed: waiting for the next event has no timeout.
      const event = await answered(source.tryNext());
      if (event === null) continue;
      if (!('documentKey' in event)) throw new Error(`the change stream ended: ${event.operationType}`);
      await reload(String(event.documentKey._id));
    }
  }

  async function run(): Promise<void> {
    const backoff = createBackoff(RETRY);
    while (!closed) {
      try {
        if (stream === null) {
          stream = await openStream();
          await loadAll(false);
          log.info({ collection: collection.collectionName }, 'settings are followed again');
        }
        backoff.reset();
        await follow(stream);
      } catch (error) {
        if (closed) return;
        const delayMs = backoff.next();
        log.warn({ err: error, collection: collection.collectionName, delayMs }, 'following settings was interrupted');
        await answered(stream?.close() ?? Promise.resolve()).catch(() => {});
        stream = null;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, delayMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  stream = await openStream();
  try {
    await loadAll(true);
  } catch (error) {
    await stream.close();
    throw error;
  }
  const running = run();

  return {
    all: () => [...current.values()].map((entry) => entry.value),
    find: (id) => current.get(id)?.value ?? null,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      closed = true;
      listeners.clear();
      wake();
      await answered(stream?.close() ?? Promise.resolve()).catch(() => {});
      await running;
      current = new Map();
    },
  };
}
