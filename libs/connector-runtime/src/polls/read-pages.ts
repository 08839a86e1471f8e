import type { EntityName } from '@entrepot/canonical';
import { WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { type Hint, VendorError } from '@entrepot/vendor-kit';
import type { Hold } from '../hold.ts';
import { untilAborted } from '../hold.ts';
import type { RecordSync, SyncTrigger } from '../publish/record-sync.ts';
import type { OpenConnection } from '../sources/open-connections.ts';
import { createUnderWay, type UnderWay } from './under-way.ts';

export interface PageReading {
  readonly connection: OpenConnection;
  readonly entity: EntityName;
  readonly cursor: string | null;
  /** Where to begin when there is no cursor; null = from the beginning. */
  readonly sinceMicros: number | null;
  readonly trigger: Omit<SyncTrigger, 'cause' | 'traceparent' | 'toldAtMicros'>;
  readonly sync: Pick<RecordSync, 'sync'>;
  readonly signal: AbortSignal;
  nowMicros(): number;
  /**
   * Called when this page and all pages before it are acknowledged; after a failure the reading continues from here.
   */
  onPage(cursor: string, records: number): Promise<void>;
  /** Left out: each page is done before the next one is asked for. */
  readonly ahead?: ReadingAhead;
}

/** Continues to list while records are being read, so that small records behind wide ones are found. */
export interface ReadingAhead {
  /** Survives a reading that was interrupted: the source has listed these records and may not list them again. */
  readonly underWay: UnderWay;
  /** With so many records that are not done nothing more is listed. */
  readonly mostRecords: number;
  /** A listing begins. */
  onListing(): void;
  /** Resolves when it is time to list again although records are still in progress, or when aborted. */
  whenDue(until: AbortSignal): Promise<void>;
}

/**
 * Reads everything that changed since the cursor, page by page, and publishes it. Waits while the connection is held,
 * and continues from the last page listed. Ends when all is listed and done.
 * @throws VendorError of a kind that does not hold the connection · the signal's reason · ConnectionClosed · the error
 *   of a failed record
 */
export async function readPages(reading: PageReading): Promise<number> {
  const { connection, entity, sync, signal, ahead } = reading;
  const underWay = ahead?.underWay ?? createUnderWay();
  let { cursor } = reading;
  let records = 0;

  /**
   * Each record counts as announced now: if a read after a webhook has already seen the change, the listing does not
   * read it again.
   */
  const follow = ({ sourceId, cause }: Hint): Promise<unknown> =>
    sync.sync(
      { connection: connection.id, entity, sourceId },
      { ...reading.trigger, cause, traceparent: null, toldAtMicros: reading.nowMicros() },
    );

  /** True when no more than `most` records are in progress; false when it is time to list again first. */
  async function settle(most: number, isDue: () => boolean, due: readonly Promise<unknown>[] = []): Promise<boolean> {
    for (;;) {
      for (let page = underWay.takeDone(); page !== null; page = underWay.takeDone()) {
        signal.throwIfAborted();
        if (page.cursor !== null) await reading.onPage(page.cursor, page.records);
        records += page.records;
      }
      signal.throwIfAborted();
      const failure = underWay.failure();
      if (failure !== null) throw failure.error;
      if (isDue()) return false;
      if (underWay.size <= most) return true;
      await untilAborted(Promise.race([underWay.changed(), ...due]), signal);
    }
  }

  /** True when all is done; false when it is time to list again. */
  async function settleRest(): Promise<boolean> {
    if (ahead === undefined || underWay.size === 0) return settle(0, () => false);
    const over = new AbortController();
    let isDue = false;
    const due = ahead.whenDue(AbortSignal.any([signal, over.signal])).then(() => {
      isDue = true;
    });
    try {
      return await settle(0, () => isDue, [due]);
    } finally {
      over.abort(new Error('nothing is under way any more'));
    }
  }

  underWay.resume(follow);
  return withSource(connection, signal, async ({ source, replaced }, stop) => {
    ahead?.onListing();
    const pages = source.entity(entity)?.poll(cursor, reading.sinceMicros, stop) ?? [];
    for await (const page of pages) {
      const hints = page.hints.filter((hint) => hint.entity === entity);
      underWay.add(hints, page.cursor, follow);
      await settle(ahead?.mostRecords ?? 0, () => false);
      cursor = page.cursor;
      if (replaced.aborted) return null;
    }
    if (replaced.aborted) return null;
    connection.hold.succeeded();
    return (await settleRest()) ? records : null;
  });
}

type OpenedSource = NonNullable<ReturnType<OpenConnection['source']>>;

/**
 * Works with the source of a connection once it is not held, and anew after a failure that holds it, or with another one that took its place.
 * @param work gives null to begin anew; `stop` aborts when the source is closed
 * @throws VendorError of a kind that does not hold the connection · the signal's reason · what `work` throws otherwise
 */
export async function withSource<T extends NonNullable<unknown>>(
  connection: OpenConnection,
  signal: AbortSignal,
  work: (opened: OpenedSource, stop: AbortSignal) => Promise<T | null>,
): Promise<T> {
  for (;;) {
    await whenReady(connection.hold, signal);
    const opened = connection.source();
    if (opened === null) {
      await WALL_CLOCK.sleep(500, signal);
      continue;
    }
    try {
      const result = await work(opened, AbortSignal.any([signal, opened.signal]));
      if (result !== null) return result;
    } catch (error) {
      signal.throwIfAborted();
      // Settings changed in between: on with the new source.
      if (opened.signal.aborted || opened.replaced.aborted) continue;
      if (error instanceof VendorError && connection.hold.failed(error)) continue;
      throw error;
    }
  }
}

/** Resolves when the connection is not held. @throws the signal's reason */
async function whenReady(hold: Hold, signal: AbortSignal): Promise<void> {
  while (hold.state().held) {
    await new Promise<void>((resolve, reject) => {
      const done = (settle: () => void): void => {
        stopListening();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = (): void => done(() => reject(signal.reason as Error));
      const stopListening = hold.onResume(() => done(resolve));
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }
  signal.throwIfAborted();
}
