import { hash } from 'node:crypto';
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

/** CloudEvents type of an entity's events. */
export function eventType(entity: EntityName): string {
  return `entrepot.${entity}.v1`;
}

/** The entity of an event type of any version; null when there is none. */
export function entityOfType(type: string): EntityName | null {
  const name = /^entrepot\.([a-z-]+)\.v\d+$/.exec(type)?.[1] ?? '';
  return isEntityName(name) ? name : null;
}

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

/** What an external reference names. */
export interface ReferencedDocument {
  readonly connection: string;
  readonly id: string;
  /** Null: the record's main document. */
  readonly role: string | null;
  readonly subId: string | null;
}

/** Reads what {@link externalReference} wrote; null for any other text. */
export function parseExternalReference(text: string): ReferencedDocument | null {
  const parts = text.split('/').map(readPart);
  const [connection, id, role = null, subId = null] = parts;
  if (!connection || !id || parts.length > 4 || parts.some((part) => !part)) return null;
  return { connection, id, role, subId };
}

interface DocumentName {
  readonly role: string;
  readonly subId: string | null;
}

/** Whether both name the same of a record's documents. */
export function isSameDocument(one: DocumentName, other: DocumentName): boolean {
  return one.role === other.role && one.subId === other.subId;
}

/** Whether the target has the document as such: an approval draft is none yet. */
export function isInTarget<D extends { readonly targetId: string | null; readonly draft: boolean }>(
  document: D,
): document is D & { readonly targetId: string } {
  return document.targetId !== null && !document.draft;
}

/** Null where a percent sign is followed by what {@link externalReference} never writes. */
function readPart(part: string): string | null {
  if (/%(?!25|2F)/.test(part)) return null;
  return part.replaceAll('%2F', '/').replaceAll('%25', '%');
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

const MS_PER_DAY = 86_400_000;

/** Partition count of keyed topics. For ever: keys hash onto partitions, so a change would reorder keys. */
export const ENTITY_PARTITIONS = 12;

export interface TopicDeclaration {
  readonly name: string;
  readonly partitions: number;
  /** Kafka topic configuration, as the broker spells it. */
  readonly config: Readonly<Record<string, string>>;
}

export const ATTEMPT_TOPIC = 'entrepot.internal.attempt.v1';
export const UNMAPPED_TOPIC = 'entrepot.internal.unmapped.v1';

/** Public topic of an entity, e.g. `entrepot.order.v1`. */
export function entityTopic(entity: EntityName): string {
  return `entrepot.${entity}.v1`;
}

/** The entity of a public topic, or null when the topic is not one. */
export function entityOfTopic(topic: string): EntityName | null {
  return ENTITY_NAMES.find((entity) => entityTopic(entity) === topic) ?? null;
}

/** Private topic of verified webhook hints of a vendor. */
export function inboxTopic(vendor: string): string {
  return `entrepot.internal.inbox.${vendor}`;
}

/** Private topic on which the ledger asks a vendor's connector to read records again. */
export function commandTopic(vendor: string): string {
  return `entrepot.internal.command.${vendor}`;
}

/** Live queue of a vendor's target connections: one partition a connection. */
export function laneTopic(vendor: string): string {
  return `entrepot.internal.lane.${vendor}`;
}

/** Spare-rate queue (backfills, mass retries) of a vendor's target connections. */
export function bulkLaneTopic(vendor: string): string {
  return `entrepot.internal.bulk.${vendor}`;
}

/** Kafka group of the router of a vendor's sink, on the entity topics. */
export function routerGroupId(vendor: string): string {
  return `entrepot.sink.${vendor}`;
}

/** Kafka group of the owners of a vendor's lanes, on both lane topics. */
export function laneGroupId(vendor: string): string {
  return `entrepot.lane.${vendor}`;
}

/** Kafka group of a vendor's connectors on the hints. */
export function inboxGroupId(vendor: string): string {
  return `entrepot.connector.${vendor}.inbox`;
}

/** Kafka group of a vendor's connectors on the ledger's commands. */
export function commandGroupId(vendor: string): string {
  return `entrepot.connector.${vendor}.commands`;
}

/** Kafka group of the ledger, on events and reports. */
export const LEDGER_GROUP = 'entrepot.ledger';

export function subjectOf(entity: EntityName): string {
  return `${entityTopic(entity)}-value`;
}

/**
 * Batches stay as they were sent: a compression that is set for the whole broker would otherwise decide how ours are stored, and so which
 * programs can read them.
 */
const SHARED_CONFIG = { 'compression.type': 'producer' } as const;

/** Every change for two weeks, the latest state for ever, redactions effective within three weeks. */
const ENTITY_CONFIG = {
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': String(14 * MS_PER_DAY),
  'max.compaction.lag.ms': String(21 * MS_PER_DAY),
  'delete.retention.ms': String(14 * MS_PER_DAY),
} as const;

/** Topics that exist whatever vendors are installed. */
export function listSharedTopics(): TopicDeclaration[] {
  const retained = { 'retention.ms': String(28 * MS_PER_DAY) };
  return [
    ...ENTITY_NAMES.map((entity) => declare(entityTopic(entity), ENTITY_PARTITIONS, ENTITY_CONFIG)),
    declare(ATTEMPT_TOPIC, ENTITY_PARTITIONS, retained),
    declare(UNMAPPED_TOPIC, ENTITY_PARTITIONS, retained),
  ];
}

/** Topics of a vendor's source side. */
export function listConnectorTopics(vendor: string): TopicDeclaration[] {
  const retained = { 'retention.ms': String(14 * MS_PER_DAY) };
  return [
    declare(inboxTopic(vendor), ENTITY_PARTITIONS, retained),
    declare(commandTopic(vendor), ENTITY_PARTITIONS, retained),
  ];
}

/**
 * Topics of a vendor's target side. Lanes start with one partition and grow as connections are added; they are kept until
 * delivered (`retention.ms=-1`; records below the commit are deleted by the lane's owner), so a long outage loses nothing.
 */
export function listSinkTopics(vendor: string): TopicDeclaration[] {
  const kept = { 'retention.ms': '-1' };
  return [declare(laneTopic(vendor), 1, kept), declare(bulkLaneTopic(vendor), 1, kept)];
}

function declare(name: string, partitions: number, config: TopicDeclaration['config']): TopicDeclaration {
  return { name, partitions, config: { ...SHARED_CONFIG, ...config } };
}
