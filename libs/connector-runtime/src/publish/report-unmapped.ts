import { randomUUID } from 'node:crypto';
import type { BrokerRecord, Publisher, RecordTooLarge } from '@entrepot/broker';
import {
  describeDeadLetter,
  type ErrorDetail,
  eventKey,
  formatReport,
  UNMAPPED_TOPIC,
  type UnmappedReport,
} from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import type { PublishedKey } from '@entrepot/store';
import { holdWhileUnavailable } from '../hold.ts';

/** The report that a record of a source does not become an event; sent again it is the same report. */
export function formatUnmapped(
  { connection, entity, sourceId }: PublishedKey,
  facts: Pick<UnmappedReport, 'vendor' | 'number' | 'error' | 'atMicros'>,
): { readonly key: string; readonly value: Buffer } {
  const report: UnmappedReport = {
    kind: 'unmapped',
    reportId: randomUUID(),
    entity,
    connection,
    sourceId,
    ...facts,
  };
  return { key: eventKey(connection, sourceId), value: formatReport(report) };
}

/**
 * Reports that a record of which no more than its id is known does not become an event. Resolves when Kafka has acknowledged
 * the report; waits while Kafka is away.
 */
export async function reportUnmapped(
  address: PublishedKey,
  error: ErrorDetail,
  parts: { readonly vendor: string; readonly publisher: Publisher; readonly log: Logger; nowMicros(): number },
  signal: AbortSignal,
): Promise<void> {
  const { vendor, publisher, log } = parts;
  const { connection, entity } = address;
  const report = formatUnmapped(address, { vendor, number: null, error, atMicros: parts.nowMicros() });
  await holdWhileUnavailable(() => publisher.send(UNMAPPED_TOPIC, report), {
    signal,
    onRetry: (err) => log.warn({ err, connection, entity }, 'an unmapped record is not reported yet'),
  });
}

/**
 * Reports a record that does not belong on its topic to the ledger as a dead letter. Resolves when Kafka has
 * acknowledged the report; waits while Kafka is away.
 */
export async function reportDeadLetter(
  record: BrokerRecord,
  why: string,
  { publisher, log }: { readonly publisher: Publisher; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const report = describeDeadLetter(record, why);
  const value = formatReport(report);
  await holdWhileUnavailable(() => publisher.send(UNMAPPED_TOPIC, { key: report.key, value }), {
    signal,
    onRetry: (err) => log.warn({ err, topic: record.topic }, 'a dead letter is not reported yet'),
  });
}

/** A state that does not fit its schema. */
export function describeRefusal(error: Error & { issues?: readonly { path: string; message: string }[] }): ErrorDetail {
  return {
    kind: 'mapping',
    code: error.name,
    message: error.message,
    advice:
      error.name === 'InvalidEntity'
        ? 'Correct the record in the source; if it is right there, report this: its mapper made a record that is not valid.'
        : null,
    fields: (error.issues ?? []).map(({ path, message }) => ({ path, message })),
  };
}

export function describeTooLarge(error: RecordTooLarge): ErrorDetail {
  return {
    kind: 'source',
    code: 'too-large',
    message: error.message,
    advice: `${error.advice} Then refresh the record. Or make it smaller in the source.`,
    fields: [],
  };
}

/** For entities whose records may be hidden: an absent one must not count as deleted. */
export const NOT_VISIBLE: ErrorDetail = {
  kind: 'source',
  code: 'not-visible',
  message:
    'The source does not show this record: it was removed, or it is hidden from the credentials of the connection',
  advice:
    'Look the record up in the source. If it is there, let the connection see it, then refresh. If it was removed, remove it in the targets by hand, then discard this.',
  fields: [],
};

/** A hint of a removal whose connection was switched off before it was followed. */
export function describeSwitchedOff(connection: string, cause: string): ErrorDetail {
  return {
    kind: 'source',
    code: 'connection-off',
    message: `The source tells of a removal (${cause}), but the connection ${connection} was switched off before it could be looked at`,
    advice: 'Switch the connection on and refresh; no poll finds a removed record. Discard it if nobody needs to know.',
    fields: [],
  };
}

/** A hint of a connection that does not exist. */
export function describeUnknown(connection: string, cause: string): ErrorDetail {
  return {
    kind: 'source',
    code: 'unknown-connection',
    message: `A hint (${cause}) is of the connection "${connection}", which does not exist: there is nowhere to read the record`,
    advice: 'If the connection was removed on purpose, nothing is to do. Otherwise find out who writes to the inbox.',
    fields: [],
  };
}

/** Errors of the codec say themselves whether trying again can help. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'retriable' in error && error.retriable === false;
}
