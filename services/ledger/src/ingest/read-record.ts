import type { BrokerRecord } from '@entrepot/broker';
import {
  ATTEMPT_OUTCOMES,
  COUNTERPART_WAYS,
  ENTITY_NAMES,
  type EntityName,
  entityOfTopic,
  formatLaneKey,
  InvalidEventHeaders,
  isOrderedAlone,
  type OrderingKey,
  parseEventHeaders,
  parseFacts,
  pickEventHeaders,
  REPORT_VERSION,
  type Report,
  type RoutedReport,
  UNMAPPED_TOPIC,
} from '@entrepot/canonical';
import { z } from 'zod';
import { searchTerms } from '../states/delivery.ts';
import { BLANK_MESSAGE, type RecordMessage } from '../states/message.ts';
import { messageIdOf } from '../store/documents.ts';
import { readUnreadable } from './read-trouble.ts';

/**
 * The message of a record on an entity topic. A record with unreadable headers becomes a message too, under its coordinates: it is customer
 * data, and no record is skipped silently.
 */
export function readEvent(record: BrokerRecord): RecordMessage {
  const coordinates = { topic: record.topic, partition: record.partition, offset: record.offset.toString() };
  const headers = pickEventHeaders(record.headers);
  try {
    const event = parseEventHeaders(record.headers);
    if (event.entity !== entityOfTopic(record.topic)) {
      throw new InvalidEventHeaders(`its headers say ${event.entity}, its topic is ${record.topic}`);
    }
    return {
      ...BLANK_MESSAGE,
      _id: messageIdOf(event.publishedAtMicros, event.eventId),
      state: 'published',
      eventId: event.eventId,
      entity: event.entity,
      connection: event.connection,
      vendor: event.vendor,
      sourceId: event.sourceId,
      number: event.number,
      version: event.version,
      contentHash: event.contentHash,
      deleted: event.deleted,
      snapshot: event.snapshot,
      origin: event.origin,
      record: coordinates,
      bytes: record.value,
      headers: { ...headers, ...formatLaneKey(event.connection, readOrderingKey(event.entity, record)) },
      undelivered: true,
      refs: searchTerms([event.number, event.sourceId]),
      at: new Date(event.publishedAtMicros / 1000),
    };
  } catch (error) {
    if (!(error instanceof InvalidEventHeaders)) throw error;
    return readUnreadable(record, coordinates, headers, error.message);
  }
}

/** A retry is queued as the router queued the delivery. Null where an older connector wrote the record: its own queue then. */
function readOrderingKey(entity: EntityName, { headers }: BrokerRecord): OrderingKey | null {
  return isOrderedAlone(entity) ? null : (parseFacts(entity, headers)?.orderingKey ?? null);
}

/** What a routing report says of an event, alone or together with the first attempt. */
export type RoutingNews = Pick<
  RoutedReport,
  | 'eventId'
  | 'entity'
  | 'connection'
  | 'sourceId'
  | 'number'
  | 'version'
  | 'sinkVendor'
  | 'publishedAtMicros'
  | 'problem'
> & {
  /** A delivery shows it. */
  readonly delivered: boolean;
};

/** The message of an event that a router reported before it was ingested: {@link readEvent} completes it later. */
export function announceMessage(report: RoutingNews): RecordMessage {
  return {
    ...BLANK_MESSAGE,
    _id: messageIdOf(report.publishedAtMicros, report.eventId),
    state: 'published',
    eventId: report.eventId,
    entity: report.entity,
    connection: report.connection,
    vendor: 'unknown',
    sourceId: report.sourceId,
    number: report.number,
    version: report.version,
    undelivered: !report.delivered,
    refs: searchTerms([report.number, report.sourceId]),
    at: new Date(report.publishedAtMicros / 1000),
  };
}

/** Names are indexed and shown; longer ones are refused as foreign. */
const name = z.string().max(1_024);
const id = name.min(1);
const micros = z.int().nonnegative();
const entity = z.enum(ENTITY_NAMES);

const errorSchema = z.looseObject({
  kind: name,
  code: name.nullable(),
  message: z.string(),
  advice: z.string().nullable(),
  fields: z.array(z.looseObject({ path: z.string() })),
});

/** Queries compare offsets as numbers: a single non-numeric one would break them for all documents. */
const coordinates = z.object({
  topic: name,
  partition: z.int().nonnegative(),
  offset: z.string().regex(/^\d{1,18}$/),
});

/** Validates enough of each report to process it safely; the rest passes unchanged. */
const reportSchema = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('routed'),
    reportId: id,
    eventId: id,
    entity,
    connection: name,
    sourceId: name,
    number: name.nullable(),
    version: z.int().nonnegative(),
    sinkVendor: id,
    publishedAtMicros: micros,
    problem: errorSchema.optional(),
    decisions: z.array(
      z.looseObject({
        deliveryId: id,
        flow: id,
        flowRevision: z.number(),
        to: id,
        result: z.enum(['matched', 'skipped', 'echo']),
        lane: coordinates.optional(),
      }),
    ),
  }),
  z.looseObject({
    kind: z.literal('attempt'),
    reportId: id,
    deliveryId: id,
    flow: id,
    eventId: id,
    entity,
    connection: name,
    sourceId: name,
    number: name.nullable(),
    version: z.int().nonnegative(),
    to: id,
    startedAtMicros: micros,
    endedAtMicros: micros,
    outcome: z.enum(ATTEMPT_OUTCOMES),
    error: errorSchema.nullable(),
    documents: z.array(z.looseObject({ role: z.string(), targetId: name.nullable(), targetNumber: name.nullable() })),
    waitingOn: z.array(z.looseObject({ entity: z.string(), match: z.string() })),
    counterparts: z
      .array(z.looseObject({ entity, sourceKey: name.nullable(), targetId: name, through: z.enum(COUNTERPART_WAYS) }))
      .optional(),
    // From a sink of an older release it may exceed the range of dates; the conversion to a time bounds it.
    notBeforeMicros: z.number().nonnegative().nullable(),
    exchanges: z.array(z.looseObject({})),
    routing: z
      .looseObject({ sinkVendor: id, publishedAtMicros: micros, flowRevision: z.number() })
      .nullable()
      .default(null),
  }),
  z.looseObject({
    kind: z.literal('confirmed'),
    reportId: id,
    entity,
    connection: id,
    sourceId: id,
    to: id,
    document: z.object({
      role: id,
      subId: name.nullable(),
      externalRef: name,
      targetId: id,
      targetNumber: name.nullable(),
      draft: z.literal(false),
    }),
  }),
  z.looseObject({
    kind: z.literal('lane'),
    connection: id,
    state: z.enum(['running', 'held', 'needs-attention']),
    reason: z.string().nullable(),
    epoch: z.number(),
    atMicros: micros,
  }),
  z.looseObject({ kind: z.literal('command'), commandId: id, result: z.string() }),
  z.looseObject({
    kind: z.literal('unmapped'),
    reportId: id,
    entity,
    vendor: name,
    connection: name,
    sourceId: name,
    number: name.nullable(),
    error: errorSchema,
    atMicros: micros,
  }),
  z.looseObject({
    kind: z.literal('stray'),
    reportId: id,
    record: coordinates,
    key: name.nullable(),
    error: errorSchema,
    atMicros: micros,
  }),
]);

/** Reports of 0.1.0 carry no version: they count as the first. */
const versionSchema = z.looseObject({ kind: name, reportVersion: z.int().positive().default(1) });

type ParsedReport =
  | { readonly problem: null; readonly report: Report }
  /** `newer`: the version of its shape when a later release wrote it. */
  | { readonly problem: string; readonly report?: never; readonly newer?: number };

/** @returns the report, or what is wrong with the bytes */
export function parseReport(value: Buffer | null): ParsedReport {
  if (value === null) return { problem: 'empty record' };
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch {
    return { problem: 'not JSON' };
  }
  const unsound = findUnsound(json);
  if (unsound !== null) return { problem: unsound };
  const version = versionSchema.safeParse(json);
  if (!version.success) return { problem: z.prettifyError(version.error) };
  const { reportVersion } = version.data;
  if (reportVersion > REPORT_VERSION) return { problem: `version ${reportVersion}`, newer: reportVersion };
  const parsed = reportSchema.safeParse(json);
  if (parsed.success) return { problem: null, report: parsed.data as unknown as Report };
  return { problem: z.prettifyError(parsed.error).slice(0, 500) };
}

/** Far deeper than any report, far below the limit of a database or a stack. */
const MAX_LEVELS = 32;
/** Names with a special meaning in JavaScript or the database's driver. */
const LOADED_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype', '_bsontype', 'toBSON', 'toJSON'];

/**
 * Explains what keeps parsed JSON from being stored unchanged (nesting, names with a special meaning), or returns null. A document that the
 * database refuses would be retried for ever, and would block those written with it.
 */
export function findUnsound(json: unknown): string | null {
  let level: readonly object[] = isObject(json) ? [json] : [];
  // Level by level instead of by recursion: the depth itself may be too large.
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_LEVELS) return `it nests deeper than ${MAX_LEVELS} levels`;
    const next: object[] = [];
    for (const parent of level) {
      if (!Array.isArray(parent)) {
        const loaded = Object.keys(parent).find(isLoaded);
        if (loaded !== undefined) return `it has a member called ${JSON.stringify(loaded.slice(0, 40))}`;
      }
      for (const child of Object.values(parent)) if (isObject(child)) next.push(child);
    }
    level = next;
  }
  return null;
}

function isLoaded(name: string): boolean {
  return name.startsWith('$') || name.includes('\u0000') || LOADED_NAMES.includes(name);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Key of records that must be ingested one after the other. Events and reports need no order among records: their changes of one document
 * are submitted in the order of the log, so that routing and attempts that wait together cost one write. Unmapped records need order: each
 * first checks whether the one before it is still open.
 */
export function orderOf({ topic, partition, offset, key }: BrokerRecord): string {
  return topic === UNMAPPED_TOPIC && key !== null ? `${topic}|${key}` : `${topic}|${partition}|${offset}`;
}
