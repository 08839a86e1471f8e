import { ENTITY_NAMES, type EntityName } from '@entrepot/canonical';
import { z } from 'zod';
import type { CallContext } from '../call.ts';
import type { Fetched, PollPage, Reading, Unfinished } from './records.ts';

/**
 * What it means that a record is not found by its id:
 * - `deletes`: absent in two reads, it is deleted, and its last state says so
 * - `unknown`: it may be hidden (rights, company, age): nothing is published, and the operator sees that the source
 *   does not show it
 * - `sweep`: as `unknown`, unless a sweep does not find it among all ids either: then it is deleted
 */
export const ABSENCES = ['deletes', 'unknown', 'sweep'] as const;
export type Absence = (typeof ABSENCES)[number];

/** What a fetch or a poll is given besides the client. */
export interface EntityCall<Settings = unknown> {
  /** The connection's settings for this entity. */
  readonly settings: Settings;
  readonly call: CallContext;
}

export interface FetchCall<Settings = unknown> extends EntityCall<Settings> {
  readonly reading: Reading;
}

export interface PollCall<Settings = unknown> extends EntityCall<Settings> {
  /** Where an earlier poll ended; null at the first. */
  readonly cursor: string | null;
  /** Where to begin without a cursor; null = from the beginning. */
  readonly sinceMicros: number | null;
}

/**
 * How one entity is read from a source. Both functions throw {@link VendorError} only. Members are methods, so that entities of several
 * types stand in one record without a cast.
 */
export interface SourceEntity<E extends EntityName = EntityName, Client = unknown, Settings = unknown> {
  /**
   * Settings that a connection has for this entity alone, under `source.<entity>`; each needs a default. {@link noSettings} when there
   * are none.
   */
  readonly settings: z.ZodType<Settings>;
  /** Maximum of ids in one fetch; the fetch may read fewer, by its budget. */
  readonly batch: { readonly count: number };
  /** Time between reconciliation polls where neither connection nor installation sets one. */
  readonly pollIntervalMs: number;
  readonly absence: Absence;
  /**
   * Roles of documents that we write into this vendor and whose external references its records show, each with what
   * the vendor calls the document (`Fetched.confirms`). A delivery that waits for such a document goes on by it. Left
   * out: none.
   */
  readonly confirms?: readonly string[];
  /**
   * Every record that a fetch finds carries `states`: of the documents that the vendor's own target writes, by
   * `showState`. The connector then tells our own writes from other changes. Left out: the vendor writes none of them.
   */
  readonly showsStates?: true;
  /**
   * Fetches records by id in as few calls as the vendor allows; one result per id, any order. Where the vendor's budget
   * is short or a record takes many calls, it returns as soon as a record is complete or progress was made: the rest as
   * `unfinished`, in the order requested. No progress is lost: it throws only when this fetch achieved nothing.
   */
  fetch(
    client: Client,
    sourceIds: readonly string[],
    call: FetchCall<Settings>,
  ): Promise<readonly (Fetched<E> | Unfinished)[]>;
  /** Lists the ids of all records that there are, in any order; declared exactly where absence is `sweep`. */
  listIds?(client: Client, call: EntityCall<Settings>): AsyncIterable<readonly string[]>;
  /** Lists what changed, oldest first, with the overlap the vendor's clock and paging need. Ends when it has caught up. */
  poll(client: Client, call: PollCall<Settings>): AsyncIterable<PollPage>;
}

export const noSettings = z.strictObject({});

/** Checks an entity against its own types; it is any entity of its client from here on. */
export function sourceEntity<E extends EntityName, Client, Settings>(
  _name: E,
  entity: SourceEntity<E, Client, Settings>,
): SourceEntity<E, Client> {
  return entity;
}

/** Names of the entities that a record of them holds. */
export function listEntities(entities: { readonly [E in EntityName]?: unknown }): EntityName[] {
  return ENTITY_NAMES.filter((name) => entities[name] !== undefined);
}
