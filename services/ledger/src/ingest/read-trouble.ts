import type { BrokerRecord } from '@entrepot/broker';
import {
  type DeadLetterReport,
  type ErrorDetail,
  entityOfTopic,
  InvalidEventHeaders,
  nameUnreadable,
  parseEventHeaders,
  pickEventHeaders,
  type RoutedReport,
  type UnmappedReport,
} from '@entrepot/canonical';
import { searchTerms } from '../states/delivery.ts';
import { fingerprintOf } from '../states/fingerprint.ts';
import type { Message, RecordMessage } from '../states/message.ts';
import { timeIdOf } from '../states/time-id.ts';

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
      undelivered: true,
      refs: searchTerms([event.number, event.sourceId]),
      at: new Date(event.publishedAtMicros / 1000),
    };
  } catch (error) {
    if (!(error instanceof InvalidEventHeaders)) throw error;
    return unreadable(record, coordinates, headers, error.message);
  }
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
    undelivered: !report.delivered,
    refs: searchTerms([report.number, report.sourceId]),
    at: new Date(report.publishedAtMicros / 1000),
  };
}

/** Id of an event's message. Equal events published twice (a crash between the two) are two messages, as they are two records. */
export function messageIdOf(publishedAtMicros: number, eventId: string): string {
  return timeIdOf(publishedAtMicros / 1000, eventId);
}

/** The message of a source record that could not be fetched or mapped. */
export function readUnmapped(report: UnmappedReport): RecordMessage {
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

/** The message of a foreign record on a private topic. */
export function readDeadLetter({ reportId, record, key, error, atMicros }: DeadLetterReport): Message {
  const atMs = atMicros / 1000;
  return {
    ...blank(),
    _id: timeIdOf(atMs, reportId),
    state: 'stray',
    entity: null,
    connection: 'unknown',
    vendor: 'unknown',
    sourceId: key ?? '',
    record,
    error,
    fingerprint: fingerprintOf(record.topic, 'stray', error),
    refs: searchTerms([key]),
    at: new Date(atMs),
  };
}

/** The error of an event from an unknown source connection: no flow can ever take it. */
export function unknownConnectionError(connection: string): ErrorDetail {
  return {
    kind: 'configuration',
    code: 'unknown-connection',
    message: `There is no connection "${connection}" here: no flow can take this event anywhere`,
    advice:
      'If the connection was removed on purpose, nothing is to do. Otherwise another installation writes to these topics: give it topics of its own.',
    fields: [],
  };
}

function unreadable(
  record: BrokerRecord,
  coordinates: Message['record'],
  headers: Readonly<Record<string, string>>,
  problem: string,
): RecordMessage {
  const entity = entityOfTopic(record.topic) ?? 'order';
  const { eventId, connection, sourceId } = nameUnreadable(record);
  const error: ErrorDetail = {
    kind: 'decode',
    code: 'invalid-headers',
    message: problem,
    advice:
      'Whoever wrote this record to the topic is not an Entrepot connector: find it by the coordinates and stop it.',
    fields: [],
  };
  return {
    ...blank(),
    _id: messageIdOf(record.timestampMs * 1000, eventId),
    state: 'published',
    eventId,
    entity,
    connection,
    vendor: 'unknown',
    sourceId,
    record: coordinates,
    bytes: record.value,
    headers,
    undelivered: true,
    error,
    fingerprint: fingerprintOf(connection, entity, error),
    refs: searchTerms([sourceId]),
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
    undelivered: false,
    repairedByVersion: null,
  };
}
