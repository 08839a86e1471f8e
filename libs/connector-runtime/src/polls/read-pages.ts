import type { EntityName } from '@entrepot/canonical';
import { VendorError } from '@entrepot/vendor-kit';
import type { RecordSync, SyncTrigger } from '../publish/record-sync.ts';
import { pause } from '../publish/retry.ts';
import type { Hold } from '../sources/hold.ts';
import type { OpenConnection } from '../sources/open-connections.ts';

export interface PageReading {
  readonly connection: OpenConnection;
  readonly entity: EntityName;
  readonly cursor: string | null;
  /** Where to begin when there is no cursor; null = from the beginning. */
  readonly sinceMicros: number | null;
  readonly trigger: Omit<SyncTrigger, 'cause' | 'traceparent' | 'toldAtMicros'>;
  readonly sync: RecordSync;
  readonly signal: AbortSignal;
  nowMicros(): number;
  /** Called when all of a page is acknowledged; the reading goes on from here after a failure. */
  onPage(cursor: string, records: number): Promise<void>;
}

/**
 * Reads everything that changed since the cursor, page by page, and brings it to its topic. Waits while the connection is held, and goes
 * on from the last finished page.
 * @throws VendorError of a kind that does not hold the connection · the signal's reason · ConnectionClosed
 */
export async function readPages(reading: PageReading): Promise<number> {
  const { connection, entity, sync, signal } = reading;
  let { cursor } = reading;
  let records = 0;
  for (;;) {
    await whenReady(connection.hold, signal);
    const opened = connection.source();
    if (opened === null) {
      await pause(500, signal);
      continue;
    }
    const stop = AbortSignal.any([signal, opened.signal]);
    try {
      for await (const page of opened.source.poll(entity, cursor, reading.sinceMicros, stop)) {
        const hints = page.hints.filter((hint) => hint.entity === entity);
        // What a webhook told of as well, and a read has seen since, is not read once more for the listing.
        const toldAtMicros = reading.nowMicros();
        await Promise.all(
          hints.map(({ sourceId, cause }) =>
            sync.sync(
              { connection: connection.id, entity, sourceId },
              { ...reading.trigger, cause, traceparent: null, toldAtMicros },
            ),
          ),
        );
        signal.throwIfAborted();
        await reading.onPage(page.cursor, hints.length);
        cursor = page.cursor;
        records += hints.length;
      }
      connection.hold.succeeded();
      return records;
    } catch (error) {
      signal.throwIfAborted();
      // Settings changed in between: on with the new source.
      if (opened.signal.aborted) continue;
      if (error instanceof VendorError && connection.hold.failed(error)) continue;
      throw error;
    }
  }
}

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
