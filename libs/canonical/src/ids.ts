import { hash } from 'node:crypto';
import type { EntityName } from './entity.ts';
import type { TimestampMicros } from './values/timestamps.ts';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
/** 11 base32 digits hold every safe integer, so ids sort by time as text. */
const TIME_DIGITS = 11;

/** What makes an event the one it is. */
export interface EventIdentity {
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

/** The id of one event on one flow: the same whoever computes it; safe in URLs; begins with the time of publication. */
export function deliveryId(flowId: string, eventIdentifier: string, publishedAtMicros: TimestampMicros): string {
  return `${writeTime(publishedAtMicros)}-${digest([flowId, eventIdentifier, String(publishedAtMicros)])}`;
}

/** The smallest id of deliveries published at a time: bounds a range of ids by time. */
export function deliveryIdFloor(publishedAtMicros: TimestampMicros): string {
  return writeTime(publishedAtMicros);
}

function writeTime(micros: number): string {
  if (!Number.isSafeInteger(micros) || micros < 0) throw new TypeError(`${micros} is not a time in microseconds.`);
  let rest = BigInt(micros);
  let text = '';
  for (let digit = 0; digit < TIME_DIGITS; digit += 1) {
    text = DIGITS[Number(rest & 31n)] + text;
    rest >>= 5n;
  }
  return text;
}

/** 128 bits of SHA-256 over the parts (kept apart by their lengths), in base32. */
function digest(parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
  let rest = BigInt(`0x${hash('sha256', text, 'hex').slice(0, 32)}`);
  let id = '';
  for (let digit = 0; digit < 26; digit += 1) {
    id = DIGITS[Number(rest & 31n)] + id;
    rest >>= 5n;
  }
  return id;
}
