import { describe, expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, errorOf, planOf } from './map-for-tests.ts';
import { money } from './orders-for-tests.ts';
import { CLOTHING, flowOf, LOCAL, shipped, type TaxInput, taxed } from './tax-for-tests.ts';

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
