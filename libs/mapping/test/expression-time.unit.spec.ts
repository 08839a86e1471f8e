import { afterEach, describe, expect, it, vi } from 'vitest';
import { evaluateExpression } from '../src/index.ts';

afterEach(() => vi.restoreAllMocks());

/** The clock moves on by so much each time somebody looks at it, as on a machine that does something else meanwhile. */
function letTheClockJump(stepMs: number): void {
  let now = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => {
    now += stepMs;
    return now;
  });
}

describe('the time that an expression may take', () => {
  it('is not used up by a machine that was busy with something else', async () => {
    letTheClockJump(120);
    expect(await evaluateExpression('a', { a: 7 }, 'filter')).toBe(7);
  });

  it('is not used up by many that take turns', async () => {
    letTheClockJump(120);
    const all = Array.from({ length: 20 }, (_, a) => evaluateExpression('a', { a }, 'filter'));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, a) => a));
  });

  it('ends: what takes too long both times fails, and says so', async () => {
    letTheClockJump(2_000);
    await expect(evaluateExpression('a', { a: 7 }, 'filter')).rejects.toMatchObject({
      code: 'expression-failed',
      message: expect.stringMatching(/^filter: .*timeout after 1000 milliseconds/i),
    });
  });

  it('of another expression is not touched by one that took too long', async () => {
    letTheClockJump(2_000);
    await expect(evaluateExpression('a', { a: 7 }, 'filter')).rejects.toThrow();
    vi.restoreAllMocks();
    expect(await evaluateExpression('a', { a: 8 }, 'filter')).toBe(8);
  });
});
