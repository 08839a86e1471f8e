import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Bag,
  checkOrderArithmetic,
  createAmounts,
  createOrder,
  Decimal,
  minorUnitsOf,
  type OrderAmounts,
  type Sparse,
} from '../src/index.ts';

const currencies = ['USD', 'EUR', 'JPY', 'KWD'] as const;
type Parts = Record<
  'lines' | 'shipping' | 'fees' | 'duties' | 'tips' | 'taxes' | 'discounts' | 'cashRounding' | 'adjustments',
  number
>;

const minor = fc.integer({ min: 0, max: 10_000_000_00 });
const signed = fc.integer({ min: -500, max: 500 });
const parts: fc.Arbitrary<Parts> = fc.record({
  lines: minor,
  shipping: minor,
  fees: minor,
  duties: minor,
  tips: minor,
  taxes: minor,
  discounts: minor,
  cashRounding: signed,
  adjustments: signed,
});

describe('the arithmetic of an order', () => {
  it('holds when the total is what the parts add up to, in both currencies, taxes and duties included or not', () => {
    fc.assert(
      fc.property(
        parts,
        parts,
        fc.constantFrom(...currencies),
        fc.constantFrom(...currencies),
        fc.boolean(),
        fc.boolean(),
        (base, document, baseCurrency, documentCurrency, taxesIncluded, dutiesIncluded) => {
          const amounts = writeAmounts(base, document, baseCurrency, documentCurrency, taxesIncluded, dutiesIncluded);
          const order = createOrder({ taxesIncluded, dutiesIncluded, totals: { original: amounts, current: amounts } });
          expect(checkOrderArithmetic(order)).toEqual({ ok: true, differences: [] });
        },
      ),
    );
  });

  it('finds a difference of one minor unit, in the sums and the currency where it is', () => {
    fc.assert(
      fc.property(
        parts,
        fc.constantFrom(...currencies),
        fc.constantFrom('original' as const, 'current' as const),
        fc.constantFrom('base' as const, 'document' as const),
        fc.constantFrom(1, -1),
        (values, currency, which, side, units) => {
          const sound = writeAmounts(values, values, currency, currency, false, false);
          const step = new Decimal(units).div(new Decimal(10).pow(minorUnitsOf(currency)));
          const total = sound.total as Bag;
          const wrong = { ...sound, total: { ...total, [side]: { currency, amount: total[side]!.amount.plus(step) } } };
          const order = createOrder({
            totals: { original: which === 'original' ? wrong : sound, current: which === 'current' ? wrong : sound },
          });
          const { ok, differences } = checkOrderArithmetic(order);
          expect(ok).toBe(false);
          expect(differences).toMatchObject([{ which, side, field: 'total', currency, difference: step.toFixed() }]);
        },
      ),
    );
  });

  it('lets differences below half a minor unit pass', () => {
    const order = createOrder({
      totals: {
        current: {
          lines: createAmounts({ amount: '10.004', currency: 'EUR' }),
          total: createAmounts({ amount: '10', currency: 'EUR' }),
        },
      },
    });
    expect(checkOrderArithmetic(order).ok).toBe(true);
  });

  it('names an amount in another currency than the total', () => {
    const order = createOrder({
      totals: {
        current: {
          lines: createAmounts({ amount: '10', currency: 'EUR' }),
          shipping: createAmounts({ amount: '2', currency: 'USD' }),
          total: createAmounts({ amount: '12', currency: 'EUR' }),
        },
      },
    });
    expect(checkOrderArithmetic(order).differences.map((difference) => difference.field)).toEqual([
      'shipping',
      'total',
    ]);
  });
});

function writeAmounts(
  base: Parts,
  document: Parts,
  baseCurrency: string,
  documentCurrency: string,
  taxesIncluded: boolean,
  dutiesIncluded: boolean,
): Sparse<OrderAmounts> {
  const scale = (value: number, currency: string) =>
    new Decimal(value).div(new Decimal(10).pow(minorUnitsOf(currency)));
  const total = (values: Parts) =>
    values.lines +
    values.shipping +
    values.fees +
    values.tips +
    values.cashRounding +
    values.adjustments -
    values.discounts +
    (taxesIncluded ? 0 : values.taxes) +
    (dutiesIncluded ? 0 : values.duties);
  const bag = (left: number, right: number) =>
    createAmounts(
      { amount: scale(left, baseCurrency), currency: baseCurrency },
      { amount: scale(right, documentCurrency), currency: documentCurrency },
    );
  const fields = Object.keys(base) as (keyof Parts)[];
  return {
    ...Object.fromEntries(fields.map((field) => [field, bag(base[field], document[field])])),
    total: bag(total(base), total(document)),
  };
}
