import { describe, expect, it } from 'vitest';
import { ask, cad, control, create, line, until, useShop } from './shop-under-test.ts';

useShop();

const CANCEL = `mutation($id: ID!, $refund: OrderCancelRefundMethodInput, $note: String) {
  orderCancel(orderId: $id, reason: OTHER, restock: true, refundMethod: $refund, staffNote: $note) {
    job { id done } orderCancelUserErrors { field message code } userErrors { field message } } }`;

interface CancelAnswer {
  readonly job: { id: string; done: boolean } | null;
  readonly orderCancelUserErrors: unknown[];
  readonly userErrors: unknown[];
}
async function cancel(id: unknown, more: object = {}): Promise<CancelAnswer> {
  const { data, errors } = await ask(CANCEL, { id, ...more });
  expect(errors).toBeUndefined();
  return data?.orderCancel as unknown as CancelAnswer;
}
const isDone = async (id: string | undefined) => {
  const { data } = await ask('query($id: ID!) { job(id: $id) { done query { shop { name } } } }', { id });
  return data?.job;
};
const refused = (field: string, message: string) => ({
  job: null,
  orderCancelUserErrors: [{ field: [field], message, code: 'INVALID' }],
  userErrors: [{ field: [field], message }],
});

// Answers as development stores gave them.
describe('cancelling an order', () => {
  it('answers a job that is not done, and does it then', async () => {
    const { id } = await create({ lineItems: [line('10.00')] });
    const { job, orderCancelUserErrors } = await cancel(id);
    expect([job?.done, orderCancelUserErrors]).toEqual([false, []]);
    await until(() => isDone(job?.id)).toEqual({ done: true, query: { shop: { name: 'demo' } } });
    const { data } = await ask('query($id: ID!) { order(id: $id) { cancelledAt cancelReason closed } }', { id });
    expect(data?.order).toMatchObject({ cancelledAt: expect.any(String), cancelReason: 'OTHER', closed: true });
    expect(await isDone('gid://shopify/Job/none')).toBeNull();
  });

  it('refuses in the shop’s words', async () => {
    const { id } = await create({ lineItems: [line('10.00')] });
    await cancel(id);
    expect(await cancel(id)).toEqual(refused('orderId', 'Cannot cancel an order that has already been canceled'));
    const shipped = await create({ lineItems: [line('10.00')] });
    await control('PATCH', `/orders/${String(shipped.legacyResourceId)}`, { fulfill: true });
    const outstanding = 'Cannot cancel an order that has outstanding fulfillments';
    expect(await cancel(shipped.id)).toEqual(refused('orderId', outstanding));
    const tooLong = 'Staff note is too long. Maximum length is 255 characters.';
    expect(await cancel(shipped.id, { note: 'x'.repeat(256) })).toEqual(refused('staffNote', tooLong));
    const { data } = await ask(
      'mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true, refund: false, refundMethod: { originalPaymentMethodsRefund: true }) { job { id } orderCancelUserErrors { field message code } userErrors { field message } } }',
      { id: shipped.id },
    );
    expect(data?.orderCancel).toEqual(
      refused('refund', 'Only one of the arguments `refund` or `refund_method` is allowed.'),
    );
  });

  it('refunds each line with its own price and tax, and shipping', async () => {
    const { id } = await create({
      lineItems: [
        line('4.00', 2, [{ title: 'Tax', rate: 0.1, priceSet: cad('0.80') }]),
        line('6.00', 1, [{ title: 'Tax', rate: 0.1, priceSet: cad('0.60') }]),
      ],
      shippingLines: [
        { title: 'G', priceSet: cad('5.00'), taxLines: [{ title: 'Tax', rate: 0.1, priceSet: cad('0.50') }] },
      ],
      financialStatus: 'PAID',
    });
    const { job } = await cancel(id, { refund: { originalPaymentMethodsRefund: true } });
    await until(() => isDone(job?.id)).toMatchObject({ done: true });
    const amount = (field: string) => `${field} { shopMoney { amount } }`;
    const { data } = await ask(
      `query($id: ID!) { order(id: $id) { displayFinancialStatus refunds { ${amount('totalRefundedSet')}
        refundLineItems(first: 5) { nodes { quantity restockType ${amount('subtotalSet')} ${amount('totalTaxSet')} } }
        refundShippingLines(first: 5) { nodes { ${amount('subtotalAmountSet')} ${amount('taxAmountSet')} } }
        orderAdjustments(first: 5) { nodes { id } } } } }`,
      { id },
    );
    const money = (text: string) => ({ shopMoney: { amount: text } });
    expect(data?.order).toEqual({
      displayFinancialStatus: 'REFUNDED',
      refunds: [
        {
          totalRefundedSet: money('20.9'),
          refundLineItems: {
            nodes: [
              { quantity: 2, restockType: 'CANCEL', subtotalSet: money('8.0'), totalTaxSet: money('0.8') },
              { quantity: 1, restockType: 'CANCEL', subtotalSet: money('6.0'), totalTaxSet: money('0.6') },
            ],
          },
          refundShippingLines: { nodes: [{ subtotalAmountSet: money('5.0'), taxAmountSet: money('0.5') }] },
          orderAdjustments: { nodes: [] },
        },
      ],
    });
  });
});

describe('small answers', () => {
  it('refuses to commit an edit without a change, and the edit goes on', async () => {
    const order = await create({ lineItems: [line('10.00', 2)] });
    const begun = await ask('mutation($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } } }', {
      id: order.id,
    });
    const id = (begun.data?.orderEditBegin as { calculatedOrder: { id: string } } | undefined)?.calculatedOrder.id;
    const commit = async () =>
      (
        await ask('mutation($id: ID!) { orderEditCommit(id: $id) { order { edited } userErrors { field message } } }', {
          id,
        })
      ).data?.orderEditCommit;
    expect(await commit()).toEqual({
      order: null,
      userErrors: [{ field: ['id'], message: 'There must be at least one change to be made.' }],
    });
    const lines = order.lineItems as { nodes: { id: string }[] };
    await ask(
      'mutation($id: ID!, $line: ID!) { orderEditSetQuantity(id: $id, lineItemId: $line, quantity: 1) { userErrors { message } } }',
      { id, line: lines.nodes[0]?.id },
    );
    expect(await commit()).toEqual({ order: { edited: true }, userErrors: [] });
  });

  it('names the field of a refund whose payment is another order’s', async () => {
    const order = await create({ lineItems: [line('15.00')], financialStatus: 'PAID' });
    const transaction = { orderId: order.id, amount: '1.00', gateway: 'manual', kind: 'REFUND' };
    const input = {
      orderId: order.id,
      transactions: [{ ...transaction, parentId: 'gid://shopify/OrderTransaction/999999999999' }],
    };
    const { data } = await ask(
      'mutation($input: RefundInput!) { refundCreate(input: $input) @idempotent(key: "k") { refund { id } userErrors { field message } } }',
      { input },
    );
    expect(data?.refundCreate).toEqual({
      refund: null,
      userErrors: [{ field: ['transactions'], message: 'Transactions require a parent_id associated with the order' }],
    });
  });

  it('counts up to the limit', async () => {
    for (let index = 0; index < 3; index += 1) await create({ lineItems: [line('1.00')] });
    const { data } = await ask(
      '{ one: ordersCount(limit: 1) { count precision } all: ordersCount(limit: null) { count precision } }',
    );
    expect(data).toEqual({ one: { count: 1, precision: 'AT_LEAST' }, all: { count: 3, precision: 'EXACT' } });
  });
});
