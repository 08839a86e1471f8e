import { type DocumentNode, getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createCostMeter } from '../src/graphql/cost.ts';
import { buildAdminSchema } from '../src/schema/index.ts';

const meter = createCostMeter(buildAdminSchema());

function read(text: string): [DocumentNode, OperationDefinitionNode] {
  const document = parse(text);
  return [document, getOperationAST(document) as OperationDefinitionNode];
}

describe('cost of a query', () => {
  it('an object 1, a connection 2 and its page size times its nodes, a value nothing', () => {
    const [document, operation] = read(`query Q($size: Int) {
      orders(first: $size) { nodes { id totalPriceSet { shopMoney { amount } } lineItems(first: 3) { nodes { id } } } }
    }`);
    expect(meter.costOf(document, operation, { size: 10 })).toBe(2 + 10 * (1 + 2 + 3));
    const orders = [{ lineItems: { nodes: [{}, {}] } }, { lineItems: { nodes: [] } }];
    // What came: the connection, two orders with a connection each, two lines.
    expect(meter.costOf(document, operation, { size: 10 }, { orders: { nodes: orders } })).toBe(2 + 2 * (1 + 2) + 2);
    expect(meter.costOf(document, operation, { size: 10 }, { orders: null })).toBe(0);
  });

  it('finds fields in fragments and under other names, and leaves out what is switched off', () => {
    const [document, operation] = read(`query Q($ids: [ID!]!, $lines: Boolean!, $noCustomer: Boolean!) {
      found: nodes(ids: $ids) { ... on Order @include(if: $lines) { ...Lines } ... on Order { customer @skip(if: $noCustomer) { id } } }
    }
    fragment Lines on Order { rows: lineItems(first: 5) { nodes { id } } }`);
    const cost = (lines: boolean, noCustomer: boolean, data?: unknown) =>
      meter.costOf(document, operation, { ids: ['1', '2'], lines, noCustomer }, data);
    expect([cost(false, true), cost(true, true), cost(false, false)]).toEqual([2, 2 * (1 + 2 + 5), 2 * (1 + 1)]);
    const data = { found: [{ rows: { nodes: [{}] }, customer: {} }] };
    expect([cost(true, false, data), cost(false, true, data)]).toEqual([1 + 2 + 1 + 1, 1]);
  });

  it('ten for each mutation', () => {
    const [document, operation] = read(
      'mutation M { a: orderDelete(orderId: "1") { deletedId } b: orderDelete(orderId: "2") { deletedId } }',
    );
    expect(meter.costOf(document, operation, {})).toBe(20);
  });
});
