/** Delays that double from the first to the longest. */
export interface BackoffRule {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The delay after a number of consecutive failures. Pure, since each caller already keeps the count.
 * @param failures consecutive failures so far, the last one included; less than one counts as one
 */
export function backoffMs({ firstMs, longestMs }: BackoffRule, failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1));
}

/** Spreads a delay by a quarter in both directions: callers that failed together do not retry together. @param random between 0 and 1 */
export function spreadMs(delayMs: number, random: number): number {
  return delayMs * (0.75 + random / 2);
}

/** Delays of one caller that needs the count of failures for nothing else. */
export interface Backoff {
  /** The delay after one more failure. */
  next(): number;
  /** The call succeeded: the next failure counts as the first. */
  reset(): void;
}

export function createBackoff(rule: BackoffRule): Backoff {
  let failures = 0;
  return {
    next: () => {
      failures += 1;
      return backoffMs(rule, failures);
    },
    reset: () => {
      failures = 0;
    },
  };
}
