import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteBudget } from '../src/webhooks/admission.ts';

describe('the room for bodies', () => {
  it('is refused beyond the limit, and there again when a body ends', () => {
    const budget = createByteBudget(100, () => 0);
    const [a, b] = [budget.open(() => {}), budget.open(() => {})];
    expect([a.reserve(60), b.reserve(40), b.reserve(1)]).toEqual([true, true, false]);
    a.release();
    expect(b.reserve(60)).toBe(true);
  });

  it('is taken from the bodies that have been arriving for too long, the longest first, and only as far as needed', () => {
    let nowMs = 0;
    const budget = createByteBudget(100, () => nowMs);
    const ended: string[] = [];
    const open = (name: string) => budget.open(() => void ended.push(name));
    const [a, b] = [open('a'), open('b')];
    expect([a.reserve(50), b.reserve(50)]).toEqual([true, true]);
    nowMs = 1_999;
    expect(open('c').reserve(10)).toBe(false);
    nowMs = 2_000;
    expect(open('d').reserve(10)).toBe(true);
    expect(ended).toEqual(['a']);
    // Given up is given up: what it still sends finds no room of its own.
    expect(a.reserve(1)).toBe(false);
  });

  it('gives a slow body up itself when it is the oldest that asks for more', () => {
    let nowMs = 0;
    const budget = createByteBudget(100, () => nowMs);
    let ended = false;
    const slow = budget.open(() => {
      ended = true;
    });
    expect(slow.reserve(100)).toBe(true);
    nowMs = 3_000;
    expect([slow.reserve(1), ended]).toEqual([false, true]);
    expect(budget.open(() => {}).reserve(100)).toBe(true);
  });

  it('never holds more than the limit, and is whole again when all have ended', () => {
    const step = fc.record({
      who: fc.nat(5),
      bytes: fc.integer({ min: 1, max: 60 }),
      waitMs: fc.nat(1_500),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let nowMs = 0;
        const budget = createByteBudget(100, () => nowMs);
        const held = new Map<number, { bytes: number; room: ReturnType<typeof budget.open> }>();
        for (const { who, bytes, waitMs, ends } of steps) {
          nowMs += waitMs;
          const one = held.get(who) ?? { bytes: 0, room: budget.open(() => void held.delete(who)) };
          held.set(who, one);
          if (ends) {
            held.delete(who);
            one.room.release();
          } else if (one.room.reserve(bytes)) one.bytes += bytes;
          expect([...held.values()].reduce((sum, { bytes: each }) => sum + each, 0)).toBeLessThanOrEqual(100);
        }
        for (const { room } of held.values()) room.release();
        expect(budget.open(() => {}).reserve(100)).toBe(true);
      }),
    );
  });
});
