import type { ReadProgress } from '@entrepot/vendor-kit';
import type { Read } from './record-reader.ts';

/** `live` is read before `bulk` (backfills); `again` are further looks at records that were absent, which hold nobody up. */
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
  /** After a batch failed as a whole: read by itself, to find the record that is to blame. */
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
      // A newer request of the same record begins its read later: who joins shall join that one.
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
