import { describe, expect, it } from 'vitest';
import { goods, money, newPerson, orderOf, tax } from '../../stage/order-input.ts';
import type { Input } from '../../stage/shop-side.ts';
import type { Stage } from '../../stage/stage.ts';

export function showMoneyToTheCent(stage: () => Stage): void {
  const HOUSE = { store: 'main', company: 'house', currency: 'USD' } as const;
  /** There shipping goes as an item. */
  const ITEMS = { store: 'other', company: 'house', currency: 'USD' } as const;
  const EURO = { store: 'euro', company: 'euro', currency: 'EUR' } as const;
  const YEN = { store: 'yen', company: 'house', currency: 'JPY' } as const;
  type Where = typeof HOUSE | typeof ITEMS | typeof EURO | typeof YEN;

  const charge = (currency: string, price: string, rate: number, amount: string) => ({
    title: `Parcel ${rate}`,
    priceSet: money(price, currency),
    taxLines: [tax(`VAT ${rate}`, rate, amount, {}, currency)],
  });
  const taxed = (currency: string, sku: string, quantity: number, price: string, rate: number, amount: string) =>
    goods(sku, quantity, price, { taxLines: [tax(`VAT ${rate}`, rate, amount, {}, currency)] }, currency);

  /** Leaves from where the flow of the store has a warehouse for. */
  const FROM_TOWN = { fulfillmentOrders: [{ location: 'Downtown store', lines: [{ line: 0, quantity: 3 }] }] };

  async function deliver({ store, company, currency }: Where, lines: readonly Input[], more: Input) {
    const on = stage();
    const input = orderOf(newPerson('Penny', 'Count'), lines, { currency, ...more });
    const order = await on.shop(store).place(input, store === 'yen' ? FROM_TOWN : undefined);
    await on.settle(order, { as: ['verified'] });
    const document = await on.company(company).order(order);
    const foreign = currency === 'JPY';
    return {
      total: foreign ? Number(document.DocTotalFc) : document.DocTotal,
      tax: foreign ? Number(document.VatSumFc) : document.VatSum,
    };
  }

  /** Where SAP cannot come out at the shop's total, nothing is written, and the advice says what can be done. */
  async function deliverOrRefuse(where: Where, lines: readonly Input[], more: Input, total: number) {
    const on = stage();
    const input = orderOf(newPerson('Merle', 'Merged'), lines, { currency: where.currency, ...more });
    const order = await on.shop(where.store).place(input);
    const { delivery } = await on.settle(order, { as: ['verified', 'failed'] });
    if (delivery.state === 'verified') expect((await on.company(where.company).order(order)).DocTotal).toBe(total);
    else {
      expect(await on.company(where.company).orders(order)).toHaveLength(0);
      expect(delivery.error?.advice).toMatch(/item|exempt-with-charge|override|freight code/);
    }
  }

  describe.concurrent('amounts are those of the shop, to the cent', () => {
    for (const where of [HOUSE, EURO])
      it(`one gross freight row of 9.80 with 19 %, in ${where.currency}`, async () => {
        const { currency } = where;
        const lines = [taxed(currency, 'CAP-NAVY', 1, '19.99', 0.19, '3.19')];
        const shippingLines = [charge(currency, '9.80', 0.19, '1.56')];
        const sums = await deliver(where, lines, { taxesIncluded: true, shippingLines });
        expect(sums).toEqual({ total: 29.79, tax: 4.75 });
      });

    it('two net charges for freight, of 7 % and of 21 %, as items', async () => {
      const lines = [
        taxed('USD', 'MUG-WHITE', 3, '3.33', 0.07, '0.70'),
        taxed('USD', 'CAP-NAVY', 1, '19.99', 0.21, '4.20'),
      ];
      const shippingLines = [charge('USD', '4.95', 0.07, '0.35'), charge('USD', '7.77', 0.21, '1.63')];
      // 9.99 + 19.99 + 4.95 + 7.77 = 42.70, tax 6.88
      expect(await deliver(ITEMS, lines, { shippingLines })).toEqual({ total: 49.58, tax: 6.88 });
    });

    it('two gross charges for freight, of 7 % and of 19 %: to the cent, or refused', async () => {
      const lines = [
        taxed('EUR', 'MUG-WHITE', 3, '3.33', 0.07, '0.65'),
        taxed('EUR', 'CAP-NAVY', 1, '19.99', 0.19, '3.19'),
      ];
      const shippingLines = [charge('EUR', '4.95', 0.07, '0.32'), charge('EUR', '7.77', 0.19, '1.24')];
      // 9.99 + 19.99 + 4.95 + 7.77 = 42.70, of which 5.40 are tax
      await deliverOrRefuse(EURO, lines, { taxesIncluded: true, shippingLines }, 42.7);
    });

    it('two charges of one rate, whose taxes round otherwise when they are merged', async () => {
      const lines = [taxed('USD', 'CAP-NAVY', 1, '10.00', 0.07, '0.70')];
      // 7 % of 0.36 is 0.0252, twice 0.03; of 0.72 it is 0.0504
      const shippingLines = [charge('USD', '0.36', 0.07, '0.03'), charge('USD', '0.36', 0.07, '0.03')];
      await deliverOrRefuse(HOUSE, lines, { shippingLines }, 11.48);
    });

    it('yen, which have no cents', async () => {
      const lines = [taxed('JPY', 'STICKER-SET', 3, '333', 0.1, '91')];
      const shippingLines = [charge('JPY', '715', 0.1, '65')];
      const sums = await deliver(YEN, lines, { taxesIncluded: true, shippingLines });
      expect(sums).toEqual({ total: 1714, tax: 156 });
    });

    it('a line that no single price can express, gross, with freight', async () => {
      const lines = [taxed('EUR', 'NOTEBOOK-A5', 3, '6.67', 0.19, '1.60')];
      const discountCode = { itemFixedDiscountCode: { code: 'TEN', amountSet: money('10.00', 'EUR') } };
      const shippingLines = [charge('EUR', '3.10', 0.19, '0.49')];
      // 20.01 − 10.00 + 3.10; tax of 10.01 is 1.60
      const { total } = await deliver(EURO, lines, { taxesIncluded: true, discountCode, shippingLines });
      expect(total).toBe(13.11);
    });

    it('what is verified is never a cent off, whatever the amounts', async () => {
      const on = stage();
      const orders = await Promise.all(
        [1, 2, 3, 4, 5, 6, 7, 8].map(async (seed) => {
          const { input, cents } = makeGrossOrder(seed);
          return { cents, order: await on.shop('euro').place(input) };
        }),
      );
      for (const { cents, order } of orders) {
        const { delivery } = await on.settle(order, { as: ['verified', 'failed'] });
        if (delivery.state === 'verified')
          expect(Math.round((await on.company('euro').order(order)).DocTotal * 100), order.name).toBe(cents);
        else expect(await on.company('euro').orders(order), order.name).toHaveLength(0);
      }
    });
  });

  /** An order with prices that contain 7 or 19 % of tax; what it comes to, in cents. */
  function makeGrossOrder(seed: number) {
    const inCents = (cents: number): string => (cents / 100).toFixed(2);
    const taxIn = (cents: number, percent: number): number => Math.round((cents * percent) / (100 + percent));
    const skus = ['MUG-WHITE', 'CAP-NAVY', 'POSTER-A2'];
    let cents = 0;
    const lineItems = skus.map((sku, index) => {
      const percent = (seed + index) % 2 === 0 ? 19 : 7;
      const price = 99 + ((seed * 7919 + index * 104_729) % 4_900);
      const quantity = 1 + ((seed + index * 2) % 5);
      cents += price * quantity;
      return taxed('EUR', sku, quantity, inCents(price), percent / 100, inCents(taxIn(price * quantity, percent)));
    });
    const freight = 301 + ((seed * 331) % 900);
    cents += freight;
    const shippingLines = [charge('EUR', inCents(freight), 0.19, inCents(taxIn(freight, 19)))];
    const person = newPerson('Randi', 'Om');
    return { cents, input: orderOf(person, lineItems, { currency: 'EUR', taxesIncluded: true, shippingLines }) };
  }
}
