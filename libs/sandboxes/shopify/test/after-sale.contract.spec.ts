import { describe, expect, it } from 'vitest';
import { amounts, ask, cad, control, create, line } from './shop-under-test.ts';

const ORDER = `query($id: ID!) { order(id: $id) { displayFulfillmentStatus displayFinancialStatus returnStatus
  currentTotalPriceSet { shopMoney { amount } } currentSubtotalPriceSet { shopMoney { amount } } currentTotalTaxSet { shopMoney { amount } }
  totalOutstandingSet { shopMoney { amount } } totalRefundedSet { shopMoney { amount } } currentShippingPriceSet { shopMoney { amount } }
  lineItems(first: 10) { nodes { id title sku quantity currentQuantity unfulfilledQuantity refundableQuantity } }
  fulfillments { fulfillmentLineItems(first: 5) { nodes { id quantity lineItem { id } } } }
  fulfillmentOrders(first: 5) { nodes { status lineItems(first: 5) { nodes { remainingQuantity lineItem { title } } } } }
  refunds { id return { id } refundLineItems(first: 5) { nodes { quantity restockType restocked } } orderAdjustments(first: 3) { nodes { amountSet { shopMoney { amount } } } } }
  returns(first: 5) { nodes { ...R } } } }
fragment R on Return { id name status totalQuantity
  returnLineItems(first: 5) { nodes { id quantity processedQuantity unprocessedQuantity refundableQuantity ... on ReturnLineItem { fulfillmentLineItem { id lineItem { id } } } } }
  exchangeLineItems(first: 5) { nodes { id quantity processedQuantity title variantSku variantTitle productId variantId lineItems { id title } } }
  reverseFulfillmentOrders(first: 1) { nodes { status lineItems(first: 5) { nodes { id totalQuantity dispositions { type quantity } } } } } }`;

interface Seen extends Record<string, unknown> {
  lineItems: { nodes: { id: string; title: string }[] };
  fulfillments: { fulfillmentLineItems: { nodes: { id: string; quantity: number }[] } }[];
  returns: {
    nodes: {
      id: string;
      returnLineItems: { nodes: { id: string }[] };
      exchangeLineItems: { nodes: { id: string }[] };
      reverseFulfillmentOrders: { nodes: { lineItems: { nodes: { id: string }[] } }[] };
    }[];
  };
}
const look = async (id: unknown): Promise<Seen> => {
  const { data, errors } = await ask(ORDER, { id });
  expect(errors).toBeUndefined();
  return data?.order as unknown as Seen;
};
/** Quantities of each line: ordered, current, unfulfilled. */
const quantities = (seen: Seen) =>
  seen.lineItems.nodes.map((one) => {
    const { quantity, currentQuantity, unfulfilledQuantity } = one as Record<string, unknown>;
    return [quantity, currentQuantity, unfulfilledQuantity];
  });
const patch = async (id: unknown, body: object, status = 200): Promise<string> => {
  const answer = await control('PATCH', `/orders/${String(id).split('/').at(-1)}`, body);
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  return text;
};
const paid = async (lineItems: object[], more: object = {}) =>
  (await create({ lineItems, financialStatus: 'PAID', ...more })).id;

describe('refunds', () => {
  it.each([
    // restock type, handed over before; current quantity and what is still to be handed over after, of 3 ordered and 1 refunded
    ['NO_RESTOCK', 3, 2, 0],
    ['RETURN', 3, 2, 0],
    ['LEGACY_RESTOCK', 3, 2, 0],
    ['CANCEL', 0, 2, 2],
    ['NO_RESTOCK', 0, 2, 2],
    ['CANCEL', 2, 2, 0],
    ['NO_RESTOCK', 2, 2, 0],
    ['RETURN', 2, 2, 1],
  ])(
    '%s of one of three, %i of them handed over: %i wanted, %i to hand over',
    async (restockType, fulfilled, current, unfulfilled) => {
      const id = await paid([line('10.00', 3)]);
      if (fulfilled > 0) await patch(id, { fulfill: { lines: { 0: fulfilled } } });
      await patch(id, { refund: { lines: { 0: { quantity: 1, restockType } } } });
      const seen = await look(id);
      expect(quantities(seen)).toEqual([[3, current, unfulfilled]]);
      expect(amounts(seen)).toMatchObject({
        currentTotalPriceSet: '20.0',
        totalRefundedSet: '10.0',
        totalOutstandingSet: '0.0',
      });
      expect(seen.refunds).toMatchObject([
        {
          return: null,
          refundLineItems: { nodes: [{ quantity: 1, restockType, restocked: restockType !== 'NO_RESTOCK' }] },
          orderAdjustments: { nodes: [] },
        },
      ]);
    },
  );

  it('of everything before the hand-over leave nothing to hand over; of everything after it leave it handed over', async () => {
    const before = await paid([line('25.00', 2)]);
    await patch(before, { refund: { lines: { 0: { quantity: 2, restockType: 'CANCEL' } } } });
    const seen = await look(before);
    expect(quantities(seen)).toEqual([[2, 0, 0]]);
    expect(seen).toMatchObject({
      displayFinancialStatus: 'REFUNDED',
      fulfillmentOrders: { nodes: [{ status: 'CLOSED' }] },
    });
    const after = await paid([line('25.00', 2)]);
    await patch(after, { fulfill: true });
    await patch(after, { refund: { lines: { 0: 2 } } });
    expect(await look(after)).toMatchObject({
      displayFulfillmentStatus: 'FULFILLED',
      displayFinancialStatus: 'REFUNDED',
    });
  });

  it('of money or shipping alone, and of more money than the goods', async () => {
    const shippingLines = [{ title: 'Ground', priceSet: cad('5.00') }];
    const id = await paid([line('10.00', 1)], { shippingLines });
    await patch(id, { refund: { shipping: '2.00' } });
    expect(amounts(await look(id))).toMatchObject({ currentShippingPriceSet: '3.0', totalRefundedSet: '2.0' });
    await patch(id, { refund: { amount: '4.00' } });
    const seen = await look(id);
    expect(amounts(seen)).toMatchObject({
      currentTotalPriceSet: '13.0',
      totalRefundedSet: '6.0',
      totalOutstandingSet: '0.0',
    });
    expect(seen.refunds).toMatchObject([
      {},
      { orderAdjustments: { nodes: [{ amountSet: { shopMoney: { amount: '4.0' } } }] } },
    ]);
  });

  it('are suggested: goods with their tax, shipping when asked for, no more than was paid', async () => {
    const taxed = line('10.00', 2, [{ title: 'Tax', rate: 0.1, priceSet: cad('2.00') }]);
    const id = await paid([taxed], { shippingLines: [{ title: 'Ground', priceSet: cad('5.00') }] });
    const suggest = `query($id: ID!, $items: [RefundLineItemInput!], $all: Boolean) { order(id: $id) { suggestedRefund(refundLineItems: $items, suggestFullRefund: $all) {
      amountSet { shopMoney { amount } } subtotalSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } } maximumRefundableSet { shopMoney { amount } }
      suggestedTransactions { kind gateway parentTransaction { kind } amountSet { shopMoney { amount } } } } } }`;
    const items = [{ lineItemId: (await look(id)).lineItems.nodes[0]?.id, quantity: 1, restockType: 'RETURN' }];
    const one = (await ask(suggest, { id, items })).data?.order?.suggestedRefund as Record<string, unknown>;
    expect(amounts(one)).toEqual({
      amountSet: '11.0',
      subtotalSet: '10.0',
      totalTaxSet: '1.0',
      maximumRefundableSet: '27.0',
    });
    expect(one.suggestedTransactions).toMatchObject([
      { kind: 'SUGGESTED_REFUND', parentTransaction: { kind: 'SALE' } },
    ]);
    const all = (await ask(suggest, { id, all: true })).data?.order?.suggestedRefund as Record<string, unknown>;
    expect(amounts(all)).toMatchObject({ amountSet: '27.0', subtotalSet: '20.0', totalTaxSet: '2.0' });
  });

  it('take no legacy restock by the Admin API', async () => {
    const id = await paid([line('10.00', 1)]);
    const lineItemId = (await look(id)).lineItems.nodes[0]?.id;
    const input = { orderId: id, refundLineItems: [{ lineItemId, quantity: 1, restockType: 'LEGACY_RESTOCK' }] };
    const refund =
      'mutation($input: RefundInput!) { refundCreate(input: $input) @idempotent(key: "l") { refund { id } userErrors { field } } }';
    expect((await ask(refund, { input })).data?.refundCreate).toEqual({
      refund: null,
      userErrors: [{ field: ['refundLineItems', '0', 'restockType'] }],
    });
  });
});

const RETURN_CREATE = `mutation($returnInput: ReturnInput!) { returnCreate(returnInput: $returnInput) { return { id status } userErrors { field message code } } }`;
const RETURN_PROCESS = `mutation($input: ReturnProcessInput!) { returnProcess(input: $input) { return { id status } userErrors { field message code } } }`;

describe('returns', () => {
  const handedOver = async (lineItems: object[]) => {
    const id = await paid(lineItems);
    await patch(id, { fulfill: true });
    const seen = await look(id);
    return { id, items: seen.fulfillments.flatMap((one) => one.fulfillmentLineItems.nodes) };
  };

  it('wait until they are processed, then lower what is wanted and give money back', async () => {
    const { id, items } = await handedOver([line('10.00', 3)]);
    const returnLineItems = [{ fulfillmentLineItemId: items[0]?.id, quantity: 2, returnReason: 'DEFECTIVE' }];
    const opened = (await ask(RETURN_CREATE, { returnInput: { orderId: id, returnLineItems } })).data?.returnCreate;
    expect(opened).toMatchObject({ return: { status: 'OPEN' }, userErrors: [] });
    const waiting = await look(id);
    expect(waiting).toMatchObject({
      returnStatus: 'IN_PROGRESS',
      displayFulfillmentStatus: 'FULFILLED',
      returns: { nodes: [{ totalQuantity: 2, returnLineItems: { nodes: [{ quantity: 2, unprocessedQuantity: 2 }] } }] },
    });
    expect(quantities(waiting)).toEqual([[3, 3, 0]]);
    const [one] = waiting.returns.nodes;
    const read = await ask('query($id: ID!) { order(id: $id) { transactions { id } } }', { id });
    const payments = read.data?.order?.transactions as { id: string }[] | undefined;
    const parentId = payments?.[0]?.id;
    const input = {
      returnId: one?.id,
      returnLineItems: [
        {
          id: one?.returnLineItems.nodes[0]?.id,
          quantity: 2,
          dispositions: [
            {
              reverseFulfillmentOrderLineItemId: one?.reverseFulfillmentOrders.nodes[0]?.lineItems.nodes[0]?.id,
              dispositionType: 'RESTOCKED',
              quantity: 1,
            },
          ],
        },
      ],
      financialTransfer: {
        issueRefund: { orderTransactions: [{ parentId, transactionAmount: { amount: '20.00', currencyCode: 'CAD' } }] },
      },
    };
    expect((await ask(RETURN_PROCESS, { input })).data?.returnProcess).toMatchObject({ userErrors: [] });
    const seen = await look(id);
    expect(quantities(seen)).toEqual([[3, 1, 0]]);
    expect(amounts(seen)).toMatchObject({
      currentTotalPriceSet: '10.0',
      totalRefundedSet: '20.0',
      totalOutstandingSet: '0.0',
    });
    expect(seen).toMatchObject({
      returnStatus: 'INSPECTION_COMPLETE',
      displayFulfillmentStatus: 'FULFILLED',
      refunds: [
        {
          return: { id: one?.id },
          refundLineItems: {
            nodes: [
              { quantity: 1, restockType: 'RETURN', restocked: true },
              { quantity: 1, restockType: 'NO_RESTOCK', restocked: false },
            ],
          },
        },
      ],
      returns: {
        nodes: [
          {
            reverseFulfillmentOrders: {
              nodes: [{ lineItems: { nodes: [{ dispositions: [{ type: 'RESTOCKED' }] }] } }],
            },
          },
        ],
      },
    });
    expect((await ask(RETURN_PROCESS, { input })).data?.returnProcess).toMatchObject({
      userErrors: [{ field: ['input', 'returnLineItems', '0', 'quantity'], code: 'INVALID' }],
    });
    const close = 'mutation($id: ID!) { returnClose(id: $id) { return { status } userErrors { code } } }';
    expect((await ask(close, { id: one?.id })).data?.returnClose).toEqual({
      return: { status: 'CLOSED' },
      userErrors: [],
    });
    expect(await look(id)).toMatchObject({ returnStatus: 'RETURNED' });
  });

  it('are not of goods that were not handed over, nor of more than that, nor twice', async () => {
    const { id, items } = await handedOver([line('10.00', 2)]);
    const open = async (quantity: number, fulfillmentLineItemId = items[0]?.id) =>
      (
        await ask(RETURN_CREATE, {
          returnInput: { orderId: id, returnLineItems: [{ fulfillmentLineItemId, quantity }] },
        })
      ).data?.returnCreate?.userErrors;
    expect(await open(3)).toMatchObject([
      { field: ['returnInput', 'returnLineItems', '0', 'quantity'], code: 'INVALID' },
    ]);
    expect(await open(1, 'gid://shopify/FulfillmentLineItem/1')).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await open(2)).toEqual([]);
    expect(await open(1)).toMatchObject([{ code: 'INVALID' }]);
  });

  it('are cancelled while nothing was done: the goods count as kept again', async () => {
    const { id } = await handedOver([line('10.00', 2)]);
    await patch(id, { return: { lines: { 0: 2 } } });
    const returnId = (await look(id)).returns.nodes[0]?.id;
    const cancel = 'mutation($id: ID!) { returnCancel(id: $id) { return { status } userErrors { field code } } }';
    expect((await ask(cancel, { id: returnId })).data?.returnCancel).toEqual({
      return: { status: 'CANCELED' },
      userErrors: [],
    });
    expect(await look(id)).toMatchObject({ returnStatus: 'NO_RETURN' });
    await patch(id, { return: { lines: { 0: 2 }, process: true } });
    const second = (await look(id)).returns.nodes[1]?.id;
    expect((await ask(cancel, { id: second })).data?.returnCancel).toMatchObject({
      userErrors: [{ code: 'INVALID_STATE' }],
    });
  });

  it('exchange goods: pending ones are named, processed ones are lines to hand over, and the sums balance', async () => {
    const { id } = await handedOver([line('25.00', 2, [{ title: 'Tax', rate: 0.1, priceSet: cad('5.00') }])]);
    const exchange = [{ sku: 'TSHIRT-BLK-L', quantity: 1, price: '30.00' }];
    await patch(id, { return: { lines: { 0: 1 }, exchange } });
    const pending = await look(id);
    expect(pending.returns.nodes[0]?.exchangeLineItems.nodes[0]).toMatchObject({
      title: 'T-shirt',
      variantSku: 'TSHIRT-BLK-L',
      variantTitle: 'Black / L',
      processedQuantity: 0,
      lineItems: [],
    });
    expect(quantities(pending)).toEqual([[2, 2, 0]]);
    const [one] = pending.returns.nodes;
    const input = {
      returnId: one?.id,
      returnLineItems: [{ id: one?.returnLineItems.nodes[0]?.id, quantity: 1 }],
      exchangeLineItems: [{ id: one?.exchangeLineItems.nodes[0]?.id, quantity: 1 }],
    };
    expect((await ask(RETURN_PROCESS, { input })).data?.returnProcess).toMatchObject({ userErrors: [] });
    const seen = await look(id);
    expect(quantities(seen)).toEqual([
      [2, 1, 0],
      [1, 1, 1],
    ]);
    // 25.00 kept and 30.00 sent, a tenth of tax on both; 55.00 are paid.
    expect(amounts(seen)).toMatchObject({
      currentSubtotalPriceSet: '55.0',
      currentTotalTaxSet: '5.5',
      currentTotalPriceSet: '60.5',
      totalOutstandingSet: '5.5',
    });
    expect(seen.returns.nodes[0]?.exchangeLineItems.nodes[0]).toMatchObject({
      processedQuantity: 1,
      lineItems: [{ title: 'T-shirt', id: seen.lineItems.nodes[1]?.id }],
    });
    expect(seen).toMatchObject({
      displayFulfillmentStatus: 'PARTIALLY_FULFILLED',
      refunds: [{ return: { id: one?.id }, orderAdjustments: { nodes: [] } }],
    });
    await patch(id, { fulfill: true });
    expect(await look(id)).toMatchObject({ displayFulfillmentStatus: 'FULFILLED' });
  });

  it('go in one call of the control API, with the money and without', async () => {
    const { id } = await handedOver([line('10.00', 2), line('4.00', 1)]);
    await patch(id, { return: { lines: { 0: 1 }, process: true, refund: 'suggested' } });
    await patch(id, {
      return: { lines: { 1: 1 }, process: true, exchange: [{ title: 'Other', quantity: 1, price: '4.00' }] },
    });
    const seen = await look(id);
    expect(quantities(seen)).toEqual([
      [2, 1, 0],
      [1, 0, 0],
      [1, 1, 1],
    ]);
    expect(amounts(seen)).toMatchObject({
      currentTotalPriceSet: '14.0',
      totalRefundedSet: '10.0',
      totalOutstandingSet: '0.0',
    });
    expect(seen).toMatchObject({ returnStatus: 'RETURNED' });
    expect(await patch(id, { return: { lines: { 1: 1 } } }, 400)).toContain('more of line 1 than was handed over');
  });

  it('are closed to a token without the scope', async () => {
    await control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders', 'read_returns'] });
    expect(
      (await ask(RETURN_CREATE, { returnInput: { orderId: 'x', returnLineItems: [] } })).errors?.[0],
    ).toMatchObject({
      extensions: { code: 'ACCESS_DENIED' },
      path: ['returnCreate'],
    });
  });
});
