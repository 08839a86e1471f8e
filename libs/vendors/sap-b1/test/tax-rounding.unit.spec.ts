import { Decimal, type Order } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, errorOf, planOf } from './map-for-tests.ts';
import { makeOrder, money } from './orders-for-tests.ts';
import { flowOf, MAP, taxed, taxOf } from './tax-for-tests.ts';

describe('a tax that SAP would round otherwise', () => {
  const partly = (price: string, pieces: string, wanted: string, rate: string, amount: string, rest: string) => {
    const included = rest === '';
    const order = makeOrder({
      taxesIncluded: included,
      lines: [{ price, quantity: pieces, tax: { rate, amount } }],
    });
    const total = new Decimal(price).times(wanted).plus(included ? 0 : rest);
    const lines = order.lines.map((line) => ({
      ...line,
      quantity: { ...line.quantity, current: new Decimal(wanted), cancelled: new Decimal(pieces).minus(wanted) },
    }));
    return { ...order, lines, totals: { ...order.totals, current: { ...order.totals.current, total: money(total) } } };
  };

  it("is the shop's, for what is left of a line of which pieces were taken off", () => {
    // 19 % of 17.81 is 3.38; the half of 6.77, which is 19 % of 35.62, is 3.39.
    const plan = planOf(mapOrder(partly('17.81', '2', '1', '0.19', '6.77', '3.39'), contextFor(flowOf())));
    expect(plan.lines[0]?.fields).toMatchObject({ UnitPrice: 17.81, TaxTotal: 3.39 });
    expect(plan.expected).toMatchObject({ total: '21.2', tax: '3.39' });
  });

  it("is the shop's, where it rounds several taxes apart", () => {
    const taxes = [
      { name: 'State', rate: '0.04', amount: '0.24' },
      { name: 'County', rate: '0.045', amount: '0.27' },
      { name: 'MCTD', rate: '0.00375', amount: '0.02' },
    ];
    // Together 0.53; 8.875 % of 5.90 is 0.52.
    const plan = planOf(mapOrder(taxed('5.90', taxes), contextFor(flowOf())));
    expect(plan.lines[0]?.fields).toMatchObject({ UnitPrice: 5.9, TaxCode: 'NY', TaxTotal: 0.53 });
    expect(plan.expected).toMatchObject({ total: '6.43', tax: '0.53' });
  });

  it("is SAP's inside a price with tax, since the total stays", () => {
    // The half of 23.87 is 11.94; taken out of 74.74 it is 11.93.
    const plan = planOf(mapOrder(partly('37.37', '4', '2', '0.19', '23.87', ''), contextFor(flowOf())));
    expect(plan.lines[0]?.fields).toMatchObject({ PriceAfterVAT: 37.37 });
    expect(plan.lines[0]?.fields).not.toHaveProperty('TaxTotal');
    expect(plan.expected).toMatchObject({ total: '74.74', tax: '11.93' });
  });

  it('is no excuse for a wrong one', () => {
    const order = partly('17.81', '2', '1', '0.19', '6.80', '3.40');
    expect(errorOf(mapOrder(order, contextFor(flowOf({}, { ...MAP, '19': 'VAT7' })))).code).toBe('tax-differs');
    expect(errorOf(mapOrder(partly('100.00', '2', '1', '0.19', '36.00', '18.00'), contextFor(flowOf()))).code).toBe(
      'tax-differs',
    );
  });
});

describe('freight', () => {
  const gross = (price: string, tax: string) =>
    makeOrder({
      taxesIncluded: true,
      lines: [{ sku: 'CAP-NAVY', price: '19.99', tax: { rate: '0.19', amount: '3.19' } }],
      shipping: { price, tax: { rate: '0.19', amount: tax } },
    });

  it('of prices with tax is written with its tax, so that the total stays', () => {
    const plan = planOf(mapOrder(gross('9.80', '1.56'), contextFor(flowOf())));
    expect(plan.expenses).toEqual([{ expenseCode: 1, fields: { LineGross: 9.8, TaxCode: 'VAT19' } }]);
    expect(plan.expected).toMatchObject({ total: '29.79', tax: '4.75' });
  });

  it("charges of one code are one row, whose tax SAP rounds once: where only that differs, the shop's is given", () => {
    // 0.61 + 0.44 = 1.05 against 11.90 × 8.875 % = 1.06.
    const order = makeOrder({
      lines: [{ price: '10.00' }],
      shipping: { price: '6.90', tax: { rate: '0.08875', amount: '0.61' } },
    });
    const amounts = { ...order.totals.current, fees: money('5.00'), taxes: money('1.05'), total: money('22.95') };
    const fee = { id: 'f', title: 'packing', kind: null, amount: money('5.00') };
    const charged = {
      ...order,
      fees: [{ ...fee, taxes: [taxOf({ name: 'Tax', rate: '0.08875', amount: '0.44' })] }],
      totals: { original: amounts, current: amounts },
    } as unknown as Order;
    const merged = flowOf({ fees: { as: 'expense', expenseCode: 1 } });
    const plan = planOf(mapOrder(charged, contextFor(merged)));
    expect(plan.expenses).toEqual([{ expenseCode: 1, fields: { LineTotal: 11.9, TaxCode: 'NY', TaxSum: 1.05 } }]);
    expect(plan.expected).toMatchObject({ total: '22.95', tax: '1.05' });
    expect(planOf(mapOrder(charged, contextFor(flowOf()))).expected).toMatchObject({ total: '22.95', tax: '1.05' });
  });

  it('the total alone is not enough: tax inside the price that SAP would compute otherwise is refused', () => {
    const shipping = { as: 'expense', expenseCode: 1, taxCode: 'EX' };
    const error = errorOf(mapOrder(gross('9.80', '1.56'), contextFor(flowOf({ shipping }))));
    expect(error).toMatchObject({ code: 'tax-differs', fields: [{ expected: '4.75', actual: '3.19' }] });
  });

  it('a tax that is off by more than rounding is refused with words', () => {
    const wrong = makeOrder({
      lines: [{ price: '10.00' }],
      shipping: { price: '6.90', tax: { rate: '0.08875', amount: '0.69' } },
    });
    const error = errorOf(mapOrder(wrong, contextFor(flowOf())));
    expect(error).toMatchObject({ code: 'tax-differs', fields: [{ expected: '17.59', actual: '17.51' }] });
  });
});
