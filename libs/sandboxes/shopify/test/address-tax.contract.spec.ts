import { describe, expect, it } from 'vitest';
import { ask, control, create, useShop } from './shop-under-test.ts';

useShop();

const usd = (amount: string) => ({ shopMoney: { amount, currencyCode: 'USD' } });
const VERMONT = {
  lastName: 'Lee',
  address1: '1 Main St',
  city: 'Burlington',
  countryCode: 'US',
  provinceCode: 'VT',
  zip: '05401',
};
const NEW_YORK = { ...VERMONT, city: 'New York', provinceCode: 'NY', zip: '10001' };
const ORDER = {
  currency: 'USD',
  shippingAddress: VERMONT,
  lineItems: [
    {
      title: 'Shirt',
      quantity: 2,
      requiresShipping: true,
      priceSet: usd('50.00'),
      taxLines: [{ title: 'VT State Tax', rate: '0.07', priceSet: usd('7.00') }],
    },
  ],
  shippingLines: [{ title: 'Ground', priceSet: usd('10.00') }],
};
const READ = `{ currentTotalTaxSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } }
  lineItems(first: 1) { nodes { taxLines { title rate priceSet { shopMoney { amount } } } } } shippingLines(first: 1) { nodes { taxLines { title priceSet { shopMoney { amount } } } } } }`;

async function move(id: unknown, shippingAddress: object, version = '2026-10') {
  const { data, errors } = await ask(
    `mutation($input: OrderInput!) { orderUpdate(input: $input) { order ${READ} userErrors { field message } } }`,
    { input: { id, shippingAddress } },
    'sandbox-token',
    version,
  );
  expect(errors).toBeUndefined();
  return data?.orderUpdate as { order: Record<string, unknown>; userErrors: unknown[] };
}
const sums = ({ order }: { order: Record<string, unknown> }) =>
  ['currentTotalTaxSet', 'currentTotalPriceSet'].map(
    (field) => (order[field] as { shopMoney: { amount: string } }).shopMoney.amount,
  );

describe('another shipping address', () => {
  it('brings the taxes of its place, and the totals follow', async () => {
    const { id } = await create({ ...ORDER, financialStatus: 'PAID' });
    const moved = await move(id, NEW_YORK);
    // 100.00 at 4 % and at 4.5 %: 8.50 of tax, 118.50 in all, of which 117.00 were paid.
    expect(sums(moved)).toEqual(['8.5', '118.5']);
    expect(moved.order).toMatchObject({
      totalOutstandingSet: { shopMoney: { amount: '1.5' } },
      lineItems: {
        nodes: [
          {
            taxLines: [
              { title: 'NY State Tax', rate: 0.04, priceSet: { shopMoney: { amount: '4.0' } } },
              { title: 'New York City Tax', rate: 0.045, priceSet: { shopMoney: { amount: '4.5' } } },
            ],
          },
        ],
      },
      shippingLines: { nodes: [{ taxLines: [] }] },
    });
    expect(sums(await move(id, { ...VERMONT, countryCode: 'NZ', provinceCode: null }))).toEqual(['0.0', '110.0']);
    // Germany taxes shipping as well: 110.00 at 19 %.
    expect(sums(await move(id, { ...VERMONT, countryCode: 'DE', provinceCode: null }))).toEqual(['20.9', '130.9']);
  });

  it('takes the tax out of prices that include it', async () => {
    const { id } = await create({ ...ORDER, taxesIncluded: true });
    // 100.00 and 10.00 hold 19 % each: 15.97 and 1.60.
    expect(sums(await move(id, { ...VERMONT, countryCode: 'DE', provinceCode: null }))).toEqual(['17.57', '110.0']);
  });

  it('changes nothing in older versions, within the same place, or when something was shipped', async () => {
    const { id, legacyResourceId } = await create(ORDER);
    expect(sums(await move(id, NEW_YORK, '2026-07'))).toEqual(['7.0', '117.0']);
    expect(sums(await move(id, { ...NEW_YORK, city: 'Buffalo' }))).toEqual(['7.0', '117.0']);
    await control('PATCH', `/orders/${String(legacyResourceId)}`, { fulfill: { lines: { '0': 1 } } });
    expect(sums(await move(id, VERMONT))).toEqual(['7.0', '117.0']);
    expect(sums(await move(id, { ...VERMONT, provinceCode: 'TX' }))).toEqual(['7.0', '117.0']);
  });

  it('knows the table that the control API set', async () => {
    const table = [{ country: 'US', province: 'NY', taxes: [{ title: 'All', rate: '0.1' }], shipping: true }];
    expect((await control('PATCH', '/stores/demo.myshopify.test', { taxRegions: table })).status).toBe(200);
    const { id } = await create(ORDER);
    expect(sums(await move(id, NEW_YORK))).toEqual(['11.0', '121.0']);
    const wrong = [{ country: 'US', taxes: [{ title: 'All', rate: '7' }] }];
    const refused = await control('PATCH', '/stores/demo.myshopify.test', { taxRegions: wrong });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('must be a share such as')]);
  });

  // Words of a development store.
  it('is refused with what it lacks', async () => {
    const { id } = await create(ORDER);
    const bad = { address1: '3 Bad Province', city: 'Chicago', countryCode: 'US', provinceCode: 'ON' };
    expect((await move(id, bad)).userErrors).toEqual([
      { field: ['shippingAddress', 'lastName'], message: 'Enter a last name' },
      { field: ['shippingAddress', 'zip'], message: 'Enter a ZIP code' },
      { field: ['shippingAddress', 'province'], message: 'State is not a valid state in United States' },
    ]);
    const { data } = await ask(
      'mutation($id: ID!) { none: orderUpdate(input: { id: $id }) { userErrors { field message } } phone: orderUpdate(input: { id: $id, phone: "not a phone" }) { userErrors { field message } } }',
      { id },
    );
    expect(data).toEqual({
      none: { userErrors: [{ field: null, message: 'No valid update parameters have been provided' }] },
      phone: { userErrors: [{ field: ['phone'], message: 'Phone is invalid' }] },
    });
  });
});

describe('payments at the rate of their day', () => {
  const price = {
    shopMoney: { amount: '17.01', currencyCode: 'CAD' },
    presentmentMoney: { amount: '12.50', currencyCode: 'USD' },
  };
  const order = {
    currency: 'CAD',
    presentmentCurrency: 'USD',
    lineItems: [{ title: 'A', quantity: 1, priceSet: price }],
  };
  const pay = async (id: unknown) =>
    (
      await ask(
        'mutation($id: ID!) { orderMarkAsPaid(input: { id: $id }) { order { displayFinancialStatus transactions { id amountSet { shopMoney { amount } presentmentMoney { amount } } } } } }',
        { id },
      )
    ).data?.orderMarkAsPaid as { order: { transactions: { id: string; amountSet: unknown }[] } };
  const amounts = (shop: string, presentment: string) => ({
    shopMoney: { amount: shop },
    presentmentMoney: { amount: presentment },
  });

  it('keep the order’s rate unless the store has one', async () => {
    const own = await create(order);
    expect((await pay(own.id)).order.transactions).toMatchObject([{ amountSet: amounts('17.01', '12.5') }]);
    await control('PATCH', '/stores/demo.myshopify.test', { paymentRate: '1.42' });
    const today = await create(order);
    const paid = await pay(today.id);
    expect(paid.order).toMatchObject({ displayFinancialStatus: 'PAID' });
    expect(paid.order.transactions).toMatchObject([{ amountSet: amounts('17.75', '12.5') }]);
    const transaction = { orderId: today.id, amount: '5.00', gateway: 'manual', kind: 'REFUND' };
    const { data } = await ask(
      'mutation($input: RefundInput!) { refundCreate(input: $input) @idempotent(key: "k") { refund { totalRefundedSet { shopMoney { amount } presentmentMoney { amount } } } } }',
      { input: { orderId: today.id, transactions: [{ ...transaction, parentId: paid.order.transactions[0]?.id }] } },
    );
    // As recorded on a day when a dollar was 1.42.
    expect(data?.refundCreate).toEqual({ refund: { totalRefundedSet: amounts('7.1', '5.0') } });
  });
});
