import type { RetryRules } from './delivery.ts';

/**
 * Delay before the next automatic try: doubling from `firstDelayMs` to `maxDelayMs`.
 * @param tries tries made so far, at least 1
 * @returns milliseconds
 */
export function nextDelayMs(tries: number, rules: Pick<RetryRules, 'firstDelayMs' | 'maxDelayMs'>): number {
  return Math.min(rules.maxDelayMs, rules.firstDelayMs * 2 ** Math.max(0, tries - 1));
}
