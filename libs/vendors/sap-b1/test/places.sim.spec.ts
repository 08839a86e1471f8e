import { Decimal } from '@entrepot/canonical';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, planOf } from './map-for-tests.ts';
import { makeOrder } from './orders-for-tests.ts';
import { flowOf, placed, WAREHOUSES } from './places-for-tests.ts';

it('amounts of the rows add up to those of the line, tax too, to the cent', () => {
  const shares = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 });
  const modes = fc.constantFrom<[boolean, Record<string, unknown>]>(
    [false, {}],
    [true, {}],
    [false, { tax: { policy: 'override' } }],
  );
  let refused = 0;
  fc.assert(
    fc.property(
      shares,
      fc.integer({ min: 50, max: 20_000 }),
      fc.integer({ min: 0, max: 60 }),
      modes,
      (pieces, cents, off, [included, target]) => {
        const quantity = pieces.reduce((sum, piece) => sum + piece, 0);
        const full = new Decimal(cents).times(quantity).div(100);
        const discount = full.times(off).div(100).toDecimalPlaces(2);
        const value = full.minus(discount);
        const tax = included
          ? value.minus(value.div('1.19').toDecimalPlaces(2))
          : value.times('0.19').toDecimalPlaces(2);
        const given = makeOrder({
          taxesIncluded: included,
          lines: [
            {
              id: 'a',
              price: new Decimal(cents).div(100).toFixed(),
              quantity: String(quantity),
              discount: discount.toFixed(),
              tax: { rate: '0.19', amount: tax.toFixed() },
            },
          ],
        });
        const groups = pieces.map((piece, index) => ({ location: String(index + 1), quantity: piece }));
        const flow = { ...flowOf(WAREHOUSES, target), totalTolerance: '0' };
        const outcome = mapOrder(placed(given, groups), contextFor(flow));
        if (!outcome.ok) {
          expect(outcome.error.code).toBe('tax-differs');
          refused += 1;
          return;
        }
        const plan = planOf(outcome);
        const sumOf = (values: readonly string[]) =>
          values.reduce((sum, each) => sum.plus(each), new Decimal(0)).toFixed();
        expect(sumOf(plan.lines.map((line) => line.quantity))).toBe(String(quantity));
        expect(plan.expected.total).toBe(given.totals.current.total.base.amount.toFixed());
        expect(plan.expected.tax).toBe(tax.toFixed());
        for (const [index, piece] of pieces.entries()) {
          const code = WAREHOUSES[String(index + 1) as keyof typeof WAREHOUSES];
          const rows = plan.lines.filter((line) => line.fields.WarehouseCode === code);
          expect(sumOf(rows.map((line) => line.quantity))).toBe(String(piece));
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(refused).toBeLessThanOrEqual(3);
});
