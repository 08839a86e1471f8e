import type { RecordTooLarge } from '@entrepot/broker';
import {
  describeRecord,
  type EntityOf,
  type ErrorDetail,
  type EventHeaders,
  eventKey,
  formatEventHeaders,
  formatFacts,
} from '@entrepot/canonical';
import type { Codec } from '@entrepot/codec';

/** A state as Kafka takes it. */
export interface MadeRecord {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
}

/**
 * Writes a whole state, its source completed, with its headers, by which it is routed and recorded without being read.
 * @returns why it cannot be an event, where it does not fit its schema
 * @throws infrastructure errors
 */
export async function makeRecord(
  entity: EntityOf,
  event: EventHeaders,
  codec: Pick<Codec, 'encode'>,
): Promise<{ readonly ok: true; readonly record: MadeRecord } | { readonly ok: false; readonly error: ErrorDetail }> {
  let value: Buffer;
  try {
    value = await codec.encode(event.entity, entity);
  } catch (error) {
    if (isRefusal(error)) return { ok: false, error: describeRefusal(error) };
    throw error;
  }
  const key = eventKey(event.connection, event.sourceId);
  const headers = { ...formatEventHeaders(event), ...formatFacts(describeRecord(event.entity, entity)) };
  return { ok: true, record: { key, value, headers } };
}

/** Errors of the codec say themselves whether trying again can help. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'retriable' in error && error.retriable === false;
}

function describeRefusal(error: Error & { issues?: readonly { path: string; message: string }[] }): ErrorDetail {
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
