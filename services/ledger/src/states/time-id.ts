import { createHash, randomBytes } from 'node:crypto';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ten base-32 digits of milliseconds: sorts by time as text. */
function timePrefix(atMs: number): string {
  let rest = Math.floor(atMs);
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
