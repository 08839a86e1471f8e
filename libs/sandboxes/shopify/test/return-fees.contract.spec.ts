import { describe, expect, it } from 'vitest';
import { amounts, ask, cad, control, create, line, useShop } from './shop-under-test.ts';

useShop();

const RETURN_CREATE = `mutation($returnInput: ReturnInput!) { returnCreate(returnInput: $returnInput) { return { id } userErrors { field message code } } }`;
const RETURN_PROCESS = `mutation($input: ReturnProcessInput!) { returnProcess(input: $input) { userErrors { field message code } } }`;
const ORDER = `query($id: ID!) { order(id: $id) {
  currentSubtotalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } }
  totalOutstandingSet { shopMoney { amount } } totalRefundedSet { shopMoney { amount } } transactions(first: 1) { id }
  fulfillments { fulfillmentLineItems(first: 5) { nodes { id } } }
  refunds { orderAdjustments(first: 3) { nodes { id } } }
  returns(first: 5) { nodes { returnLineItems(first: 5) { nodes { id } } } } } }`;

interface Seen extends Record<string, unknown> {
  fulfillments: { fulfillmentLineItems: { nodes: { id: string }[] } }[];
  transactions: { id: string }[];
  returns: { nodes: { returnLineItems: { nodes: { id: string }[] } }[] };
}
const look = async (id: unknown): Promise<Seen> => {
  const { data, errors } = await ask(ORDER, { id });
  expect(errors).toBeUndefined();
  return data?.order as unknown as Seen;
};
const patch = async (id: unknown, body: object): Promise<void> => {
  const answer = await control('PATCH', `/orders/${String(id).split('/').at(-1)}`, body);
  expect(answer.status, await answer.text()).toBe(200);
};
const handedOver = async (lineItems: object[], more: object = {}) => {
  const { id } = await create({ lineItems, financialStatus: 'PAID', ...more });
  await patch(id, { fulfill: true });
  return { id, items: (await look(id)).fulfillments.flatMap((one) => one.fulfillmentLineItems.nodes) };
};

describe('fees of returns', () => {
  const FEES = `query($id: ID!) { order(id: $id) { returns(first: 5) { nodes {
    returnShippingFees { id amountSet { presentmentMoney { amount currencyCode } } }
    returnLineItems(first: 5) { nodes { ... on ReturnLineItem { restockingFee { id percentage amountSet { shopMoney { amount } } } } } } } } } }`;
  const feesOf = async (id: unknown) => (await ask(FEES, { id })).data?.order?.returns;
  const open = async (id: unknown, item: object, returnShippingFee?: object) =>
    (
      await ask(RETURN_CREATE, {
        returnInput: { orderId: id, returnLineItems: [{ quantity: 1, ...item }], returnShippingFee },
      })
    ).data?.returnCreate as unknown as { return: { id: string } | null; userErrors: object[] };

  it('show them, keep them of the money, and owe nothing afterwards', async () => {
    // Two at 10.00 with 4.00 off: one costs 8.00, a quarter of that is 2.00; 5.00 for sending it back.
    const { id, items } = await handedOver([line('10.00', 2)], {
      discountCode: { itemFixedDiscountCode: { code: 'FOUR', amountSet: cad('4.00') } },
    });
    const made = await open(
      id,
      { fulfillmentLineItemId: items[0]?.id, restockingFee: { percentage: 25 } },
      { amount: { amount: '5.00', currencyCode: 'CAD' } },
    );
    expect(made.userErrors).toEqual([]);
    expect(await feesOf(id)).toMatchObject({
      nodes: [
        {
          returnShippingFees: [{ amountSet: { presentmentMoney: { amount: '5.0', currencyCode: 'CAD' } } }],
          returnLineItems: {
            nodes: [{ restockingFee: { percentage: 25, amountSet: { shopMoney: { amount: '2.0' } } } }],
          },
        },
      ],
    });
    const before = await look(id);
    expect(amounts(before)).toMatchObject({ currentTotalPriceSet: '16.0', totalOutstandingSet: '0.0' });
    const input = {
      returnId: made.return?.id,
      returnLineItems: [{ id: before.returns.nodes[0]?.returnLineItems.nodes[0]?.id, quantity: 1 }],
      financialTransfer: {
        issueRefund: {
          orderTransactions: [
            { parentId: before.transactions[0]?.id, transactionAmount: { amount: '1.00', currencyCode: 'CAD' } },
          ],
        },
      },
    };
    expect((await ask(RETURN_PROCESS, { input })).data?.returnProcess).toMatchObject({ userErrors: [] });
    const seen = await look(id);
    // 8.00 kept and 7.00 of fees; 1.00 of the 16.00 went back.
    expect(amounts(seen)).toMatchObject({
      currentSubtotalPriceSet: '8.0',
      currentTotalPriceSet: '15.0',
      totalRefundedSet: '1.0',
      totalOutstandingSet: '0.0',
    });
    expect(seen.refunds).toMatchObject([{ orderAdjustments: { nodes: [] } }]);
  });

  it('take none in another currency, nor a part above the whole', async () => {
    const { id, items } = await handedOver([line('10.00', 1)]);
    const item = { fulfillmentLineItemId: items[0]?.id };
    expect(await open(id, item, { amount: { amount: '5.00', currencyCode: 'USD' } })).toMatchObject({
      return: null,
      userErrors: [{ field: ['returnInput', 'returnShippingFee', 'amount'], code: 'INVALID' }],
    });
    expect(await open(id, { ...item, restockingFee: { percentage: 101 } })).toMatchObject({
      return: null,
      userErrors: [{ field: ['returnInput', 'returnLineItems', '0', 'restockingFee', 'percentage'], code: 'INVALID' }],
    });
  });

  it('are said to the control API, which gives back what they leave', async () => {
    const { id } = await handedOver([line('10.00', 2)]);
    await patch(id, {
      return: { lines: { 0: 1 }, process: true, refund: 'suggested', shippingFee: '2.50', restockingFee: 10 },
    });
    expect(amounts(await look(id))).toMatchObject({
      currentTotalPriceSet: '13.5',
      totalRefundedSet: '6.5',
      totalOutstandingSet: '0.0',
    });
  });
});
