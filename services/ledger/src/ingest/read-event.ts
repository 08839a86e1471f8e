import type { BrokerRecord } from '@entrepot/broker';
import {
  type ErrorDetail,
  entityOfTopic,
  InvalidEventHeaders,
  parseEventHeaders,
  type RoutedReport,
  type UnmappedReport,
} from '@entrepot/canonical';
import { fingerprintOf } from '../states/fingerprint.ts';
import type { Message } from '../states/message.ts';
import { searchTerms } from '../states/search-terms.ts';
import { timeIdOf } from '../states/time-id.ts';

/**
 * The message of a record on an entity topic. A record whose headers cannot be read becomes a message too, under its coordinates: it is
 * somebody's data, and nothing is passed over in silence.
 */
export function readEvent(record: BrokerRecord): Message {
  const coordinates = { topic: record.topic, partition: record.partition, offset: record.offset.toString() };
  const headers = definedHeaders(record.headers);
  try {
    const event = parseEventHeaders(record.headers);
    if (event.entity !== entityOfTopic(record.topic)) {
      throw new InvalidEventHeaders(`its headers say ${event.entity}, its topic is ${record.topic}`);
    }
    return {
      ...blank(),
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
      headers,
      refs: searchTerms([event.number, event.sourceId]),
      at: new Date(event.publishedAtMicros / 1000),
    };
  } catch (error) {
    if (!(error instanceof InvalidEventHeaders)) throw error;
    return unreadable(record, coordinates, headers, error.message);
  }
}

/** What a router told of an event before the event itself was taken in: filled in by {@link readEvent} later. */
export function announceMessage(report: RoutedReport): Message {
  return {
    ...blank(),
    _id: messageIdOf(report.publishedAtMicros, report.eventId),
    state: 'published',
    eventId: report.eventId,
    entity: report.entity,
    connection: report.connection,
    vendor: 'unknown',
    sourceId: report.sourceId,
    number: report.number,
    version: report.version,
    refs: searchTerms([report.number, report.sourceId]),
    at: new Date(report.publishedAtMicros / 1000),
  };
}

/** Id of an event's message. Equal events published twice (a crash in between) are two messages, as they are two records. */
export function messageIdOf(publishedAtMicros: number, eventId: string): string {
  return timeIdOf(publishedAtMicros / 1000, eventId);
}

/** The message of a source record that could not be fetched or mapped. */
export function readUnmapped(report: UnmappedReport): Message {
  const atMs = report.atMicros / 1000;
  return {
    ...blank(),
    _id: timeIdOf(atMs, report.reportId),
    state: 'unmapped',
    entity: report.entity,
    connection: report.connection,
    vendor: report.vendor,
    sourceId: report.sourceId,
    number: report.number,
    error: report.error,
    fingerprint: fingerprintOf(report.connection, report.entity, report.error),
    refs: searchTerms([report.number, report.sourceId]),
    at: new Date(atMs),
  };
}

function unreadable(
  record: BrokerRecord,
  coordinates: Message['record'],
  headers: Readonly<Record<string, string>>,
  problem: string,
): Message {
  const entity = entityOfTopic(record.topic) ?? 'order';
  const [connection = 'unknown', ...id] = (record.key ?? '').split('/');
  const error: ErrorDetail = {
    kind: 'decode',
    code: 'bad-headers',
    message: problem,
    advice:
      'Whoever wrote this record to the topic is not an Entrepot connector: find it by the coordinates and stop it.',
    fields: [],
  };
  const eventId = record.headers.ce_id ?? `unreadable/${record.topic}/${record.partition}/${record.offset}`;
  return {
    ...blank(),
    _id: messageIdOf(record.timestampMs * 1000, eventId),
    state: 'published',
    eventId,
    entity,
    connection: connection === '' ? 'unknown' : connection,
    vendor: 'unknown',
    sourceId: id.join('/'),
    record: coordinates,
    bytes: record.value,
    headers,
    error,
    fingerprint: fingerprintOf(connection, entity, error),
    refs: searchTerms([id.join('/')]),
    at: new Date(record.timestampMs),
  };
}

function blank() {
  return {
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
    repairedByVersion: null,
  };
}

function definedHeaders(headers: BrokerRecord['headers']): Record<string, string> {
  const defined: Record<string, string> = Object.create(null);
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) defined[name] = value;
  }
  return defined;
}
