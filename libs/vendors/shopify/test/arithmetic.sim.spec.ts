import { readFileSync } from 'node:fs';
import { checkOrderArithmetic, Decimal, formatDecimal } from '@entrepot/canonical';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderFromShopify } from '../src/entities/order/map.ts';
import type { WireOrder } from '../src/entities/order/wire.ts';
import type { WireBag } from '../src/entities/wire.ts';
import { never, startShop, type TestShop } from './shop-fixture.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await startShop();
  await shop.control('PATCH', '/stores/demo.myshopify.test', { restoreRate: 1_000_000, maximumAvailable: 1_000_000 });
});
afterAll(() => shop.close());

const cents = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((amount) => (amount / 100).toFixed(2));
const bag = (amount: string, currency: string) => ({ shopMoney: { amount, currencyCode: currency } });

const orderPlan = fc.record({
  currency: fc.constantFrom('USD', 'EUR', 'JPY', 'KWD'),
  taxesIncluded: fc.boolean(),
  dutiesIncluded: fc.boolean(),
  lines: fc.array(
    fc.record({
      price: cents(0, 30_000),
      quantity: fc.integer({ min: 1, max: 9 }),
      tax: cents(0, 900),
      giftCard: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  shipping: fc.option(fc.record({ price: cents(0, 2_000), tax: cents(0, 200) }), { nil: null }),
  discount: fc.constantFrom('none', 'fixed', 'percent', 'shipping'),
  tip: fc.option(cents(1, 900), { nil: null }),
  duty: fc.option(cents(1, 900), { nil: null }),
  fee: fc.option(cents(1, 900), { nil: null }),
  paid: fc.constantFrom('PAID', 'PENDING', 'AUTHORIZED'),
  after: fc.constantFrom('nothing', 'edit', 'cancel', 'removeShipping', 'fulfill'),
});
type Plan = typeof orderPlan extends fc.Arbitrary<infer Value> ? Value : never;

/** Amounts in the currency's own minor units. */
const inCurrency = (amount: string, currency: string): string =>
  currency === 'JPY' ? String(Math.round(Number(amount) * 100)) : amount;

async function place(plan: Plan): Promise<{ id: string; total: string; currentTotal: string }> {
  const money = (amount: string) => bag(inCurrency(amount, plan.currency), plan.currency);
  const tax = (amount: string) => [{ title: 'Tax', rate: 0.1, priceSet: money(amount) }];
  const discountCode = {
    none: undefined,
    fixed: { itemFixedDiscountCode: { code: 'FIX', amountSet: money('0.05') } },
    percent: { itemPercentageDiscountCode: { code: 'PCT', percentage: 12.5 } },
    shipping: { freeShippingDiscountCode: { code: 'SHIP' } },
  }[plan.discount];
  const order = {
    currency: plan.currency,
    taxesIncluded: plan.taxesIncluded,
    lineItems: plan.lines.map((line, index) => ({
      title: `Item ${index}`,
      sku: `S-${index}`,
      quantity: line.quantity,
      priceSet: money(line.price),
      giftCard: line.giftCard,
      requiresShipping: true,
      taxLines: tax(line.tax),
    })),
    ...(plan.shipping === null
      ? {}
      : { shippingLines: [{ title: 'Ship', priceSet: money(plan.shipping.price), taxLines: tax(plan.shipping.tax) }] }),
    discountCode,
    financialStatus: plan.paid,
  };
  const extras = {
    dutiesIncluded: plan.dutiesIncluded,
    ...(plan.tip === null ? {} : { tip: money(plan.tip) }),
    ...(plan.duty === null ? {} : { duties: [{ line: 0, amount: money(plan.duty) }] }),
    ...(plan.fee === null ? {} : { fees: [{ name: 'Fee', price: money(plan.fee) }] }),
  };
  const made = await shop.control<{ id: string }>('POST', '/orders', { order, extras });
  const patch = {
    nothing: {},
    edit: { quantities: { '0': 0 }, addLines: [{ title: 'Added', quantity: 2, priceSet: money('3.33') }] },
    cancel: { cancel: { refund: true } },
    removeShipping: { removeShipping: true },
    fulfill: { fulfill: true },
  }[plan.after];
  return shop.control('PATCH', `/orders/${made.id}`, patch);
}

describe('arithmetic', () => {
  it('whatever an order holds, its sums add up and are the shop’s own', async () => {
    const source = shop.open();
    await fc.assert(
      fc.asyncProperty(orderPlan, async (plan) => {
        const placed = await place(plan);
        const [result] = await source.fetch('order', [placed.id], never);
        if (result?.status !== 'found') throw new Error(JSON.stringify(result));
        const { totals } = result.entity;
        expect(checkOrderArithmetic(result.entity).differences).toEqual([]);
        expect(formatDecimal(totals.original.total.base.amount)).toBe(placed.total);
        expect(formatDecimal(totals.current.total.base.amount)).toBe(placed.currentTotal);
        expect(formatDecimal(totals.original.adjustments.base.amount)).toBe('0');
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('names any difference to the minor unit, and adjusts by exactly it when allowed', () => {
    const names = ['simple', 'taxes-included', 'tip', 'duties', 'gift-card', 'multi-currency', 'discount-percent'];
    const shift = (wire: WireBag, difference: string): WireBag => {
      const add = (money: WireBag['shopMoney']) => ({
        ...money,
        amount: (Math.round(Number(money.amount) * 100 + Number(difference) * 100) / 100).toString(),
      });
      return { shopMoney: add(wire.shopMoney), presentmentMoney: add(wire.presentmentMoney) };
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: -500, max: 500 }).filter((value) => value !== 0),
        (name, value) => {
          const wire = JSON.parse(
            readFileSync(new URL(`./fixtures/order.${name}.wire.json`, import.meta.url), 'utf8'),
          ) as WireOrder;
          const difference = (value / 100).toFixed(2);
          const wrong = { ...wire, totalPriceSet: shift(wire.totalPriceSet, difference) };
          const context = { connection: 'shop', customerHidden: false };
          const refused = orderFromShopify(wrong, { ...context, adjustmentPolicy: 'refuse' });
          expect(refused.ok).toBe(false);
          if (!refused.ok)
            expect(refused.error.fields.map((field) => field.message)).toContain(
              `difference ${formatDecimal(new Decimal(value).div(100))} ${wire.presentmentCurrencyCode}`,
            );
          const adjusted = orderFromShopify(wrong, { ...context, adjustmentPolicy: 'adjust' });
          if (!adjusted.ok) throw new Error(adjusted.error.message);
          expect(adjusted.order.totals.original.adjustments.document?.amount.toNumber()).toBe(value / 100);
          expect(checkOrderArithmetic(adjusted.order).ok).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
