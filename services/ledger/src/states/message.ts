import type { EntityName, ErrorDetail } from '@entrepot/canonical';

/**
 * One event as published, or one source record that could not become an event (`unmapped`). `_id` begins with the time, so that
 * inserts go to the right edge of the index.
 */
export interface Message {
  readonly _id: string;
  readonly revision: number;
  /** `stray`: a foreign record on a private topic; it has coordinates and an error, and names no source record. */
  readonly state: 'published' | 'unmapped' | 'stray';
  /** Null on unmapped messages and dead letters. */
  readonly eventId: string | null;
  /** Null on dead letters. */
  readonly entity: EntityName | null;
  readonly connection: string;
  readonly vendor: string;
  readonly sourceId: string;
  readonly number: string | null;
  readonly version: number | null;
  readonly contentHash: string | null;
  readonly deleted: boolean;
  readonly snapshot: boolean;
  readonly origin: string | null;
  readonly record: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  /** The record's value exactly as on the topic (Confluent framing + Avro); decoded on read. */
  readonly bytes: Buffer | null;
  /** The record's headers, needed to send the same record to a lane again. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why it is unmapped or a dead letter, why a router could not read it, or why it cannot be delivered. */
  readonly error: ErrorDetail | null;
  readonly fingerprint: string | null;
  /** Sink vendors whose router has reported on it. */
  readonly routedBy: readonly string[];
  /** An event on which no flow has decided: it lists its record, since no delivery does. */
  readonly undelivered: boolean;
  /** Of one with an error: version of the later event that repaired it; null while it is open. */
  readonly repairedByVersion: number | null;
  readonly refs: readonly string[];
  /** When it was published (or found unmapped). */
  readonly at: Date;
}

/** A message's state in the API's words: the stored `stray`, which is also the report's kind, is a dead letter there. */
export type ShownState = Exclude<Message['state'], 'stray'> | 'dead-letter';

export function showState(state: Message['state']): ShownState {
  return state === 'stray' ? 'dead-letter' : state;
}

export function storedState(state: ShownState): Message['state'] {
  return state === 'dead-letter' ? 'stray' : state;
}

/** A message without its payload: enough to show and to move it. */
export type MessageFacts = Omit<Message, 'bytes' | 'headers'>;

/** A message of a source record. */
export type RecordMessage = Message & { readonly entity: EntityName };
export type RecordFacts = MessageFacts & { readonly entity: EntityName };

/** All that a message does not say unless it is given. */
export const BLANK_MESSAGE = {
  revision: 0,
  eventId: null,
  number: null,
  version: null,
  contentHash: null,
  deleted: false,
  snapshot: false,
  origin: null,
  record: null,
  bytes: null,
  headers: {},
  error: null,
  fingerprint: null,
  routedBy: [],
  undelivered: false,
  repairedByVersion: null,
};
