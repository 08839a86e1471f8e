import { MAX_DIFFERENCE_MICROS } from '@entrepot/runtime-kit/clock';

/**
 * Decides, as a pure function, when a read of a record becomes a new version. Guarantees for any number of processes
 * and runs: the versions of one record rise whenever its content changes, no older read overwrites a newer one, and a
 * crash loses nothing that was published.
 */

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
  const same = last.contentHash === read.contentHash;
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
