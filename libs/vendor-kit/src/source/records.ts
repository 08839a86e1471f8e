import type { ConfirmedDocument, EntityName, EntityOf, ErrorDetail } from '@entrepot/canonical';
import type { ShownState } from '../target/states.ts';

/** "Something about this record changed": from a webhook or a poll. The record itself is then fetched. */
export interface Hint {
  readonly entity: EntityName;
  /** The record's id in the source. */
  readonly sourceId: string;
  /** Where the hint comes from, e.g. `orders/updated` or `poll`; for people and logs. */
  readonly cause: string;
  /** The record was removed: no poll finds it, so this hint must not be lost. */
  readonly deletion?: boolean;
  /**
   * The record has just been created at the source, so probably no version is published yet. An optimisation only: it
   * decides nothing.
   */
  readonly creation?: boolean;
}

/** Result of fetching one record. The entity's source has version 0 and no hash: the runtime completes it. */
export type Fetched<E extends EntityName = EntityName> =
  | {
      readonly status: 'found';
      readonly sourceId: string;
      readonly entity: EntityOf<E>;
      /** Source's own change stamp, microseconds UTC; null when it has none. */
      readonly stampMicros: number | null;
      readonly number: string | null;
      /** Documents that this record shows to carry our own references, of roles that the entity {@link SourceEntity.confirms}; left out: none. */
      readonly confirms?: readonly ConfirmedDocument[];
      /** What the record shows of documents that Entrepot writes; where the entity declares {@link SourceEntity.showsStates}. */
      readonly states?: readonly ShownState[];
    }
  /** What it means is the entity's declaration: see {@link Absence}. */
  | { readonly status: 'not-found'; readonly sourceId: string }
  | {
      /** Cannot be mapped (totals do not add up, protected data refused …). */
      readonly status: 'unmapped';
      readonly sourceId: string;
      readonly number: string | null;
      readonly error: ErrorDetail;
      /** As of a record that is found: what waits for a document of ours does not wait for its record to be mapped. */
      readonly confirms?: readonly ConfirmedDocument[];
    };

/** A record that a fetch returned incomplete: the next fetch continues from `progress`. */
export interface Unfinished {
  readonly status: 'unfinished';
  readonly sourceId: string;
  /** Null when nothing of it was read yet. */
  readonly progress: ReadProgress | null;
}

/**
 * The part of a record read so far, as its source left it. The runtime keeps it, within bounds of memory and age, and
 * hands it back.
 */
export interface ReadProgress {
  /** Approximate bytes in memory. */
  readonly bytes: number;
  /** The source's own; nothing else reads it. */
  readonly state: unknown;
}

/** How the runtime follows a fetch. */
export interface Reading {
  /** What earlier fetches read of these records. */
  readonly progress: ReadonlyMap<string, ReadProgress>;
  /**
   * Called immediately before the request that reads these records from their beginning: changes from then on may not
   * be seen. A source that waits before its request calls it, so that changes during the wait need no further read.
   * Never called: the fetch's beginning counts.
   */
  begins(sourceIds: readonly string[]): void;
}

export interface PollPage {
  readonly hints: readonly Hint[];
  /**
   * Where to continue once this page and those before it are published; opaque to the runtime. The next page may be
   * requested earlier: the runtime keeps each hint until it is published, so a source need not repeat it.
   */
  readonly cursor: string;
}
