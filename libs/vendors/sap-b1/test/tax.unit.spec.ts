import { Decimal, type Order, type Tax } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { mapOrder } from '../src/map/order.ts';
import { contextFor, errorOf, planOf } from './map-for-tests.ts';
import { makeFlow, makeOrder, money } from './orders-for-tests.ts';

interface TaxInput {
  readonly name: string;
  readonly rate: string | null;
  readonly amount: string;
  readonly channelLiable?: boolean;
}

const taxOf = ({ name, rate, amount, channelLiable }: TaxInput, included = false): Tax => ({
  name,
  code: null,
  rate: rate === null ? null : new Decimal(rate),
  basis: null,
  jurisdiction: null,
  amount: money(amount),
  included,
  channelLiable: channelLiable ?? null,
});

/** One line, and its taxes as the shop lists them. */
function taxed(price: string, taxes: readonly TaxInput[], included = false): Order {
  const order = makeOrder({ taxesIncluded: included, lines: [{ sku: 'TSHIRT-BLK-S', price }] });
  const sum = taxes.reduce((total, tax) => total.plus(tax.amount), new Decimal(0));
  const total = money(included ? new Decimal(price) : sum.plus(price));
  const amounts = { ...order.totals.current, taxes: money(sum), total };
  return {
    ...order,
    lines: order.lines.map((line) => ({ ...line, taxable: true, taxes: taxes.map((tax) => taxOf(tax, included)) })),
    totals: { original: amounts, current: amounts },
  };
}

/** One untaxed line, and shipping with its taxes. */
function shipped(price: string, taxes: readonly TaxInput[]): Order {
  const order = makeOrder({ lines: [{ price: '10.00' }], shipping: { price } });
  const sum = taxes.reduce((total, tax) => total.plus(tax.amount), new Decimal(0));
  const amounts = { ...order.totals.current, taxes: money(sum), total: money(sum.plus(price).plus(10)) };
  return {
    ...order,
    shippingLines: order.shippingLines.map((line) => ({ ...line, taxes: taxes.map((tax) => taxOf(tax)) })),
    totals: { original: amounts, current: amounts },
  };
}

const facts = (rates: Record<string, string>) => ({
  facts: {
    localCurrency: 'USD',
    priceDigits: 2,
    percentDigits: 4,
    quantityDigits: 3,
    taxRates: { EX: '0', VAT7: '7', VAT19: '19', NY: '8.875', ...rates },
  },
});
const LOCAL = facts({ LOC45: '4.5' });
const MAP = { '0': 'EX', '4.5': 'LOC45', '8.875': 'NY', '7': 'VAT7', '19': 'VAT19' };
const flowOf = (target: Record<string, unknown> = {}, tax: Record<string, string> = MAP) => ({
  ...makeFlow(target, { valueMaps: { tax } }),
  totalTolerance: '0',
});

const CLOTHING: readonly TaxInput[] = [
  { name: 'State', rate: '0.04', amount: '0.00' },
  { name: 'County', rate: '0.045', amount: '2.25' },
  { name: 'MCTD', rate: '0.00375', amount: '0.00' },
];

describe('a tax that charged nothing names no code', () => {
  const order = () => taxed('50.00', CLOTHING);

  it.each([
    ['rate', {}],
    ['override', { tax: { policy: 'override' } }],
  ])('policy %s', (_name, target) => {
    const plan = planOf(mapOrder(order(), contextFor(flowOf(target), {}, LOCAL)));
    expect(plan.lines[0]?.fields.TaxCode).toBe('LOC45');
    expect(plan.expected).toMatchObject({ tax: '2.25', total: '52.25' });
  });

  it('policy jurisdiction', () => {
    const flow = flowOf({ tax: { policy: 'jurisdiction' } }, { County: 'LOC45', 'County + MCTD + State': 'NY' });
    expect(planOf(mapOrder(order(), contextFor(flow, {}, LOCAL))).lines[0]?.fields.TaxCode).toBe('LOC45');
  });

  it('policy exempt-with-charge: what was charged is the charge', () => {
    const charge = { as: 'expense', expenseCode: 3, taxCode: 'EX' };
    const flow = flowOf({ tax: { policy: 'exempt-with-charge', exemptCode: 'EX', charge } });
    const plan = planOf(mapOrder(order(), contextFor(flow, {}, LOCAL)));
    expect(plan.expenses).toEqual([{ expenseCode: 3, fields: { LineTotal: 2.25, TaxCode: 'EX' } }]);
  });

  it('nothing charged at all is exempt, with and without a rate', () => {
    const exempt = (taxes: readonly TaxInput[]) =>
      planOf(mapOrder(taxed('50.00', taxes), contextFor(flowOf(), {}, LOCAL))).lines[0]?.fields.TaxCode;
    expect(exempt(CLOTHING.map((tax) => ({ ...tax, amount: '0.00' })))).toBe('EX');
    expect(exempt([{ name: 'State', rate: null, amount: '0.00' }])).toBe('EX');
  });

  it('one that has no rate and charged nothing hides no rate', () => {
    const taxes = [...CLOTHING, { name: 'Levy', rate: null, amount: '0.00' }];
    const plan = planOf(mapOrder(taxed('50.00', taxes), contextFor(flowOf(), {}, LOCAL)));
    expect(plan.lines[0]?.fields.TaxCode).toBe('LOC45');
  });

  it('one that comes to less than half a cent is still a part of the rate', () => {
    // 4 % and 4.5 % of 0.50 are 0.02 each, 0.375 % are 0.00: together 8.875 %.
    const taxes = CLOTHING.map((tax) => ({ ...tax, amount: tax.name === 'MCTD' ? '0.00' : '0.02' }));
    const plan = planOf(mapOrder(taxed('0.50', taxes), contextFor(flowOf(), {}, LOCAL)));
    expect(plan.lines[0]?.fields.TaxCode).toBe('NY');
  });
});

describe('shipping taxed at a mix of rates', () => {
  // A basket half at 19 %, half at 7 %: each rate on half of 10.00.
  const order = () =>
    shipped('10.00', [
      { name: 'VAT', rate: '0.19', amount: '0.95' },
      { name: 'VAT', rate: '0.07', amount: '0.35' },
    ]);

  it('is told as what it is, with advice that works', () => {
    const error = errorOf(mapOrder(order(), contextFor(flowOf())));
    expect(error).toMatchObject({ code: 'unmapped-tax', fields: [{ path: 'shippingLines[0].taxes' }] });
    expect(error.message).toContain('13.00 %');
    expect(error.advice).toContain('shipping.taxCode');
    expect(error.advice).not.toContain('"26"');
  });

  it('is told so under the policy jurisdiction, too', () => {
    const error = errorOf(mapOrder(order(), contextFor(flowOf({ tax: { policy: 'jurisdiction' } }))));
    expect(error.message).toContain('13.00 %');
    expect(error.advice).toContain('exempt-with-charge');
    expect(error.advice).not.toContain('Add "');
  });

  it('with tax as a charge, a code that has tax is named as the fault', () => {
    const tax = {
      policy: 'exempt-with-charge',
      exemptCode: 'EX',
      charge: { as: 'expense', expenseCode: 3, taxCode: 'EX' },
    };
    const flow = flowOf({ tax, shipping: { as: 'expense', expenseCode: 1, taxCode: 'VAT19' } });
    const { code, advice } = errorOf(mapOrder(order(), contextFor(flow)));
    expect(code).toBe('tax-differs');
    expect(advice).toContain('"taxCode" of the charges');
    expect(advice).not.toContain('use the tax policy');
  });

  it.each([
    ['freight', { as: 'expense', expenseCode: 1, taxCode: 'VAT19' }],
    ['an item', { as: 'item', itemCode: 'SHIPPING', taxCode: 'VAT19' }],
  ])('the advice: override and a code, as %s', (_name, shipping) => {
    const flow = flowOf({ tax: { policy: 'override' }, shipping });
    expect(planOf(mapOrder(order(), contextFor(flow))).expected).toMatchObject({ total: '21.3', tax: '1.3' });
  });

  it('the advice: tax as a charge', () => {
    const charge = { as: 'expense', expenseCode: 3, taxCode: 'EX' };
    const flow = flowOf({ tax: { policy: 'exempt-with-charge', exemptCode: 'EX', charge } });
    expect(planOf(mapOrder(order(), contextFor(flow))).expected).toMatchObject({ total: '21.3', tax: '0' });
  });

  it('rates that all apply to the whole are no mix', () => {
    const plain = shipped('10.00', [
      { name: 'State', rate: '0.04', amount: '0.40' },
      { name: 'City', rate: '0.05', amount: '0.50' },
    ]);
    expect(errorOf(mapOrder(plain, contextFor(flowOf()))).advice).toContain('"9"');
  });
});

describe('tax that the marketplace remits', () => {
  const taxes: readonly TaxInput[] = [{ name: 'State', rate: '0.08875', amount: '8.88', channelLiable: true }];

  it('is written as any other, unless the flow leaves it out', () => {
    const written = planOf(mapOrder(taxed('100.00', taxes), contextFor(flowOf())));
    expect(written.expected).toMatchObject({ total: '108.88', tax: '8.88' });
    const without = planOf(mapOrder(taxed('100.00', taxes), contextFor(flowOf({ channelTax: 'leave-out' }))));
    expect(without.expected).toMatchObject({ total: '100', tax: '0' });
    expect(without.lines[0]?.fields.TaxCode).toBe('EX');
  });

  it('inside the price it comes off the price', () => {
    const inside: readonly TaxInput[] = [{ name: 'VAT', rate: '0.19', amount: '15.97', channelLiable: true }];
    const plan = planOf(mapOrder(taxed('100.00', inside, true), contextFor(flowOf({ channelTax: 'leave-out' }))));
    expect(plan.expected).toMatchObject({ total: '84.03', tax: '0' });
  });

  it('beside tax that the merchant owes, only that one chooses the code', () => {
    const both = [...taxes, { name: 'County', rate: '0.045', amount: '4.50', channelLiable: false }];
    const plan = planOf(mapOrder(taxed('100.00', both), contextFor(flowOf({ channelTax: 'leave-out' }), {}, LOCAL)));
    expect(plan.lines[0]?.fields.TaxCode).toBe('LOC45');
    expect(plan.expected).toMatchObject({ total: '104.5', tax: '4.5' });
  });

  it('of shipping, too; and the total is still checked', () => {
    const order = shipped('10.00', [{ name: 'State', rate: '0.08875', amount: '0.89', channelLiable: true }]);
    const flow = flowOf({ channelTax: 'leave-out' });
    expect(planOf(mapOrder(order, contextFor(flow))).expected).toMatchObject({ total: '20', tax: '0' });
    const amounts = { ...order.totals.current, total: money('21.89') };
    const wrong = { ...order, totals: { original: amounts, current: amounts } };
    expect(errorOf(mapOrder(wrong, contextFor(flow))).code).toBe('totals-differ');
  });
});

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
