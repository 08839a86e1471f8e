/** Delays that double from the first to the longest. */
export interface BackoffRule {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The delay after so many failures in a row. Pure, so that each caller keeps the count it has anyway.
 * @param failures failures so far, the last one included; less than one counts as one
 */
export function backoffMs({ firstMs, longestMs }: BackoffRule, failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1));
}

/**
 * A delay a quarter shorter to a quarter longer: callers that failed together do not come back together.
 * @param random between 0 and 1
 */
export function spreadMs(delayMs: number, random: number): number {
  return delayMs * (0.75 + random / 2);
}

/** Delays of one caller, for whom the count of failures is of no other use. */
export interface Backoff {
  /** The delay after one more failure. */
  next(): number;
  /** It works again: the next failure is the first. */
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
