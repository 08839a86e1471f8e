import { describe, expect, it } from 'vitest';
import { look, paid, patch, quantities, RETURN_CREATE, RETURN_PROCESS } from './after-sale-for-tests.ts';
import { amounts, ask, cad, control, line, useShop } from './shop-under-test.ts';

useShop();

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
