import type { EntityName } from '@entrepot/canonical';
import type { BegunCall } from '@entrepot/runtime-kit/circuit';
import { type OpenSourceEntity, type ReadProgress, type Unfinished, VendorError } from '@entrepot/vendor-kit';
import { describeBug, type Hold, isInfrastructureError } from '../hold.ts';
import type { FetchOutcome } from '../metrics.ts';
import {
  createFetchPlaces,
  createLane,
  type FetchPlaces,
  isWaiting,
  type KeptProgress,
  listItems,
  type Read,
  type ReadItem,
  type ReadLane,
  type ReadPriority,
  type ReadQueue,
  takeBatch,
  type WaitingRecord,
} from './read-queue.ts';

/** The connection was switched off or removed: nothing is read any more. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed';
}

export interface RecordReader {
  /**
   * Reads one record. Requests that arrive during a call go into the next one together. Waits for a failing connection
   * without end; a record that the vendor or its mapper refuses comes back as `unmapped`.
   * @throws ConnectionClosed
   */
  read(sourceId: string, priority: ReadPriority): Promise<Read>;
  /** Records that are not read whole yet, in no order. */
  listWaiting(): WaitingRecord[];
  close(): void;
}

interface ReadSource {
  readonly records: Pick<OpenSourceEntity, 'fetch'>;
  readonly signal: AbortSignal;
  /** Aborts when another source takes its place. */
  readonly replaced: AbortSignal;
}

export interface RecordReaderOptions {
  readonly entity: EntityName;
  readonly batchSize: number;
  /** Shared with the readers of the connection's other entities. */
  readonly places: FetchPlaces;
  readonly hold: Hold;
  readonly kept: KeptProgress;
  /** The entity's source of the moment; null while it cannot be opened. */
  source(): ReadSource | null;
  nowMicros(): number;
  /** Called after each call to the source. */
  observe(seconds: number, outcome: FetchOutcome): void;
}

const TRIES_OF_ONE_RECORD = 3;
const RETRY_DELAY_MS = 500;
/** Wide records that are read concurrently, one page of each in turn; the others keep their partial reads. */
const WIDE_BATCH = 8;

export function createRecordReader(options: RecordReaderOptions): RecordReader {
  const { entity, hold, kept } = options;
  const looks = createLane(options.batchSize, options.places);
  /** Records of which something was read that is not all. */
  const wide = createLane(
    WIDE_BATCH,
    createFetchPlaces(() => 1),
  );
  const timers = new Map<NodeJS.Timeout, readonly ReadItem[]>();
  const underWay = new Set<ReadItem>();
  let order = 0;
  let pumpScheduled = false;
  let closed = false;
  const stopListening = hold.onResume(() => schedulePump());

  /** Deferred: triggers of the same turn of the event loop share one call. */
  function schedulePump(): void {
    if (pumpScheduled || closed) return;
    pumpScheduled = true;
    setImmediate(() => {
      pumpScheduled = false;
      pump();
    });
  }

  function pump(): void {
    for (const lane of [looks, wide]) {
      while (!closed && isWaiting(lane)) {
        const opened = options.source();
        if (opened === null) return;
        const leave = lane.places.tryTake(schedulePump);
        if (leave === null) break;
        const call = hold.tryEnter();
        if (call === null) {
          leave();
          return;
        }
        const batch = takeBatch(lane);
        for (const item of batch) underWay.add(item);
        void fetchBatch(lane, batch, call, opened).finally(() => {
          leave();
          schedulePump();
        });
      }
    }
  }

  async function fetchBatch(
    lane: ReadLane,
    batch: readonly ReadItem[],
    call: BegunCall,
    { records, signal, replaced }: ReadSource,
  ): Promise<void> {
    const callBeganAtMicros = options.nowMicros();
    const startedAt = performance.now();
    const observe = (outcome: FetchOutcome): void => options.observe((performance.now() - startedAt) / 1000, outcome);
    kept.dropAged(batch, callBeganAtMicros);
    const progress = new Map<string, ReadProgress>();
    const beganAt = new Map<string, number>();
    for (const item of batch) {
      if (item.progress !== null) progress.set(item.sourceId, item.progress);
      beganAt.set(item.sourceId, item.progress?.beganAtMicros ?? callBeganAtMicros);
    }
    const begins = (sourceIds: readonly string[]): void => {
      const atMicros = options.nowMicros();
      for (const sourceId of sourceIds) beganAt.set(sourceId, atMicros);
    };
    try {
      const results = await records.fetch(
        batch.map((item) => item.sourceId),
        signal,
        { progress, begins },
      );
      const readEndedAtMicros = options.nowMicros();
      hold.succeeded();
      observe('ok');
      const untouched = results.filter((result) => result.status === 'unfinished' && result.progress === null).length;
      lane.capacity = untouched === 0 ? lane.batchSize : batch.length - untouched;
      const byId = new Map(results.map((result) => [result.sourceId, result]));
      for (const item of batch) {
        underWay.delete(item);
        const fetched = byId.get(item.sourceId);
        const readBeganAtMicros = beganAt.get(item.sourceId) ?? callBeganAtMicros;
        if (fetched === undefined)
          refuse(item, new VendorError('unexpected', `the answer lacks ${entity} ${item.sourceId}`), batch.length > 1);
        else if (fetched.status === 'unfinished' && replaced.aborted) again(item);
        else if (fetched.status === 'unfinished') goOn(item, fetched, readBeganAtMicros);
        else {
          kept.drop(item);
          item.settle({ fetched, readBeganAtMicros, readEndedAtMicros });
        }
      }
    } catch (error) {
      for (const item of batch) underWay.delete(item);
      if (closed || signal.aborted || replaced.aborted) {
        // Closed for good: close() has rejected the waiting callers. Replaced by one with new settings: read again by
        // that, from the beginning.
        hold.left(call);
        observe('closed');
        for (const item of batch) again(item);
        return;
      }
      observe(error instanceof VendorError ? error.kind : 'bug');
      if (error instanceof VendorError && hold.failed(error)) return requeue(batch);
      if (!(error instanceof VendorError)) hold.left(call);
      // What the client keeps in the store (tokens, sessions) cannot be had: no fault of a record.
      if (isInfrastructureError(error)) later(batch, RETRY_DELAY_MS);
      else for (const item of batch) refuse(item, error, batch.length > 1);
    }
  }

  function goOn(item: ReadItem, { progress }: Unfinished, beganAtMicros: number): void {
    if (progress === null) kept.drop(item);
    else kept.keep(item, { ...progress, beganAtMicros });
    requeue([item]);
  }

  function again(item: ReadItem): void {
    kept.drop(item);
    requeue([item]);
  }

  /** A failure that concerns records: in a batch, each is read by itself; alone, it is tried again a few times, then unmapped. */
  function refuse(item: ReadItem, error: unknown, inBatch: boolean): void {
    item.alone = true;
    if (inBatch) {
      requeue([item]);
      return;
    }
    kept.drop(item);
    item.tries += 1;
    const transient = error instanceof VendorError && (error.kind === 'unexpected' || error.kind === 'conflict');
    if (transient && item.tries < TRIES_OF_ONE_RECORD) {
      later([item], RETRY_DELAY_MS * item.tries);
      return;
    }
    const { sourceId } = item;
    const detail = error instanceof VendorError ? error.toDetail() : describeBug(error);
    const atMicros = options.nowMicros();
    item.settle({
      fetched: { status: 'unmapped', sourceId, number: null, error: detail },
      readBeganAtMicros: atMicros,
      readEndedAtMicros: atMicros,
    });
  }

  function later(items: readonly ReadItem[], delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      requeue(items);
    }, delayMs);
    timers.set(timer, items);
  }

  function requeue(items: readonly ReadItem[]): void {
    for (const item of items) {
      if (closed) {
        kept.drop(item);
        item.fail(closedError());
      } else queueOf(item).put(item);
    }
    schedulePump();
  }

  const queueOf = (item: ReadItem): ReadQueue => (item.progress === null ? looks : wide).queues[item.priority];

  const closedError = (): ConnectionClosed =>
    new ConnectionClosed(`the connection was switched off while ${entity} records waited to be read`);

  return {
    listWaiting: () =>
      [...listItems(looks), ...listItems(wide), ...underWay].map(({ sourceId, askedAtMs }) => ({
        entity,
        sourceId,
        sinceMs: askedAtMs,
      })),
    read(sourceId, priority) {
      if (closed) return Promise.reject(closedError());
      const queued = looks.queues[priority].find(sourceId);
      if (queued !== undefined) return queued.promise;
      let settle: (read: Read) => void = () => {};
      let fail: (error: Error) => void = () => {};
      const promise = new Promise<Read>((resolve, reject) => {
        settle = resolve;
        fail = reject;
      });
      order += 1;
      const item: ReadItem = {
        sourceId,
        priority,
        order,
        askedAtMs: options.nowMicros() / 1_000,
        settle,
        fail,
        promise,
        alone: false,
        tries: 0,
        progress: null,
      };
      requeue([item]);
      return promise;
    },
    close() {
      closed = true;
      stopListening();
      for (const [timer, items] of timers) {
        clearTimeout(timer);
        requeue(items);
      }
      for (const lane of [looks, wide]) for (const queue of Object.values(lane.queues)) requeue(queue.clear());
    },
  };
}
