import { MOST_DIFFERENCE_MICROS } from '@entrepot/runtime-kit/clock';

/** What came of the last reads of records in this process. */
export interface RecentReads<Outcome> {
  /** Notes that the read that began then led to this outcome. */
  note(key: string, beganAtMicros: number, outcome: Outcome): void;
  /** The outcome of a read that began after the source told of something, and so has seen it; undefined when there was none. */
  findSince(key: string, toldAtMicros: number): Outcome | undefined;
}

const MOST_RECORDS = 10_000;

/**
 * Sources tell of one change several times (created, paid, updated), and hints of one record are followed one after the other: after a
 * read that began when all of them had come, the others would only cost a read each. Holds the last 10,000 records.
 */
export function createRecentReads<Outcome>(): RecentReads<Outcome> {
  const reads = new Map<string, { readonly beganAtMicros: number; readonly outcome: Outcome }>();
  return {
    note(key, beganAtMicros, outcome) {
      reads.delete(key);
      reads.set(key, { beganAtMicros, outcome });
      if (reads.size > MOST_RECORDS) reads.delete(reads.keys().next().value as string);
    },
    findSince(key, toldAtMicros) {
      const last = reads.get(key);
      // One replica may have heard of the change, another one read.
      const seenSince = toldAtMicros + MOST_DIFFERENCE_MICROS;
      return last !== undefined && last.beganAtMicros >= seenSince ? last.outcome : undefined;
    },
  };
}
