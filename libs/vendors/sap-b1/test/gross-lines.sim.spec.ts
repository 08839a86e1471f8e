import fc from 'fast-check';
import { it } from 'vitest';
import { expectToTheCent, RATES } from './gross-lines-for-tests.ts';

it('of prices with tax, total and tax of a line come out to the cent, into however many rows it is split', () => {
  const line = fc.record({
    cents: fc.integer({ min: 1, max: 50_000 }),
    pieces: fc.integer({ min: 1, max: 40 }),
    off: fc.integer({ min: 0, max: 100 }),
    rate: fc.constantFrom(...RATES),
  });
  fc.assert(fc.property(line, expectToTheCent), { numRuns: 1_000 });
});
