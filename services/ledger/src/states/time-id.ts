import { createHash, randomBytes } from 'node:crypto';
import { deliveryIdFloor } from '@entrepot/canonical';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** The last time that microseconds can tell in a number, in 2255: ids of both kinds end there. */
const LATEST_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** A record's time is its writer's to say, a question's its caller's: both may lie before and after all times. */
function withinTimes(atMs: number): number {
  return Math.min(LATEST_MS, Math.max(0, Math.floor(atMs)));
}

/** Ten base-32 digits of milliseconds: sorts by time as text. */
function timePrefix(atMs: number): string {
  let rest = withinTimes(atMs);
  let text = '';
  for (let i = 0; i < 10; i++) {
    text = DIGITS[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Id that is the same for the same fact and begins with its time, so that indexes grow at their right edge. */
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
  return readDigits(id.slice(0, 10));
}

/** Ids that do not begin with a time belong to its end. */
function readDigits(text: string): number {
  let value = 0;
  for (const digit of text) {
    const place = DIGITS.indexOf(digit);
    if (place < 0) return Number.MAX_SAFE_INTEGER;
    value = value * 32 + place;
  }
  return value;
}
