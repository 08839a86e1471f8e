import type { ProgressSince, ReadItem } from './read-queue.ts';

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
