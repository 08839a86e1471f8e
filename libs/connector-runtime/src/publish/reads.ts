import { MAX_DIFFERENCE_MICROS } from '@entrepot/runtime-kit/clock';

/**
 * Reads of one record. In a process they never overlap, and one read serves all triggers whose changes it has seen.
 * Which read becomes a new version is decided by pure functions. They guarantee for any number of processes and runs:
 * the versions of one record rise whenever its content changes, no older read overwrites a newer one, and a crash loses
 * nothing that was published.
 */

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

/** The last version of a record, confirmed or intended. */
export interface LastVersion {
  readonly version: number;
  readonly contentHash: string;
  /** When the last read that saw it ended. */
  readonly readEndedAtMicros: number;
  /** Clock domain of `readEndedAtMicros`: process id; null = mixed. */
  readonly reader?: string | null;
  /** `intended`: written before the send; whether Kafka has it is unknown. */
  readonly state: 'intended' | 'confirmed';
}

/** What a read gave. */
export interface ReadVersion {
  readonly contentHash: string;
  /** Source's own change stamp; null when it has none. */
  readonly stampMicros: number | null;
  readonly readBeganAtMicros: number;
  /** Clock domain of the read: the id of the process. */
  readonly reader: string;
  /** Publish the last version once more although it is confirmed: an older version was appended after it. */
  readonly again?: boolean;
  /** The source had another state since the last version, which was never read: the same content is a version of its own. */
  readonly restored?: boolean;
}

export type VersionDecision =
  /** The content is published already. */
  | { readonly action: 'none'; readonly version: number }
  /**
   * The published state may come from a read that ended after this one began, so this read may be older. A read that
   * begins at `fromMicros` or later is not.
   */
  | { readonly action: 'read-again'; readonly fromMicros: number }
  /** Store it as intended if the last version is still the one decided upon (compare-and-set), publish, confirm. */
  | { readonly action: 'publish'; readonly version: number };

/** A source's clock may be wrong; a stamp further ahead than this would push all later versions into the future. */
const MAX_STAMP_LEAD_MICROS = 86_400_000_000;

export function decideVersion(last: LastVersion | null, read: ReadVersion): VersionDecision {
  if (last === null) return { action: 'publish', version: stampOf(read) };
  const same = last.contentHash === read.contentHash && read.restored !== true;
  if (same && last.state === 'confirmed' && read.again !== true) return { action: 'none', version: last.version };
  // Overlapping reads of two replicas may have seen the source in either order: only a read that began after the other
  // ended saw no less.
  const fromMicros = last.readEndedAtMicros + differenceOfClocks(last, read.reader);
  if (read.readBeganAtMicros < fromMicros) return { action: 'read-again', fromMicros };
  // Same content, but its publication was never confirmed (a crash): publish the same version again, so that a second
  // copy is harmless.
  if (same) return { action: 'publish', version: last.version };
  return { action: 'publish', version: Math.max(stampOf(read), last.version + 1) };
}

/**
 * The version under which a state in the topic is republished with the same content; null where it is not its record's
 * last state, so that it never overtakes a newer one. No version can come between a state and its repetition. A
 * repetition that was noted and perhaps never sent (a crash) is recognised by that, and is sent under the same version.
 */
export function decideRepetition(
  last: LastVersion | null,
  standing: { readonly version: number; readonly contentHash: string },
): number | null {
  if (last === null || last.contentHash !== standing.contentHash) return null;
  const next = standing.version + 1;
  if (last.version === standing.version) return next;
  return last.version === next && last.state === 'intended' ? next : null;
}

/**
 * Whether a read that found the last version unchanged may have ended after all noted reads: only then must it be
 * noted.
 */
export function isLaterRead(
  last: LastVersion,
  read: { readonly readEndedAtMicros: number; readonly reader: string },
): boolean {
  return read.readEndedAtMicros > last.readEndedAtMicros - differenceOfClocks(last, read.reader);
}

function differenceOfClocks(last: LastVersion, reader: string): number {
  return last.reader === reader ? 0 : MAX_DIFFERENCE_MICROS;
}

function stampOf({ stampMicros, readBeganAtMicros }: ReadVersion): number {
  if (stampMicros === null || stampMicros > readBeganAtMicros + MAX_STAMP_LEAD_MICROS) return readBeganAtMicros;
  return Math.max(1, stampMicros);
}
