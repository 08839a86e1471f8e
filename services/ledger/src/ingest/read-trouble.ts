import type { BrokerRecord } from '@entrepot/broker';
import {
  type DeadLetterReport,
  type ErrorDetail,
  entityOfTopic,
  nameUnreadable,
  type UnmappedReport,
} from '@entrepot/canonical';
import { searchTerms } from '../states/delivery.ts';
import { fingerprintOf } from '../states/fingerprint.ts';
import { BLANK_MESSAGE, type Message, type RecordMessage } from '../states/message.ts';
import { messageIdOf, timeIdOf } from '../store/documents.ts';

/** The message of a source record that could not be fetched or mapped. */
export function readUnmapped(report: UnmappedReport): RecordMessage {
  const atMs = report.atMicros / 1000;
  return {
    ...BLANK_MESSAGE,
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
    ...BLANK_MESSAGE,
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

/**
 * The message of a record whose headers cannot be read, under its coordinates; of the entity whose topic it is on.
 * @throws TypeError when that is no entity topic
 */
export function readUnreadable(
  record: BrokerRecord,
  coordinates: Message['record'],
  headers: Readonly<Record<string, string>>,
  problem: string,
): RecordMessage {
  const entity = entityOfTopic(record.topic);
  if (entity === null) throw new TypeError(`${record.topic} is no entity topic`);
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
    ...BLANK_MESSAGE,
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
