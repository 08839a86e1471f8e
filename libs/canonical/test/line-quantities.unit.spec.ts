import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLineQuantities, createOrderLine, Decimal, fromJson, type LineQuantity } from '../src/index.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

type Quantities = Partial<Record<keyof LineQuantity, string>>;
const lineOf = (quantities: Quantities) =>
  createOrderLine({
    quantity: Object.fromEntries(Object.entries(quantities).map(([name, text]) => [name, new Decimal(text)])),
  });
const pathsOf = (...lines: Quantities[]) =>
  checkLineQuantities({ lines: lines.map(lineOf) }).map(({ path }) => path.replace('.quantity', ''));

describe('the quantities of lines', () => {
  it.each<[string, Quantities]>([
    ['nothing handed over', { ordered: '2', current: '2' }],
    ['all handed over', { ordered: '2', current: '2', fulfilled: '2' }],
    ['one of three cancelled before shipping, the rest handed over', { ordered: '3', fulfilled: '2', cancelled: '1' }],
    ['handed over and come back', { ordered: '2', current: '1', fulfilled: '2', returned: '1' }],
    ['handed over, refunded without a return', { ordered: '2', current: '0', fulfilled: '2' }],
    ['cancelled whole', { ordered: '2', cancelled: '2' }],
    ['parts of a unit', { ordered: '2.5', fulfilled: '1.25', cancelled: '1.25', returned: '1.25' }],
    ['a comment', {}],
  ])('stand together: %s', (_case, quantities) => {
    expect(pathsOf(quantities)).toEqual([]);
  });

  it.each<[string, Quantities, string[]]>([
    ['goods handed over are cancelled', { ordered: '2', fulfilled: '2', cancelled: '1' }, ['lines[0].fulfilled']],
    ['more is handed over than ordered', { ordered: '2', fulfilled: '3' }, ['lines[0].fulfilled']],
    ['more comes back than was handed over', { ordered: '2', fulfilled: '1', returned: '2' }, ['lines[0].returned']],
    ['what comes back was cancelled', { ordered: '2', cancelled: '2', returned: '2' }, ['lines[0].returned']],
    ['more is cancelled than ordered', { ordered: '1', cancelled: '2' }, ['lines[0].cancelled']],
    ['a quantity is negative', { ordered: '-1', current: '-0.5' }, ['lines[0].ordered', 'lines[0].current']],
  ])('do not: %s', (_case, quantities, paths) => {
    expect(pathsOf(quantities)).toEqual(paths);
  });

  it('are told with numbers, by line', () => {
    const lines = [{ ordered: '1' }, { ordered: '3', fulfilled: '2.5', cancelled: '1' }].map(lineOf);
    expect(checkLineQuantities({ lines })).toEqual([
      { path: 'lines[1].quantity.fulfilled', message: 'is 2.5, more than was ordered and not cancelled (2)' },
    ]);
  });

  it.each(readdirSync(fixtures).filter((file) => file.startsWith('order.')))('stand together in %s', (file) => {
    expect(checkLineQuantities(fromJson('order', JSON.parse(readFileSync(join(fixtures, file), 'utf8'))))).toEqual([]);
  });

  const hundredths = fc.integer({ min: -100, max: 500 }).map((value) => new Decimal(value).div(100));

  it('hold exactly when each of the rules holds', () => {
    fc.assert(
      fc.property(
        fc.record({
          ordered: hundredths,
          current: hundredths,
          fulfilled: hundredths,
          cancelled: hundredths,
          returned: hundredths,
        }),
        (quantity) => {
          const { ordered, fulfilled, cancelled, returned } = quantity;
          const sound =
            Object.values(quantity).every((value) => value.gte(0)) &&
            fulfilled.lte(ordered.minus(cancelled)) &&
            returned.lte(fulfilled) &&
            cancelled.plus(returned).lte(ordered);
          expect(checkLineQuantities({ lines: [createOrderLine({ quantity })] }).length === 0).toBe(sound);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('hold after any course of cancelling, handing over and coming back', () => {
    const step = fc.record({
      kind: fc.constantFrom('order', 'cancel', 'fulfil', 'return'),
      share: fc.integer({ min: 0, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let [ordered, fulfilled, cancelled, returned] = [0, 0, 0, 0];
        for (const { kind, share } of steps) {
          const open = ordered - cancelled - fulfilled;
          if (kind === 'order') ordered += share;
          if (kind === 'cancel') cancelled += Math.min(share, open);
          if (kind === 'fulfil') fulfilled += Math.min(share, open);
          if (kind === 'return') returned += Math.min(share, fulfilled - returned);
        }
        const quantities = { ordered, fulfilled, cancelled, returned, current: ordered - cancelled - returned };
        expect(pathsOf(mapText(quantities))).toEqual([]);
        // One piece more anywhere than there can be is seen.
        expect(pathsOf(mapText({ ...quantities, returned: fulfilled + 1 }))).toEqual(['lines[0].returned']);
        expect(pathsOf(mapText({ ...quantities, fulfilled: ordered - cancelled + 1 }))).toEqual(['lines[0].fulfilled']);
      }),
    );
  });
});

function mapText(quantities: Record<keyof LineQuantity, number>): Quantities {
  return Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, String(value)]));
}
