import { checkOrderArithmetic, formatDecimal } from '@entrepot/canonical';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { never, onlyFound, plainOrder, startShop, type TestShop } from './shop-fixture.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());

it('the fee for sending goods back is a fee of the return', async () => {
  const { id } = await shop.control('POST', '/orders', { order: plainOrder({ financialStatus: 'PAID' }) });
  await shop.control('PATCH', `/orders/${id}`, { fulfill: true });
  await shop.control('PATCH', `/orders/${id}`, { return: { lines: { 0: 1 }, shippingFee: '4.50' } });
  const { entity: order } = onlyFound(await shop.open().fetch('order', [id], never));
  expect(order.returns.map((one) => one.fees)).toMatchObject([[{ kind: 'return', title: 'Return shipping' }]]);
  const amounts = order.returns.flatMap((one) => one.fees.map((fee) => formatDecimal(fee.amount.base.amount)));
  expect(amounts).toEqual(['4.5']);
});

it('once the goods are back, what the current total has of it is an adjustment: the sums add up', async () => {
  const { id } = await shop.control('POST', '/orders', { order: plainOrder({ financialStatus: 'PAID' }) });
  await shop.control('PATCH', `/orders/${id}`, { fulfill: true });
  await shop.control('PATCH', `/orders/${id}`, {
    return: { lines: { 0: 1 }, shippingFee: '4.50', process: true, refund: 'suggested' },
  });
  const { entity } = onlyFound(await shop.open().fetch('order', [id], never));
  expect(checkOrderArithmetic(entity).differences).toEqual([]);
  const { current, original } = entity.totals;
  expect(formatDecimal(current.adjustments.base.amount)).toBe('4.5');
  expect(formatDecimal(current.outstanding.base.amount)).toBe('0');
  expect(formatDecimal(original.adjustments.base.amount)).toBe('0');
});
