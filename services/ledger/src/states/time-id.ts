import { createHash, randomBytes } from 'node:crypto';
import { deliveryIdFloor, readBase32, writeBase32 } from '@entrepot/canonical';

/** Digits of milliseconds; the ids of deliveries hold microseconds in eleven (`@entrepot/canonical`). */
const TIME_DIGITS = 10;

/** The last time that microseconds can express in a safe number, in 2255: ids of both kinds end there. */
const LATEST_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** The writer sets a record's time, the caller a question's: both may lie outside the range. */
function withinTimes(atMs: number): number {
  return Math.min(LATEST_MS, Math.max(0, Math.floor(atMs)));
}

/** Sorts by time as text. */
function timePrefix(atMs: number): string {
  return writeBase32(BigInt(withinTimes(atMs)), TIME_DIGITS);
}

/** An id that is the same for the same fact and begins with its time, so that indexes grow at their right edge. */
export function timeIdOf(atMs: number, ...facts: string[]): string {
  return timePrefix(atMs) + createHash('sha256').update(facts.join('\u0000')).digest('hex').slice(0, 20);
}

/** A fresh id that begins with its time. */
export function newTimeId(atMs: number): string {
  return timePrefix(atMs) + randomBytes(10).toString('hex');
}

/** The smallest id of a time, for ranges. */
export function timeIdFloor(atMs: number): string {
  return timePrefix(atMs);
}

/** The smallest id of deliveries published at a time, for ranges. */
export function deliveryFloor(atMs: number): string {
  return deliveryIdFloor(withinTimes(atMs) * 1000);
}

/** When the event of a delivery was published, ms: its id begins with it, in 11 digits of microseconds. */
export function timeOfDeliveryId(id: string): number {
  return Math.floor(readDigits(id.slice(0, 11)) / 1000);
}

/** When a message was published, ms. */
export function timeOfMessageId(id: string): number {
  return readDigits(id.slice(0, TIME_DIGITS));
}

/** Ids that do not begin with a time belong to its end. */
function readDigits(text: string): number {
  return readBase32(text) ?? Number.MAX_SAFE_INTEGER;
}
