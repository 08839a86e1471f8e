import { type EntityName, isEntityName } from './identity.ts';
import { subjectOf } from './topics.ts';

/**
 * What an entity record's Kafka headers say (CloudEvents 1.0 binary mode plus Entrepot's own), so that the router and the
 * ledger need not decode the value.
 */
export interface EventHeaders {
  /** `ce_id`: stable over retries; source + id + version + content hash. */
  readonly eventId: string;
  readonly entity: EntityName;
  /** Source connection's id. */
  readonly connection: string;
  /** Source vendor, e.g. `shopify`. */
  readonly vendor: string;
  /** The record's id in the source. */
  readonly sourceId: string;
  /** Business number people know it by (order name), when there is one. */
  readonly number: string | null;
  readonly version: number;
  readonly contentHash: string;
  /** When the event was published, microseconds UTC. */
  readonly publishedAtMicros: number;
  readonly deleted: boolean;
  /** True on backfills and on states that are published once more: routed to the bulk lane. */
  readonly snapshot: boolean;
  /** The version whose content this is, published once more by a newer schema: nothing about the record is new. */
  readonly repeats: number | null;
  /** Connection whose write this state is, when it is our own write coming back. */
  readonly origin: string | null;
  readonly traceparent: string | null;
}

/** Ids, numbers and hashes are short; what is longer is no name but a load, which reports and indexes would have to carry. */
export const MOST_HEADER_CHARACTERS = 1_024;

/** What stands before the registry's subject in `ce_dataschema`: CloudEvents 1.0 asks for an absolute URI there. */
const SCHEMA_URN = 'urn:entrepot:schema:';

/** Malformed or missing event headers: the record cannot be routed; it is recorded and passed over. */
export class InvalidEventHeaders extends Error {
  override readonly name = 'InvalidEventHeaders';
}

/** Event headers as Kafka header strings. */
export function formatEventHeaders(event: EventHeaders): Record<string, string> {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: event.eventId,
    ce_source: `/connections/${event.connection}`,
    ce_type: `entrepot.${event.entity}.v1`,
    ce_subject: event.sourceId,
    ce_time: new Date(event.publishedAtMicros / 1000).toISOString(),
    ce_dataschema: `${SCHEMA_URN}${subjectOf(event.entity)}`,
    'content-type': 'application/vnd.confluent.avro',
    entrepot_connection: event.connection,
    entrepot_vendor: event.vendor,
    entrepot_version: String(event.version),
    entrepot_hash: event.contentHash,
    entrepot_published: String(event.publishedAtMicros),
  };
  if (event.number !== null) headers.entrepot_number = event.number;
  if (event.deleted) headers.entrepot_deleted = 'true';
  if (event.snapshot) headers.entrepot_snapshot = 'true';
  if (event.repeats !== null) headers.entrepot_repeats = String(event.repeats);
  if (event.origin !== null) headers.entrepot_origin = event.origin;
  if (event.traceparent !== null) headers.traceparent = event.traceparent;
  return headers;
}

/**
 * Reads what {@link formatEventHeaders} wrote.
 * @throws InvalidEventHeaders naming the header that is missing or wrong
 */
export function parseEventHeaders(headers: Readonly<Record<string, string | undefined>>): EventHeaders {
  const connection = required(headers, 'entrepot_connection');
  if (connection.includes('/'))
    throw new InvalidEventHeaders(`header entrepot_connection is "${connection.slice(0, 100)}": an id holds no slash`);
  const entity = /^entrepot\.([a-z-]+)\.v\d+$/.exec(required(headers, 'ce_type'))?.[1] ?? '';
  if (!isEntityName(entity))
    throw new InvalidEventHeaders(`header ce_type names no known entity: "${headers.ce_type?.slice(0, 100)}"`);
  return {
    eventId: required(headers, 'ce_id'),
    entity,
    connection,
    vendor: required(headers, 'entrepot_vendor'),
    sourceId: required(headers, 'ce_subject'),
    number: optional(headers, 'entrepot_number'),
    version: natural(headers, 'entrepot_version'),
    contentHash: required(headers, 'entrepot_hash'),
    publishedAtMicros: natural(headers, 'entrepot_published'),
    deleted: headers.entrepot_deleted === 'true',
    snapshot: headers.entrepot_snapshot === 'true',
    repeats: headers.entrepot_repeats === undefined ? null : natural(headers, 'entrepot_repeats'),
    origin: optional(headers, 'entrepot_origin'),
    traceparent: optional(headers, 'traceparent'),
  };
}

function required(headers: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = optional(headers, name);
  if (value === null || value === '') throw new InvalidEventHeaders(`header ${name} is missing`);
  return value;
}

function optional(headers: Readonly<Record<string, string | undefined>>, name: string): string | null {
  const value = headers[name] ?? null;
  if (value !== null && value.length > MOST_HEADER_CHARACTERS)
    throw new InvalidEventHeaders(
      `header ${name} has ${value.length} characters: at most ${MOST_HEADER_CHARACTERS} are allowed`,
    );
  return value;
}

function natural(headers: Readonly<Record<string, string | undefined>>, name: string): number {
  const text = required(headers, name);
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidEventHeaders(`header ${name} is no whole number from 0 on: "${text.slice(0, 100)}"`);
  return value;
}
