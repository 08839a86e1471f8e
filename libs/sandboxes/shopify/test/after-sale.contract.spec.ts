import { describe, expect, it } from 'vitest';
import { look, paid, patch, quantities } from './after-sale-for-tests.ts';
import { amounts, ask, cad, line, useShop } from './shop-under-test.ts';

useShop();

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
