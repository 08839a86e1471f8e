import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, splitEvenly } from '../src/budgets/allocation.ts';

const claimsOf = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    wanted: fc.nat({ max: 50 }),
    cap: fc.nat({ max: 20 }),
    hungrySinceMs: fc.option(fc.nat({ max: 1_000 })),
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
);
const claim = (id: string, wanted: number, cap = 0, hungrySinceMs: number | null = null): Claim => ({
  id,
  wanted,
  cap,
  hungrySinceMs,
});
const split = (units: number, ...claims: Claim[]) => Object.fromEntries(splitEvenly(units, claims));

describe('a limit split evenly', () => {
  it('gives each what it wants while there is enough', () => {
    expect(split(10, claim('a', 3), claim('b', 5))).toEqual({ a: 3, b: 5 });
  });

  it('gives what one does not want to the others', () => {
    expect(split(10, claim('a', 2), claim('b', 50), claim('c', 50))).toEqual({ a: 2, b: 4, c: 4 });
  });

  it('gives a single unit to whoever has nothing, and among those to the one that waits longest', () => {
    expect(split(1, claim('a', 1, 1), claim('b', 1, 0, 700))).toEqual({ a: 0, b: 1 });
    expect(split(1, claim('a', 1, 0, 900), claim('b', 1, 0, 700))).toEqual({ a: 0, b: 1 });
  });

  it('never gives more than there is, nor to anybody more than it wants, and leaves nothing that is wanted', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), claimsOf, (units, claims) => {
        const shares = splitEvenly(units, claims);
        const given = [...shares.values()].reduce((sum, share) => sum + share, 0);
        const wanted = claims.reduce((sum, each) => sum + each.wanted, 0);
        expect(given).toBe(Math.min(units, wanted));
        for (const each of claims) expect(shares.get(each.id)).toBeLessThanOrEqual(each.wanted);
      }),
    );
  });

  it('gives nobody two units more than another one who wants more', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), claimsOf, (units, claims) => {
        const shares = splitEvenly(units, claims);
        for (const one of claims) {
          for (const other of claims) {
            const [mine, theirs] = [shares.get(one.id) ?? 0, shares.get(other.id) ?? 0];
            if (mine < one.wanted) expect(theirs).toBeLessThanOrEqual(mine + 1);
          }
        }
      }),
    );
  });
});
