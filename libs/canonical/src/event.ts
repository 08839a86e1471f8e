import { type EntityName, entityOfType, eventType, subjectOf } from './names.ts';
import type { DeadLetterReport, Report } from './report.ts';

/** What an entity record's Kafka headers say (CloudEvents 1.0 binary mode plus Entrepot's own): router and ledger need not decode the value. */
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
export const MAX_HEADER_CHARACTERS = 1_024;

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
    ce_type: eventType(event.entity),
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

/** Reads what {@link formatEventHeaders} wrote. @throws InvalidEventHeaders naming the header that is missing or wrong */
export function parseEventHeaders(headers: Readonly<Record<string, string | undefined>>): EventHeaders {
  const connection = required(headers, 'entrepot_connection');
  if (connection.includes('/'))
    throw new InvalidEventHeaders(`header entrepot_connection is "${connection.slice(0, 100)}": an id holds no slash`);
  const entity = entityOfType(required(headers, 'ce_type'));
  if (entity === null)
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
  if (value !== null && value.length > MAX_HEADER_CHARACTERS)
    throw new InvalidEventHeaders(
      `header ${name} has ${value.length} characters: at most ${MAX_HEADER_CHARACTERS} are allowed`,
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

/** Extra headers of a lane record, beside the event's own. */
export interface LaneHeaders {
  readonly deliveryId: string;
  readonly flow: string;
  readonly flowRevision: number;
  readonly to: string;
  /** 1 on the first delivery; the ledger counts up on retries. */
  readonly attempt: number;
  /** Set on an operator's retry: deliver even if version, hash and mapping are unchanged. */
  readonly force: boolean;
  /**
   * External references of documents that the target took and that an operator looked for there in vain: these are created once more. Absent:
   * none.
   */
  readonly createAnew?: readonly string[];
  readonly operationId: string | null;
  /** When the router decided, by its clock, microseconds: set on the only delivery of its event, whose first report carries the routing. */
  readonly routedAtMicros: number | null;
}

export function formatLaneHeaders(lane: LaneHeaders): Record<string, string> {
  const headers: Record<string, string> = {
    entrepot_delivery: lane.deliveryId,
    entrepot_flow: lane.flow,
    entrepot_flow_revision: String(lane.flowRevision),
    entrepot_to: lane.to,
    entrepot_attempt: String(lane.attempt),
  };
  if (lane.force) headers.entrepot_force = 'true';
  if (lane.createAnew !== undefined && lane.createAnew.length > 0)
    headers.entrepot_create_anew = JSON.stringify(lane.createAnew);
  if (lane.operationId !== null) headers.entrepot_operation = lane.operationId;
  if (lane.routedAtMicros !== null) headers.entrepot_routed = String(lane.routedAtMicros);
  return headers;
}

/** Whether a record of a lane is a confirmation, sound or not; else it is a delivery. */
export function isConfirmation(headers: Readonly<Record<string, string | undefined>>): boolean {
  return headers.entrepot_confirmed !== undefined;
}

/** Reads what {@link formatLaneHeaders} wrote; null when the record is not a lane record. */
export function parseLaneHeaders(headers: Readonly<Record<string, string | undefined>>): LaneHeaders | null {
  const { entrepot_delivery: deliveryId, entrepot_flow: flow, entrepot_to: to } = headers;
  if (!deliveryId || !flow || !to) return null;
  const operationId = headers.entrepot_operation ?? null;
  const flowRevision = Number(headers.entrepot_flow_revision ?? 0);
  const attempt = Number(headers.entrepot_attempt ?? 1);
  const routedAtMicros = headers.entrepot_routed === undefined ? null : Number(headers.entrepot_routed);
  if (![flowRevision, attempt, routedAtMicros ?? 0].every(Number.isSafeInteger)) return null;
  if ([deliveryId, flow, to, operationId ?? ''].some((text) => text.length > MAX_HEADER_CHARACTERS)) return null;
  const force = headers.entrepot_force === 'true';
  const createAnew = parseReferences(headers.entrepot_create_anew);
  if (createAnew === null) return null;
  return { deliveryId, flow, flowRevision, to, attempt, force, createAnew, operationId, routedAtMicros };
}

/** Null for what {@link formatLaneHeaders} never writes. */
function parseReferences(text = '[]'): readonly string[] | null {
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) && read.every((each) => typeof each === 'string') ? read : null;
  } catch {
    return null;
  }
}

/** As much of a Kafka record as its naming needs. */
export interface NamedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** How a record is named whose headers cannot be read. */
interface RecordName {
  readonly eventId: string;
  readonly connection: string;
  readonly sourceId: string;
}

/** Headers that an event has of us, and no others: those of a lane would ask the sink for work that was not asked for here. */
const EVENT_HEADERS: readonly string[] = [
  'ce_specversion',
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_subject',
  'ce_time',
  'ce_dataschema',
  'content-type',
  'entrepot_connection',
  'entrepot_vendor',
  'entrepot_version',
  'entrepot_hash',
  'entrepot_published',
  'entrepot_number',
  'entrepot_deleted',
  'entrepot_snapshot',
  'entrepot_repeats',
  'entrepot_origin',
  'traceparent',
];

/**
 * The headers that accompany an event's bytes (to a lane, to the ledger): ours, of a sound length. Any writer may choose a header's name,
 * and a database gives some names a special meaning.
 */
export function pickEventHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of EVENT_HEADERS) {
    const value = headers[name];
    if (value !== undefined && value.length <= MAX_HEADER_CHARACTERS) picked[name] = value;
  }
  return picked;
}

/** Names a record by its id, or its place, and its key: the same in every report about it. */
export function nameUnreadable({ topic, partition, offset, key, headers }: NamedRecord): RecordName {
  const given = headers.ce_id;
  const isUsable = given !== undefined && given !== '' && given.length <= MAX_HEADER_CHARACTERS;
  const [connection = '', ...id] = (key ?? '').slice(0, MAX_HEADER_CHARACTERS).split('/');
  return {
    eventId: isUsable ? given : `unreadable/${topic}/${partition}/${offset}`,
    connection: connection === '' ? 'unknown' : connection,
    sourceId: id.join('/'),
  };
}

/**
 * Version of the shape of reports. 1 (0.1.0) has no such member; 2 may carry a routing with the first attempt; 3 has the kind `confirmed`.
 * The ledger reads all for as long as Kafka keeps them, and waits before one of a later release than its own: the ledger is upgraded first.
 */
export const REPORT_VERSION = 3;

/** A report as Kafka takes it. */
export function formatReport(report: Report): Buffer {
  return Buffer.from(JSON.stringify({ reportVersion: REPORT_VERSION, ...report }));
}

const FOREIGN_ADVICE =
  'Only Entrepot writes to this topic: find out who else does, and stop it. Nothing of ours is missing.';

/**
 * The report of a dead letter: the same whenever it is read.
 * @param why what it lacks, for people
 * @param advice what to do, where it is one of ours
 */
export function describeDeadLetter(
  record: NamedRecord & { readonly timestampMs: number },
  why: string,
  advice = FOREIGN_ADVICE,
): DeadLetterReport {
  const { topic, partition, offset, key } = record;
  const place = `${topic}/${partition}/${offset}`;
  return {
    kind: 'stray',
    reportId: `stray/${place}`,
    record: { topic, partition, offset: offset.toString() },
    key: key === null ? null : key.slice(0, MAX_HEADER_CHARACTERS),
    error: {
      kind: 'decode',
      code: 'stray-record',
      message: `The record ${place} was passed over: ${why}`,
      advice,
      fields: [],
    },
    atMicros: Math.max(0, record.timestampMs) * 1_000,
  };
}
