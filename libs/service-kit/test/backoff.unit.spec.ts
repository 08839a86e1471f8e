import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, createBackoff, spreadMs } from '../src/backoff.ts';

describe('a backoff', () => {
  it('doubles from the first delay to the longest, and stays there', () => {
    const rule = { firstMs: 250, longestMs: 3_000 };
    expect([1, 2, 3, 4, 5, 6].map((failures) => backoffMs(rule, failures))).toEqual([
      250, 500, 1_000, 2_000, 3_000, 3_000,
    ]);
    // 2 ** 2000 is no number any more: a target may be away for years.
    expect(backoffMs(rule, 2_000)).toBe(3_000);
    expect(backoffMs(rule, 0)).toBe(250);
  });

  it('never shrinks, and never leaves its bounds', () => {
    fc.assert(
      fc.property(fc.nat(60_000), fc.nat(600_000), fc.nat(200), (firstMs, longestMs, failures) => {
        const rule = { firstMs, longestMs };
        expect(backoffMs(rule, failures)).toBeLessThanOrEqual(longestMs);
        expect(backoffMs(rule, failures + 1)).toBeGreaterThanOrEqual(backoffMs(rule, failures));
      }),
    );
  });

  it('begins anew once it works again', () => {
    const backoff = createBackoff({ firstMs: 100, longestMs: 400 });
    expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 400, 400]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it('is spread by a quarter to either side', () => {
    expect([0, 0.5, 1].map((random) => spreadMs(1_000, random))).toEqual([750, 1_000, 1_250]);
  });
});
