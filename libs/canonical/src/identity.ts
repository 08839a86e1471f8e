import { hash } from 'node:crypto';
import type { Source, Via } from './generated/shared.gen.ts';
import type { TimestampMicros } from './values.ts';

/** The canonical entities; one Kafka topic and one schema folder each. */
export const ENTITY_NAMES = [
  'customer',
  'product',
  'order',
  'inventory',
  'shipment',
  'invoice',
  'product-category',
  'price',
  'inventory-adjustment',
] as const;

export type EntityName = (typeof ENTITY_NAMES)[number];

/** True when `name` is one of {@link ENTITY_NAMES}. */
export function isEntityName(name: string): name is EntityName {
  return (ENTITY_NAMES as readonly string[]).includes(name);
}

/** What an entity's records are to those who queue and write them. */
export interface EntityTraits {
  /** Each record is a full state, of which only the newest matters; false: a document of its own, each of which counts. */
  readonly conflates: boolean;
}

const STATE: EntityTraits = { conflates: true };
const DOCUMENT: EntityTraits = { conflates: false };

export const ENTITY_TRAITS: Readonly<Record<EntityName, EntityTraits>> = {
  customer: STATE,
  product: STATE,
  order: STATE,
  inventory: STATE,
  shipment: STATE,
  invoice: STATE,
  'product-category': STATE,
  price: STATE,
  'inventory-adjustment': DOCUMENT,
};

interface EventKey {
  readonly connection: string;
  readonly id: string;
}

/**
 * The Kafka key of a record, for ever: `<connection>/<source id>`.
 * Throws when a part is empty or the connection holds a slash, because keys would be ambiguous then.
 */
export function eventKey(connection: string, id: string): string {
  if (!connection || connection.includes('/'))
    throw new TypeError(`"${connection}" cannot be a connection's id: it must not be empty nor hold a slash.`);
  if (!id) throw new TypeError(`A record of ${connection} has no id: without one it has no key.`);
  return `${connection}/${id}`;
}

/** Reads what {@link eventKey} wrote; the id may hold slashes. Throws when it is not such a key. */
export function parseEventKey(key: string): EventKey {
  const slash = key.indexOf('/');
  if (slash < 1 || slash === key.length - 1)
    throw new TypeError(`"${key}" is not an event's key: expected <connection>/<id>.`);
  return { connection: key.slice(0, slash), id: key.slice(slash + 1) };
}

/**
 * The text that a document in a target carries so that it is found again: `<connection>/<id>[/<role>[/<sub>]]`.
 * Slashes inside a part are written %2F (and % as %25), so that no two documents share a reference.
 */
export function externalReference(connection: string, id: string, role?: string | null, sub?: string | null): string {
  eventKey(connection, id);
  if (sub && !role) throw new TypeError(`The reference of ${connection}/${id} has a part "${sub}" but no role.`);
  return [connection, id, role, sub]
    .filter((part) => part)
    .map((part) => part!.replaceAll('%', '%25').replaceAll('/', '%2F'))
    .join('/');
}

/** 11 base32 digits hold every safe integer, so ids sort by time as text. */
const TIME_DIGITS = 11;
/** Enough for 128 bits. */
const DIGEST_DIGITS = 26;

/** What makes an event the one it is. */
interface EventIdentity {
  readonly entity: EntityName;
  readonly connection: string;
  readonly id: string;
  readonly version: number;
  readonly contentHash: string;
}

/**
 * The id of an event: the same for the same state, however often it is published. 38 characters of a-z, 0-9 and `-`: safe in
 * URLs, headers and file names; begins with the version (a time), so that it grows to the right in an index.
 */
export function eventId(event: EventIdentity): string {
  return `${writeTime(event.version)}-${digest([event.entity, event.connection, event.id, String(event.version), event.contentHash])}`;
}

/** The id of one event on one flow: the same in every process; safe in URLs; begins with the time of publication. */
export function deliveryId(flowId: string, eventIdentifier: string, publishedAtMicros: TimestampMicros): string {
  return `${writeTime(publishedAtMicros)}-${digest([flowId, eventIdentifier, String(publishedAtMicros)])}`;
}

/** The smallest id of deliveries published at a time: bounds a range of ids by time. */
export function deliveryIdFloor(publishedAtMicros: TimestampMicros): string {
  return writeTime(publishedAtMicros);
}

function writeTime(micros: number): string {
  if (!Number.isSafeInteger(micros) || micros < 0) throw new TypeError(`${micros} is not a time in microseconds.`);
  return writeBase32(BigInt(micros), TIME_DIGITS);
}

/** 128 bits of SHA-256 over the parts (kept apart by their lengths), in base32. */
function digest(parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
  return writeBase32(BigInt(`0x${hash('sha256', text, 'hex').slice(0, 32)}`), DIGEST_DIGITS);
}

/** What the connector adds to a mapped entity before it is published. */
interface SourceCompletion {
  readonly version: number;
  readonly contentHash: string;
  readonly via: Via;
  readonly observedAt: TimestampMicros;
  readonly origin?: string | null;
}

/** Gives the entity with its source completed: a mapper leaves version 0 and contentHash ''. The entity given stays as it is. */
export function completeSource<E extends { source: Source }>(entity: E, completion: SourceCompletion): E {
  return { ...entity, source: { ...entity.source, ...completion, origin: completion.origin ?? null } };
}

/** Crockford's alphabet, in small letters: no letter is taken for a digit, and text sorts as the number does. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** The last digits of a whole number, padded to their count: texts of one length sort as their numbers. */
export function writeBase32(value: bigint, digits: number): string {
  let rest = value;
  let text = '';
  for (let digit = 0; digit < digits; digit += 1) {
    text = DIGITS[Number(rest & 31n)] + text;
    rest >>= 5n;
  }
  return text;
}

/** The number that {@link writeBase32} wrote, exact up to the largest safe integer; null for text with another character. */
export function readBase32(text: string): number | null {
  let value = 0;
  for (const digit of text) {
    const place = DIGITS.indexOf(digit);
    if (place < 0) return null;
    value = value * 32 + place;
  }
  return value;
}
