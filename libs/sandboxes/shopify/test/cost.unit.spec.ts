import { type DocumentNode, getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createCostMeter } from '../src/graphql/cost.ts';
import { buildAdminSchema } from '../src/schema/index.ts';

const meter = createCostMeter(buildAdminSchema());

function read(text: string): [DocumentNode, OperationDefinitionNode] {
  const document = parse(text);
  return [document, getOperationAST(document) as OperationDefinitionNode];
}
const asked = (text: string, variables: Record<string, unknown> = {}): number => meter.costOf(...read(text), variables);
const spent = (text: string, data: unknown): number => meter.costOf(...read(text), {}, data);

const MONEY = '{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }';
const ORDER = `order { id name fulfillments(first: 5) { id status trackingInfo { number } }
  fulfillmentOrders(first: 10) { nodes { id status lineItems(first: 10) { nodes { id lineItem { id title } } } } } }`;
const REFUND = `mutation { refundCreate(input: { orderId: "1" }) { refund { id totalRefundedSet ${MONEY}
  transactions(first: 5) { nodes { id amountSet ${MONEY} } } } order { id totalRefundedSet ${MONEY} } userErrors { field message } } }`;

describe('cost of a query, as development stores answered it', () => {
  it.each([
    ['a page of nothing', '{ products(first: 0) { nodes { id } } }', 2],
    ['a page of one', '{ products(first: 1) { nodes { id title } } }', 3],
    ['a page of 20', '{ locations(first: 20) { nodes { id name } } }', 7],
    ['an order with its customer', '{ order(id: "1") { id name customer { id displayName } } }', 2],
    [
      'an order with customer and payments',
      `{ order(id: "1") { id totalOutstandingSet ${MONEY} customer { id } transactions { id amountSet ${MONEY} } } }`,
      3,
    ],
    ['an order in pages within pages', `{ fulfillmentOrder(id: "1") { id ${ORDER} } }`, 50],
    ['the same answered by a mutation', `mutation { orderCreate(order: {}) { ${ORDER} userErrors { message } } }`, 58],
    [
      'a new order with lines and taxes',
      `mutation { orderCreate(order: {}) { order { id totalPriceSet ${MONEY} shippingLines(first: 5) { nodes { title taxLines { title priceSet ${MONEY} } } }
        lineItems(first: 5) { nodes { id taxLines { title } } } transactions { id } } userErrors { field } } }`,
      27,
    ],
    [
      'a fulfilment',
      'mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [] }) { fulfillment { id trackingInfo { number } fulfillmentLineItems(first: 5) { nodes { id lineItem { id } } } } userErrors { message } } }',
      19,
    ],
    [
      'a customer with e-mail and telephone',
      'mutation { customerCreate(input: {}) { customer { id defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber } } userErrors { message } } }',
      12,
    ],
    ['a refund', REFUND, 25],
    [
      'a cancellation',
      'mutation { orderCancel(orderId: "1", reason: OTHER, restock: false) { job { id done } orderCancelUserErrors { message } userErrors { message } } }',
      10,
    ],
  ])('%s', (_, text, cost) => {
    expect(asked(text)).toBe(cost);
  });

  it('what came counts: of a refund one payment, or nothing when it was refused', () => {
    const refund = { totalRefundedSet: {}, transactions: { nodes: [{}] } };
    expect(spent(REFUND, { refundCreate: { refund, order: {}, userErrors: [] } })).toBe(23);
    expect(spent(REFUND, { refundCreate: { refund: null, order: {}, userErrors: [{}] } })).toBe(20);
    const query = '{ order(id: "1") { id customer { id } transactions { id } } }';
    // What is not there costs as what is.
    expect(spent(query, { order: { customer: null, transactions: [] } })).toBe(3);
    expect(spent(query, { order: null })).toBe(1);
  });
});

describe('the meter', () => {
  it('finds fields in fragments and under other names, and leaves out what is switched off', () => {
    const text = `query Q($ids: [ID!]!, $lines: Boolean!, $noCustomer: Boolean!) {
      found: nodes(ids: $ids) { ... on Order @include(if: $lines) { ...Lines } ... on Order { customer @skip(if: $noCustomer) { id } } }
    }
    fragment Lines on Order { rows: lineItems(first: 5) { nodes { id } } }`;
    const cost = (lines: boolean, noCustomer: boolean, data?: unknown) =>
      meter.costOf(...read(text), { ids: ['1', '2'], lines, noCustomer }, data);
    // Each of the ids an object, a page of 5 in three steps.
    expect([cost(false, true), cost(true, true), cost(false, false)]).toEqual([2, 2 * (1 + 2 + 3), 2 * (1 + 1)]);
    const data = { found: [{ rows: { nodes: [{}] }, customer: {} }] };
    expect([cost(true, false, data), cost(false, true, data)]).toEqual([1 + (2 + 1) + 1, 1]);
  });

  it('reads edges as nodes, and page sizes of variables', () => {
    const text =
      'query Q($size: Int!) { orders(first: $size) { edges { cursor node { id customer { id } } } pageInfo { hasNextPage } } }';
    expect([1, 3, 4, 250].map((size) => asked(text, { size }))).toEqual([2 + 2, 2 + 2 * 2, 2 + 3 * 2, 2 + 8 * 2]);
    const edges = [{ node: { customer: {} } }, { node: { customer: null } }];
    expect(meter.costOf(...read(text), { size: 3 }, { orders: { edges } })).toBe(2 + 2 * 2);
  });

  it('ten for each mutation', () => {
    expect(
      asked('mutation { a: orderDelete(orderId: "1") { deletedId } b: orderDelete(orderId: "2") { deletedId } }'),
    ).toBe(20);
  });
});
