import type { EntityName } from '@entrepot/canonical';
import { type Fetched, type Source, VendorError } from '@entrepot/vendor-kit';
import type { Hold } from './hold.ts';

export interface Read {
  readonly fetched: Fetched;
  /** When the call that gave it began; everything the source had committed before is in it. */
  readonly readBeganAtMicros: number;
  /** When its answer was there: nothing committed later is in it. */
  readonly readEndedAtMicros: number;
}

/** The connection was switched off or removed: nothing is read any more. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed';
}

export interface RecordReader {
  /**
   * Reads one record. Reads asked for while a call is under way go into the next one together. A failing connection is waited for,
   * without end; a record that the vendor or its mapper refuses comes back as `unmapped`.
   * @param priority `live` is read before `bulk` (backfills)
   * @throws ConnectionClosed
   */
  read(sourceId: string, priority: 'live' | 'bulk'): Promise<Read>;
  readonly waiting: number;
  close(): void;
}

export interface RecordReaderOptions {
  readonly entity: EntityName;
  readonly batchSize: number;
  readonly maxInFlight: number;
  readonly hold: Hold;
  /** The source of the moment; null while it cannot be opened. */
  source(): { readonly source: Source; readonly signal: AbortSignal } | null;
  nowMicros(): number;
  /** Told of each call. */
  observe(seconds: number, records: number, outcome: string): void;
}

interface Item {
  readonly sourceId: string;
  readonly priority: 'live' | 'bulk';
  readonly settle: (read: Read) => void;
  readonly fail: (error: Error) => void;
  readonly promise: Promise<Read>;
  /** After a batch failed as a whole: read by itself, to find the record that is to blame. */
  alone: boolean;
  tries: number;
}

const TRIES_OF_ONE_RECORD = 3;
const RETRY_DELAY_MS = 500;

export function createRecordReader(options: RecordReaderOptions): RecordReader {
  const { entity, hold } = options;
  const queues = { live: new Map<string, Item>(), bulk: new Map<string, Item>() };
  const timers = new Set<NodeJS.Timeout>();
  let inFlight = 0;
  let pumpScheduled = false;
  let closed = false;
  const stopListening = hold.onResume(() => schedulePump());

  /** Not at once: what arrives in the same turn of the event loop shares one call. */
  function schedulePump(): void {
    if (pumpScheduled || closed) return;
    pumpScheduled = true;
    setImmediate(() => {
      pumpScheduled = false;
      pump();
    });
  }

  function pump(): void {
    while (!closed && inFlight < options.maxInFlight && queues.live.size + queues.bulk.size > 0) {
      const opened = options.source();
      if (opened === null || !hold.tryEnter()) return;
      const batch = takeBatch();
      inFlight += 1;
      void fetchBatch(batch, opened.source, opened.signal).finally(() => {
        inFlight -= 1;
        schedulePump();
      });
    }
  }

  function takeBatch(): Item[] {
    const batch: Item[] = [];
    for (const queue of [queues.live, queues.bulk]) {
      for (const [id, item] of queue) {
        if (batch.length >= options.batchSize || (item.alone && batch.length > 0)) break;
        queue.delete(id);
        batch.push(item);
        if (item.alone) return batch;
      }
    }
    return batch;
  }

  async function fetchBatch(batch: readonly Item[], source: Source, signal: AbortSignal): Promise<void> {
    const readBeganAtMicros = options.nowMicros();
    const startedAt = performance.now();
    const observe = (outcome: string): void =>
      options.observe((performance.now() - startedAt) / 1000, batch.length, outcome);
    try {
      const results = await source.fetch(
        entity,
        batch.map((item) => item.sourceId),
        signal,
      );
      const readEndedAtMicros = options.nowMicros();
      hold.succeeded();
      observe('ok');
      const byId = new Map(results.map((result) => [result.sourceId, result]));
      for (const item of batch) {
        const fetched = byId.get(item.sourceId);
        if (fetched === undefined)
          refuse(item, new VendorError('unexpected', `the answer lacks ${entity} ${item.sourceId}`), batch.length > 1);
        else item.settle({ fetched, readBeganAtMicros, readEndedAtMicros });
      }
    } catch (error) {
      if (closed || signal.aborted) {
        // Closed for good: close() has told them. Reopened with new settings: read again with those.
        hold.left();
        observe('closed');
        requeue(batch);
        return;
      }
      observe(error instanceof VendorError ? error.kind : 'bug');
      if (error instanceof VendorError && hold.failed(error)) return requeue(batch);
      if (!(error instanceof VendorError)) hold.left();
      for (const item of batch) refuse(item, error, batch.length > 1);
    }
  }

  /** A failure that concerns records: in a batch, each is read by itself; alone, it is tried again a few times, then unmapped. */
  function refuse(item: Item, error: unknown, inBatch: boolean): void {
    item.alone = true;
    if (inBatch) {
      requeue([item]);
      return;
    }
    item.tries += 1;
    const transient = error instanceof VendorError && (error.kind === 'unexpected' || error.kind === 'conflict');
    if (transient && item.tries < TRIES_OF_ONE_RECORD) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        requeue([item]);
      }, RETRY_DELAY_MS * item.tries);
      timers.add(timer);
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

  function requeue(items: readonly Item[]): void {
    if (closed) {
      for (const item of items) item.fail(closedError());
      return;
    }
    for (const item of items) queues[item.priority].set(keyOf(item), item);
    schedulePump();
  }

  /** A requeued item must not be taken for a newer request of the same record: that one's read has to begin later anyway, so both may stay. */
  function keyOf(item: Item): string {
    let key = item.sourceId;
    while (queues[item.priority].has(key)) key += '\u0000';
    return key;
  }

  const closedError = (): ConnectionClosed =>
    new ConnectionClosed(`the connection was switched off while ${entity} records waited to be read`);

  return {
    get waiting() {
      return queues.live.size + queues.bulk.size;
    },
    read(sourceId, priority) {
      if (closed) return Promise.reject(closedError());
      const queued = queues[priority].get(sourceId);
      if (queued !== undefined) return queued.promise;
      let settle: (read: Read) => void = () => {};
      let fail: (error: Error) => void = () => {};
      const promise = new Promise<Read>((resolve, reject) => {
        settle = resolve;
        fail = reject;
      });
      queues[priority].set(sourceId, { sourceId, priority, settle, fail, promise, alone: false, tries: 0 });
      schedulePump();
      return promise;
    },
    close() {
      closed = true;
      stopListening();
      for (const timer of timers) clearTimeout(timer);
      for (const queue of [queues.live, queues.bulk]) {
        for (const item of queue.values()) item.fail(closedError());
        queue.clear();
      }
    },
  };
}

function describeBug(error: unknown) {
  const known = error instanceof Error ? error : new Error(String(error));
  return {
    kind: 'bug',
    code: known.name,
    message: `the connector failed on this record: ${known.message}`,
    advice: 'This is an error of the software: report it with the stack shown here.',
    fields: [],
    ...(known.stack === undefined ? {} : { stack: known.stack.slice(0, 4_000) }),
  };
}
