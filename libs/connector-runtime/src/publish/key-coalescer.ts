import { MAX_DIFFERENCE_MICROS } from '@entrepot/runtime-kit/clock';

/** Serialises work per key; callers that arrive while a run is waiting share it. */
export interface KeyCoalescer<Trigger, Result> {
  run(key: string, trigger: Trigger): Promise<Result>;
  has(key: string): boolean;
  /** Keys being worked on or waiting. */
  readonly size: number;
}

interface Entry<Trigger, Result> {
  running: Promise<unknown>;
  waiting: { trigger: Trigger; readonly promise: Promise<Result> } | null;
}

/**
 * Runs of `work` for one key never overlap, so reads of one record are serialised. All triggers that arrive during a
 * run share one further run. That run begins after they arrived, so it sees the changes that they announce. `merge`
 * combines two triggers.
 */
export function createKeyCoalescer<Trigger, Result>(
  work: (key: string, trigger: Trigger) => Promise<Result>,
  merge: (earlier: Trigger, later: Trigger) => Trigger,
): KeyCoalescer<Trigger, Result> {
  const entries = new Map<string, Entry<Trigger, Result>>();

  async function start(key: string, entry: Entry<Trigger, Result>, trigger: Trigger): Promise<Result> {
    try {
      return await work(key, trigger);
    } finally {
      if (entry.waiting === null) entries.delete(key);
    }
  }

  function follow(key: string, entry: Entry<Trigger, Result>, trigger: Trigger): Promise<Result> {
    const promise = entry.running
      .catch(() => {})
      .then(() => {
        const merged = entry.waiting?.trigger ?? trigger;
        entry.waiting = null;
        const running = start(key, entry, merged);
        entry.running = running;
        return running;
      });
    entry.waiting = { trigger, promise };
    return promise;
  }

  return {
    get size() {
      return entries.size;
    },
    has: (key) => entries.has(key),
    run(key, trigger) {
      const entry = entries.get(key);
      if (entry === undefined) {
        const fresh: Entry<Trigger, Result> = { running: Promise.resolve(), waiting: null };
        entries.set(key, fresh);
        const running = start(key, fresh, trigger);
        fresh.running = running;
        return running;
      }
      if (entry.waiting === null) return follow(key, entry, trigger);
      entry.waiting.trigger = merge(entry.waiting.trigger, trigger);
      return entry.waiting.promise;
    },
  };
}

/** What came of the last reads of records in this process. */
export interface RecentReads<Outcome> {
  /** Notes that the read that began then led to this outcome. */
  note(key: string, beganAtMicros: number, outcome: Outcome): void;
  /**
   * The outcome of a read that began after the source announced the change, and so has seen it; undefined when there is
   * none.
   */
  findSince(key: string, toldAtMicros: number): Outcome | undefined;
}

const MAX_RECORDS = 10_000;

/**
 * Sources announce one change several times (created, paid, updated), and hints of one record are followed one after
 * the other. A read that began after the last of them covers them all; the others would only cost a read each. Holds
 * the last 10,000 records.
 */
export function createRecentReads<Outcome>(): RecentReads<Outcome> {
  const reads = new Map<string, { readonly beganAtMicros: number; readonly outcome: Outcome }>();
  return {
    note(key, beganAtMicros, outcome) {
      reads.delete(key);
      reads.set(key, { beganAtMicros, outcome });
      if (reads.size > MAX_RECORDS) reads.delete(reads.keys().next().value as string);
    },
    findSince(key, toldAtMicros) {
      const last = reads.get(key);
      // One replica may have heard of the change, another one read.
      const seenSince = toldAtMicros + MAX_DIFFERENCE_MICROS;
      return last !== undefined && last.beganAtMicros >= seenSince ? last.outcome : undefined;
    },
  };
}
