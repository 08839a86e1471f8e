import type { EntityName } from '@entrepot/canonical';
import type { Fetched, ReadProgress } from '@entrepot/vendor-kit';

export interface Read {
  readonly fetched: Fetched;
  /** When the call that returned it began; it contains everything that the source had committed before. */
  readonly readBeganAtMicros: number;
  /** When its answer was there: nothing committed later is in it. */
  readonly readEndedAtMicros: number;
}

export interface WaitingRecord {
  readonly entity: EntityName;
  readonly sourceId: string;
  readonly sinceMs: number;
}

/**
 * `live` is read before `bulk` (backfills); `again` reads a record that was absent once more and delays no other read.
 */
export type ReadPriority = 'live' | 'again' | 'bulk';

/** A record that waits to be read. */
export interface ReadItem {
  readonly sourceId: string;
  readonly priority: ReadPriority;
  /** Rises with every request: who came first. */
  readonly order: number;
  readonly askedAtMs: number;
  readonly settle: (read: Read) => void;
  readonly fail: (error: Error) => void;
  readonly promise: Promise<Read>;
  /** After a batch failed as a whole: read alone, to find the record that causes the failure. */
  alone: boolean;
  tries: number;
  /** What was read of it, if it is not whole. */
  progress: ProgressSince | null;
}

export interface ProgressSince extends ReadProgress {
  /** When the read began that this is of. */
  readonly beganAtMicros: number;
}

/** Records in the order in which they were asked for, taken from either end. */
export interface ReadQueue {
  readonly size: number;
  items(): readonly ReadItem[];
  /** The request of this record that waits. */
  find(sourceId: string): ReadItem | undefined;
  /** Puts an item in its place by age; one that was taken comes back to where it was. */
  put(item: ReadItem): void;
  take(count: number, from: 'oldest' | 'newest'): ReadItem[];
  clear(): ReadItem[];
}

export function createReadQueue(): ReadQueue {
  let sorted: ReadItem[] = [];
  const byId = new Map<string, ReadItem>();

  const forget = (items: readonly ReadItem[]): ReadItem[] => {
    for (const item of items) if (byId.get(item.sourceId) === item) byId.delete(item.sourceId);
    return [...items];
  };
  return {
    get size() {
      return sorted.length;
    },
    items: () => sorted,
    find: (sourceId) => byId.get(sourceId),
    put(item) {
      let from = 0;
      let to = sorted.length;
      while (from < to) {
        const middle = (from + to) >> 1;
        if ((sorted[middle] as ReadItem).order < item.order) from = middle + 1;
        else to = middle;
      }
      sorted.splice(from, 0, item);
      // A newer request of the same record begins its read later: later callers join that one.
      const known = byId.get(item.sourceId);
      if (known === undefined || known.order < item.order) byId.set(item.sourceId, item);
    },
    take(count, from) {
      if (from === 'oldest') return forget(sorted.splice(0, count));
      return forget(sorted.splice(Math.max(0, sorted.length - count)).reverse());
    },
    clear() {
      const all = sorted;
      sorted = [];
      byId.clear();
      return all;
    },
  };
}

/** Calls at once that read records. */
export interface FetchPlaces {
  /** @returns what gives the place back; null when none is free: `onFree` is then called once when one may be */
  tryTake(onFree: () => void): (() => void) | null;
}

export function createFetchPlaces(count: () => number): FetchPlaces {
  const waiting = new Set<() => void>();
  let taken = 0;
  return {
    tryTake(onFree) {
      if (taken >= count()) {
        waiting.add(onFree);
        return null;
      }
      taken += 1;
      return () => {
        taken -= 1;
        // In the order in which they found none.
        const listeners = [...waiting];
        waiting.clear();
        for (const listener of listeners) listener();
      };
    },
  };
}

/** A kind of call, with calls of its own: wide records that wait for the vendor's budget leave room for first looks. */
export interface ReadLane {
  readonly queues: Readonly<Record<ReadPriority, ReadQueue>>;
  readonly batchSize: number;
  readonly places: FetchPlaces;
  /**
   * Records that one call can read, as the last call showed: fewer than it is given where the vendor's budget is short.
   */
  capacity: number;
  turns: number;
}

/** Of so many calls, one begins with further looks at absent records, and of twice as many, one with a backfill's. */
const AGAIN_EVERY = 4;

export function createLane(batchSize: number, places: FetchPlaces): ReadLane {
  const queues = { live: createReadQueue(), again: createReadQueue(), bulk: createReadQueue() };
  return { queues, batchSize, places, capacity: batchSize, turns: 0 };
}

export function listItems({ queues }: ReadLane): ReadItem[] {
  return Object.values(queues).flatMap((queue) => queue.items());
}

export function isWaiting({ queues }: ReadLane): boolean {
  return queues.live.size + queues.again.size + queues.bulk.size > 0;
}

/**
 * Where more waits than one call can read, every other call begins with the newest. So a new request is read soon
 * behind any backlog (wide records, absent ones, a flood), and the oldest get the other half. Backfills have no such
 * priority.
 */
export function takeBatch(lane: ReadLane): ReadItem[] {
  lane.turns += 1;
  const { queues, turns } = lane;
  const batch: ReadItem[] = [];
  for (const queue of orderQueues(queues, turns)) {
    const isLong = queue !== queues.bulk && queue.size > lane.capacity;
    const end = isLong && turns % 2 === 0 ? 'newest' : 'oldest';
    for (const item of queue.take(lane.batchSize - batch.length, end)) {
      // A record that must be read alone goes into a call only as its first and only item.
      if (batch[0]?.alone === true || (item.alone && batch.length > 0)) queue.put(item);
      else batch.push(item);
    }
  }
  return batch;
}

function orderQueues({ live, again, bulk }: ReadLane['queues'], turns: number): readonly ReadQueue[] {
  if (turns % (2 * AGAIN_EVERY) === 0) return [bulk, live, again];
  return turns % AGAIN_EVERY === 1 ? [again, live, bulk] : [live, again, bulk];
}

/** Partial reads of wide records: kept between two reads, within bounds of memory and age. */
export interface KeptProgress {
  /**
   * Notes how far a record is read. Beyond the bound, the least advanced of the others is dropped and read from its
   * beginning again.
   */
  keep(item: ReadItem, progress: ProgressSince): void;
  /** The record is whole, or has to be read anew. */
  drop(item: ReadItem): void;
  /** Drops items that are too old: the vendor has probably changed them, and would reject them only at the end. */
  dropAged(items: readonly ReadItem[], nowMicros: number): void;
  readonly bytes: number;
}

/** Of all connections of a process together; an order of 500 lines with everything on it is some 3 MB. */
export const MAX_KEPT_BYTES = 64 * 1024 * 1024;
const MAX_AGE_MICROS = 15 * 60_000_000;

export function createKeptProgress(mostBytes = MAX_KEPT_BYTES): KeptProgress {
  const kept = new Set<ReadItem>();
  let bytes = 0;

  function drop(item: ReadItem): void {
    if (kept.delete(item)) bytes -= item.progress?.bytes ?? 0;
    item.progress = null;
  }

  return {
    get bytes() {
      return bytes;
    },
    drop,
    dropAged(items, nowMicros) {
      for (const item of items)
        if (item.progress !== null && nowMicros - item.progress.beganAtMicros > MAX_AGE_MICROS) drop(item);
    },
    keep(item, progress) {
      if (kept.delete(item)) bytes -= item.progress?.bytes ?? 0;
      item.progress = progress;
      kept.add(item);
      bytes += progress.bytes;
      // The most advanced record stays, whatever its size: so at least one record always completes.
      while (bytes > mostBytes && kept.size > 1) drop(findLeastFar(kept));
    },
  };
}

function findLeastFar(items: Iterable<ReadItem>): ReadItem {
  let least: ReadItem | null = null;
  for (const item of items)
    if (least === null || (item.progress?.bytes ?? 0) < (least.progress?.bytes ?? 0)) least = item;
  return least as ReadItem;
}
