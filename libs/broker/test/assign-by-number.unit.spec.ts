import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dealNumbers } from '../src/consume/assign-by-number.ts';

function deal(count: number, claims: Record<string, number[]>): Record<string, number[]> {
  const dealt = dealNumbers(count, new Map(Object.entries(claims)));
  return Object.fromEntries([...dealt].map(([member, numbers]) => [member, [...numbers].sort((a, b) => a - b)]));
}

test('a member that is gone leaves the others what they have', () => {
  expect(deal(6, { a: [0, 3], b: [1, 4] })).toEqual({ a: [0, 2, 3], b: [1, 4, 5] });
});

test('a new member takes only its part', () => {
  expect(deal(6, { a: [0, 1, 2], b: [3, 4, 5], c: [] })).toEqual({ a: [0, 1], b: [3, 4], c: [2, 5] });
});

test('a number claimed twice has one owner, one that is no more has none', () => {
  expect(deal(2, { a: [0, 1, 7], b: [0, 1] })).toEqual({ a: [0], b: [1] });
});

test('every number has one owner, nobody more than one more than another, whatever is claimed', () => {
  const claims = fc.dictionary(
    fc.string({ minLength: 1 }),
    fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 }),
    {
      minKeys: 1,
      maxKeys: 8,
    },
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), claims, (count, claimed) => {
      const dealt = [...dealNumbers(count, new Map(Object.entries(claimed))).values()];
      expect(dealt.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, number) => number));
      const sizes = dealt.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});
