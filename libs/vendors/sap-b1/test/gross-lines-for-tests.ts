import { Decimal } from '@entrepot/canonical';
import { expect } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, planOf } from './map-for-tests.ts';
import { type LineInput, makeFlow, makeOrder } from './orders-for-tests.ts';

export const RATES = ['0', '0.07', '0.0725', '0.0825', '0.08875', '0.19', '0.2'] as const;
const FLOW = { ...makeFlow(), totalTolerance: '0' };

export interface GrossLine {
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

/** An order of this one line has, in SAP, the total and the tax that the shop states. */
export function expectToTheCent(line: GrossLine): void {
  const order = makeOrder({ taxesIncluded: true, lines: [toLine(line)] });
  const { expected } = planOf(mapOrder(order, contextFor(FLOW)));
  expect(expected.total).toBe(order.totals.current.total.base.amount.toFixed());
  expect(expected.tax).toBe(order.totals.current.taxes.base.amount.toFixed());
}
