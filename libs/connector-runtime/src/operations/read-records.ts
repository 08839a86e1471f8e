import type { Publisher } from '@entrepot/broker';
import type { Logger } from '@entrepot/service-kit';
import {
  NO_PROGRESS,
  type OperationProgress,
  type PublishedKey,
  type PublishedRecords,
  type SourceOperationDocument,
} from '@entrepot/store';
import { describeBug, isInfrastructureError, untilAborted } from '../hold.ts';
import { readPages } from '../polls/read-pages.ts';
import type { RecordSync, SyncOutcome, SyncTrigger } from '../publish/record-sync.ts';
import { reportUnmapped } from '../publish/report-unmapped.ts';
import type { OpenConnection } from '../sources/open-connections.ts';
import { ConnectionClosed } from '../sources/record-reader.ts';
import { findMissing } from './find-missing.ts';

export interface OperationReading {
  readonly vendor: string;
  readonly operation: SourceOperationDocument;
  readonly connection: OpenConnection;
  readonly sync: Pick<RecordSync, 'sync'>;
  readonly published: Pick<PublishedRecords, 'listPresent'>;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly traceparent: string | null;
  nowMicros(): number;
  /** Ends the reading; records under way go on, and are read again by the next holder. */
  readonly signal: AbortSignal;
  /** Notes that all before the cursor is acknowledged, with what became of the records since the last call. */
  advance(cursor: string, done: OperationProgress): Promise<void>;
}

/** Ids that are read together; a restart reads at most so many again. */
const IDS_TOGETHER = 100;

/**
 * Reads what an operation names from its cursor on. A record on which our own code fails is reported as unmapped, and costs nothing else.
 * @throws VendorError · ConnectionClosed · the signal's reason · what `advance` throws
 */
export async function readRecords(reading: OperationReading): Promise<void> {
  const { operation, connection, signal } = reading;
  const { cursor, request, kind, entity } = operation;
  const isBackfill = kind === 'backfill';
  const isListed = request.sourceIds === null;
  const trigger = {
    via: isBackfill ? 'BACKFILL' : isListed ? 'POLL' : 'REFRESH',
    snapshot: isBackfill,
  } as const satisfies Partial<SyncTrigger>;
  let done = NO_PROGRESS;

  async function follow(address: PublishedKey, given: SyncTrigger): Promise<SyncOutcome> {
    const outcome = await syncOrReport(reading, address, { ...given, traceparent: reading.traceparent });
    done = count(done, outcome);
    return outcome;
  }

  async function advance(next: string): Promise<void> {
    const counted = done;
    done = NO_PROGRESS;
    await reading.advance(next, counted);
  }

  async function readTogether(ids: readonly string[], further: Pick<SyncTrigger, 'swept'>): Promise<void> {
    const given = { ...trigger, ...further, traceparent: null, cause: `operation ${operation._id}` };
    const work = ids.map((sourceId) => follow({ connection: connection.id, entity, sourceId }, given));
    await untilAborted(Promise.all(work), signal);
  }

  if (kind === 'sweep') {
    const missing = await findMissing(reading);
    // Those before the cursor were read, and some of them found.
    const left = missing.filter((id) => cursor === null || id > cursor);
    for (let from = 0; from < left.length; from += IDS_TOGETHER) {
      const together = left.slice(from, from + IDS_TOGETHER);
      await readTogether(together, { swept: true });
      await advance(together.at(-1) ?? '');
    }
    return;
  }
  if (request.sourceIds !== null) {
    const ids = request.sourceIds;
    for (let from = Number(cursor ?? 0); from < ids.length; from += IDS_TOGETHER) {
      const together = ids.slice(from, from + IDS_TOGETHER);
      await readTogether(together, {});
      await advance(String(from + together.length));
    }
    return;
  }
  await readPages({
    connection,
    entity,
    cursor,
    sinceMicros: request.sinceMicros,
    trigger,
    sync: { sync: follow },
    signal,
    nowMicros: reading.nowMicros,
    // Without reading ahead, a page is done before the next one is asked for: its counts belong to its cursor.
    onPage: advance,
  });
}

async function syncOrReport(
  reading: OperationReading,
  address: PublishedKey,
  trigger: SyncTrigger,
): Promise<SyncOutcome> {
  const { sync, log, signal } = reading;
  try {
    return await sync.sync(address, trigger);
  } catch (bug) {
    if (signal.aborted || bug instanceof ConnectionClosed || isInfrastructureError(bug)) throw bug;
    log.error({ err: bug, entity: address.entity }, 'a record of an operation failed');
    const error = describeBug(bug);
    await reportUnmapped(address, error, reading, signal);
    return { result: 'unmapped', error };
  }
}

function count(done: OperationProgress, { result }: SyncOutcome): OperationProgress {
  const name = result === 'not-found' ? 'notFound' : result;
  return { ...done, records: done.records + 1, [name]: done[name] + 1 };
}
