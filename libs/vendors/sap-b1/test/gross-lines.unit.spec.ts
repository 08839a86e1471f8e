import { Decimal } from '@entrepot/canonical';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, planOf } from './map-for-tests.ts';
import { type LineInput, makeFlow, makeOrder } from './orders-for-tests.ts';

const RATES = ['0', '0.07', '0.0725', '0.0825', '0.08875', '0.19', '0.2'] as const;
const FLOW = { ...makeFlow(), totalTolerance: '0' };

interface GrossLine {
  readonly cents: number;
  readonly pieces: number;
  /** In percent. */
  readonly off: number;
  readonly rate: (typeof RATES)[number];
}

function toLine({ cents, pieces, off, rate }: GrossLine): LineInput {
  const full = new Decimal(cents).times(pieces).div(100);
  const discount = full.times(off).div(100).toDecimalPlaces(2);
  const value = full.minus(discount);
  const amount = value.minus(value.div(new Decimal(1).plus(rate)).toDecimalPlaces(2)).toFixed();
  const tax = rate === '0' ? {} : { tax: { rate, amount } };
  return {
    price: new Decimal(cents).div(100).toFixed(),
    quantity: String(pieces),
    discount: discount.toFixed(),
    ...tax,
  };
}

function expectToTheCent(line: GrossLine): void {
  const order = makeOrder({ taxesIncluded: true, lines: [toLine(line)] });
  const { expected } = planOf(mapOrder(order, contextFor(FLOW)));
  expect(expected.total).toBe(order.totals.current.total.base.amount.toFixed());
  expect(expected.tax).toBe(order.totals.current.taxes.base.amount.toFixed());
}

it('of prices with tax, total and tax of a line come out to the cent, into however many rows it is split', () => {
  const line = fc.record({
    cents: fc.integer({ min: 1, max: 50_000 }),
    pieces: fc.integer({ min: 1, max: 40 }),
    off: fc.integer({ min: 0, max: 100 }),
    rate: fc.constantFrom(...RATES),
  });
  fc.assert(fc.property(line, expectToTheCent), { numRuns: 1_000 });
});

it.each<GrossLine>([
  { cents: 47_992, pieces: 26, off: 62, rate: '0.19' },
  { cents: 49_988, pieces: 16, off: 6, rate: '0.07' },
  { cents: 39_284, pieces: 14, off: 4, rate: '0.0825' },
  { cents: 13_681, pieces: 16, off: 68, rate: '0.07' },
])('also where pricing one piece apart does not round the tax right: %j', expectToTheCent);
