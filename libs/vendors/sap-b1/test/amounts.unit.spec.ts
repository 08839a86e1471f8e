import { Decimal } from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expressAsPercent, expressAsPrice, type PricedPart } from '../src/entities/order/map/pricing.ts';
import { allocate, sum } from '../src/entities/order/map/wanted.ts';

const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => new Decimal(value).div(100));
const digits = (price: number) => ({ amount: 2, price, percent: 4 });
const quantities = fc.oneof(
  fc.integer({ min: 1, max: 5_000 }).map((value) => new Decimal(value)),
  fc.integer({ min: 1, max: 99_999 }).map((value) => new Decimal(value).div(1000)),
);

function checkParts(parts: readonly PricedPart[], value: Decimal, quantity: Decimal, priceDigits: number): void {
  const computed = parts.map((part) => part.price.times(part.quantity).toDecimalPlaces(2));
  expect(sum(computed).toFixed()).toBe(value.toFixed());
  expect(sum(parts.map((part) => part.quantity)).toFixed()).toBe(quantity.toFixed());
  for (const part of parts) {
    expect(part.quantity.gt(0)).toBe(true);
    expect(part.price.decimalPlaces()).toBeLessThanOrEqual(priceDigits);
  }
}

describe('expressAsPrice', () => {
  it('quantity × price comes out at the value to the cent, whatever the digits of prices, in each of its ways', () => {
    fc.assert(
      fc.property(cents(100_000_000), quantities, fc.integer({ min: 2, max: 6 }), (value, quantity, priceDigits) => {
        const ways = [...expressAsPrice(value, quantity, digits(priceDigits))];
        expect(ways.length).toBeGreaterThan(0);
        for (const parts of ways) checkParts(parts, value, quantity, priceDigits);
      }),
    );
  });

  it('keeps one line where one price fits, and splits 10.00 for three', () => {
    expect([...expressAsPrice(new Decimal('9.99'), new Decimal(3), digits(2))]).toHaveLength(1);
    const [parts] = expressAsPrice(new Decimal('10'), new Decimal(3), digits(2));
    expect(parts?.map((part) => `${part.quantity.toFixed()} × ${part.price.toFixed()}`)).toEqual([
      '2 × 3.33',
      '1 × 3.34',
    ]);
  });
});

describe('expressAsPercent', () => {
  it('is exact or nothing', () => {
    fc.assert(
      fc.property(
        cents(1_000_000),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 100 }),
        (unit, pieces, share) => {
          const quantity = new Decimal(pieces);
          const value = unit.times(quantity).times(share).div(100).toDecimalPlaces(2);
          const part = expressAsPercent(value, quantity, unit, digits(2));
          if (part === null) return;
          const after = part.price.times(new Decimal(100).minus(part.discountPercent)).div(100);
          expect(after.times(quantity).toDecimalPlaces(2).toFixed()).toBe(value.toFixed());
          expect(after.toDecimalPlaces(2).times(quantity).toDecimalPlaces(2).toFixed()).toBe(value.toFixed());
        },
      ),
    );
  });

  it('10 % of 25.00 is a percentage', () => {
    expect(
      expressAsPercent(new Decimal('45'), new Decimal(2), new Decimal('25'), digits(2))?.discountPercent.toFixed(),
    ).toBe('10');
  });
});

describe('allocate', () => {
  it('the parts add up to the whole, each within a cent of its share', () => {
    fc.assert(
      fc.property(cents(1_000_000), fc.array(cents(100_000), { minLength: 1, maxLength: 60 }), (total, weights) => {
        const parts = allocate(total, weights, 2);
        expect(sum(parts).toFixed()).toBe(total.toFixed());
        const whole = sum(weights);
        if (whole.isZero()) return;
        parts.forEach((part, index) => {
          const share = total.times(weights[index] as Decimal).div(whole);
          expect(part.minus(share).abs().lt('0.01')).toBe(true);
        });
      }),
    );
  });

  it('a negative total is spread alike', () => {
    const parts = allocate(new Decimal('-1'), [new Decimal(1), new Decimal(1), new Decimal(1)], 2);
    expect(parts.map((part) => part.toFixed())).toEqual(['-0.34', '-0.33', '-0.33']);
  });
});
