import { withDeadline } from '@entrepot/store';
import type { mongo } from 'mongoose';

interface Versioned {
  readonly _id: string;
  readonly revision: number;
  /** A mark only one write has, so that reading back tells our write from another process's with the same revision. */
  readonly writer?: string;
}

/** Gives the document as it shall be; the same object back (or null) means: leave as it is. Must be pure: it may run again. */
export type Change<T> = (current: T | null) => T | null;

interface Waiting<T> {
  readonly change: Change<T>;
  readonly resolve: (document: T | null) => void;
  readonly reject: (error: unknown) => void;
}

/** A document to write (or, without operation, left as it is) and who waits for it. */
interface Write<T extends Versioned> {
  readonly next: T | null;
  readonly waiters: Waiting<T>[];
  readonly operation: mongo.AnyBulkWriteOperation<T> | null;
}

/** The driver can wait for ever for a connection that broke at the wrong moment; one such call must not stop all others. */
const DEADLINE_MS = 10_000;

/**
 * Applies pure changes to documents of one collection in groups: one read and one bulk write for all that gathered while the last group
 * was under way. Changes of one document apply in the order they came; documents are written by compare-and-set on `revision`, so other
 * processes may do the same.
 */
export class DocumentBatcher<T extends Versioned> {
  private waiting = new Map<string, Waiting<T>[]>();
  private running = false;
  private readonly collection: mongo.Collection<T>;
  private readonly maxGroup: number;

  constructor(collection: mongo.Collection<T>, maxGroup = 1000) {
    this.collection = collection;
    this.maxGroup = maxGroup;
  }

  /**
   * @returns the document after the change, acknowledged by a majority and journalled; null when there is none and none was made
   * @throws what MongoDB throws; nothing is known to be written then, and the change may be given again
   */
  update(id: string, change: Change<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const list = this.waiting.get(id) ?? [];
      list.push({ change, resolve, reject });
      this.waiting.set(id, list);
      if (!this.running) {
        this.running = true;
        setImmediate(() => void this.drain());
      }
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.size > 0) {
      const group = takeFirst(this.waiting, this.maxGroup);
      try {
        await this.writeGroup(group);
      } catch (error) {
        for (const list of group.values()) for (const waiter of list) waiter.reject(error);
      }
    }
    this.running = false;
  }

  private async writeGroup(group: Map<string, Waiting<T>[]>): Promise<void> {
    let open = group;
    while (open.size > 0) {
      open = await this.tryGroup(open);
    }
  }

  /** Returns those whose document somebody else changed in between: they are read and applied again. */
  private async tryGroup(group: Map<string, Waiting<T>[]>): Promise<Map<string, Waiting<T>[]>> {
    const found = await this.read({ _id: { $in: [...group.keys()] } });
    const stored = new Map(found.map((document) => [document._id, document]));
    const writes: Write<T>[] = [];
    const settled: Write<T>[] = [];
    for (const [id, list] of group) {
      const before = stored.get(id) ?? null;
      const { document, accepted } = applyAll(before, list);
      if (document === before || document === null) settled.push({ next: before, waiters: accepted, operation: null });
      else {
        const next = { ...document, revision: (before?.revision ?? 0) + 1, writer: nextWriter() };
        writes.push({ next, waiters: accepted, operation: writeOf(before, next) });
      }
    }
    const lost = writes.length === 0 ? new Set<string>() : await this.write(writes);
    const again = new Map<string, Waiting<T>[]>();
    for (const write of [...settled, ...writes]) {
      const id = write.next?._id;
      if (write.operation !== null && id !== undefined && lost.has(id)) again.set(id, write.waiters);
      else for (const waiter of write.waiters) waiter.resolve(write.next);
    }
    return again;
  }

  /** @returns ids whose compare-and-set did not hit */
  private async write(writes: readonly Write<T>[]): Promise<Set<string>> {
    const documents = writes.map((write) => write.next).filter((next): next is T => next !== null);
    try {
      const operations = writes.map((write) => write.operation).filter((operation) => operation !== null);
      const result = await withDeadline(
        this.collection.bulkWrite(operations, { ordered: false, writeConcern: { w: 'majority', journal: true } }),
        DEADLINE_MS,
      );
      if (result.insertedCount + result.matchedCount === writes.length) return new Set();
    } catch (error) {
      // A lost connection comes as a bulk error too, but without a write error: its end is unknown, and the caller must hear of it.
      if (!isDuplicateKey(error)) throw error;
    }
    // Somebody else won some of them: find out which by reading our marks back.
    const ours = await this.read({
      $or: documents.map(({ _id, revision, writer }) => ({ _id, revision, writer })),
    });
    const lost = new Set(documents.map((document) => document._id));
    for (const { _id } of ours) lost.delete(_id);
    return lost;
  }

  /** Majority reads, so that nothing is built on a write that could be rolled back. */
  private async read(filter: object): Promise<T[]> {
    // biome-ignore lint/suspicious/noExplicitAny: the driver's filter types do not follow a generic document
    const cursor = this.collection.find(filter as any, { readConcern: { level: 'majority' } });
    return withDeadline(cursor.toArray(), DEADLINE_MS) as Promise<T[]>;
  }
}

let writeCount = 0;
const WRITER = `${process.pid}-${Date.now().toString(36)}`;

function nextWriter(): string {
  writeCount += 1;
  return `${WRITER}-${writeCount}`;
}

function writeOf<T extends Versioned>(before: T | null, next: T): mongo.AnyBulkWriteOperation<T> {
  // biome-ignore lint/suspicious/noExplicitAny: see above
  if (before === null) return { insertOne: { document: next as any } };
  // biome-ignore lint/suspicious/noExplicitAny: see above
  return { replaceOne: { filter: { _id: next._id, revision: before.revision } as any, replacement: next as any } };
}

/** Applies changes in order; one that throws is refused alone. */
function applyAll<T>(before: T | null, list: Waiting<T>[]): { document: T | null; accepted: Waiting<T>[] } {
  let document = before;
  const accepted: Waiting<T>[] = [];
  for (const waiter of list) {
    try {
      document = waiter.change(document) ?? document;
      accepted.push(waiter);
    } catch (error) {
      waiter.reject(error);
    }
  }
  return { document, accepted };
}

function takeFirst<T>(waiting: Map<string, Waiting<T>[]>, most: number): Map<string, Waiting<T>[]> {
  const taken = new Map<string, Waiting<T>[]>();
  for (const [id, list] of waiting) {
    if (taken.size >= most) break;
    taken.set(id, list);
    waiting.delete(id);
  }
  return taken;
}

/** True when write errors were reported and all of them say that the document was there already. */
function isDuplicateKey(error: unknown): boolean {
  const writeErrors = (error as { writeErrors?: unknown } | null)?.writeErrors;
  const list = Array.isArray(writeErrors) ? writeErrors : writeErrors === undefined ? [] : [writeErrors];
  return list.length > 0 && list.every((one: { code?: unknown }) => one.code === 11000);
}
