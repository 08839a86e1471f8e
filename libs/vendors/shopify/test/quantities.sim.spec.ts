import { checkLineQuantities, checkOrderArithmetic, type Order } from '@entrepot/canonical';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyStepsArbitrary, type ShopStep } from './quantity-model.ts';
import { never, onlyFound, plainOrder, startShop, type TestShop, type WholeSource } from './shop-fixture.ts';

let shop: TestShop;
let source: WholeSource;
let variantId: string;
// Each step at a time of its own: stamps have whole seconds, and a refund before a shipment is not one after it.
let nowMs = Date.UTC(2026, 10, 2, 9);

beforeAll(async () => {
  shop = await startShop({ now: () => nowMs });
  await shop.control('PATCH', '/stores/demo.myshopify.test', { restoreRate: 1_000_000, maximumAvailable: 1_000_000 });
  source = shop.open();
  const { data } = await shop.graphql<{ productVariants: { nodes: { id: string }[] } }>(
    '{ productVariants(first: 1) { nodes { id } } }',
  );
  variantId = data.productVariants.nodes[0]?.id ?? '';
});
afterAll(() => shop.close());

/** Asks the shop to do something; null where it refuses. */
async function attempt<Payload>(field: string, document: string, variables: object): Promise<Payload | null> {
  const { data, errors } = await shop.graphql<Record<string, (Payload & { userErrors: unknown[] }) | null>>(
    document,
    variables,
  );
  const payload = data?.[field];
  return errors !== undefined || !payload || payload.userErrors.length > 0 ? null : payload;
}

interface ShopOrder {
  readonly lineItems: { readonly nodes: { id: string; quantity: number; currentQuantity: number }[] };
  readonly fulfillments: {
    readonly id: string;
    readonly status: string;
    readonly fulfillmentLineItems: { readonly nodes: { id: string; quantity: number; lineItem: { id: string } }[] };
  }[];
  readonly fulfillmentOrders: {
    readonly nodes: {
      id: string;
      lineItems: { nodes: { id: string; remainingQuantity: number; lineItem: { id: string } }[] };
    }[];
  };
}

async function look(gid: string): Promise<ShopOrder> {
  const { data, errors } = await shop.graphql<{ order: ShopOrder }>(
    `query($id: ID!) { order(id: $id) {
      lineItems(first: 20) { nodes { id quantity currentQuantity } }
      fulfillments { id status fulfillmentLineItems(first: 5) { nodes { id quantity lineItem { id } } } }
      fulfillmentOrders(first: 20) { nodes { id lineItems(first: 5) { nodes { id remainingQuantity lineItem { id } } } } }
    } }`,
    { id: gid },
  );
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data.order;
}

/** What the shop agreed to, counted by us. */
interface Agreed {
  readonly fulfilled: Map<string, number>;
  readonly processed: Map<string, number>;
  readonly refundedAsReturn: Map<string, number>;
  exchanges: number;
}

const add = (counts: Map<string, number>, id: string, quantity: number): void => {
  counts.set(id, (counts.get(id) ?? 0) + quantity);
};

async function fulfil(order: ShopOrder, lineId: string, quantity: number, agreed: Agreed): Promise<void> {
  for (const group of order.fulfillmentOrders.nodes)
    for (const item of group.lineItems.nodes) {
      const sent = Math.min(quantity, item.remainingQuantity);
      if (item.lineItem.id !== lineId || sent === 0) continue;
      const fulfillment = {
        lineItemsByFulfillmentOrder: [
          { fulfillmentOrderId: group.id, fulfillmentOrderLineItems: [{ id: item.id, quantity: sent }] },
        ],
      };
      const document = `mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }`;
      if (await attempt('fulfillmentCreate', document, { f: fulfillment })) add(agreed.fulfilled, lineId, sent);
      return;
    }
}

async function cancelFulfilment(order: ShopOrder, agreed: Agreed): Promise<void> {
  const fulfilment = order.fulfillments.find((one) => one.status === 'SUCCESS');
  if (fulfilment === undefined) return;
  const document = `mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { id } userErrors { message } } }`;
  if (await attempt('fulfillmentCancel', document, { id: fulfilment.id }))
    for (const item of fulfilment.fulfillmentLineItems.nodes) add(agreed.fulfilled, item.lineItem.id, -item.quantity);
}

async function edit(gid: string, lineId: string, quantity: number): Promise<void> {
  const begun = await attempt<{ calculatedOrder: { id: string } }>(
    'orderEditBegin',
    'mutation($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } userErrors { message } } }',
    { id: gid },
  );
  if (begun === null) return;
  const { id } = begun.calculatedOrder;
  const calculated = lineId.replace('/LineItem/', '/CalculatedLineItem/');
  await attempt(
    'orderEditSetQuantity',
    'mutation($id: ID!, $line: ID!, $n: Int!) { orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $n) { userErrors { message } } }',
    { id, line: calculated, n: quantity },
  );
  await attempt('orderEditCommit', 'mutation($id: ID!) { orderEditCommit(id: $id) { userErrors { message } } }', {
    id,
  });
}

async function refund(gid: string, lineId: string, quantity: number, restockType: string, agreed: Agreed) {
  const input = { orderId: gid, refundLineItems: [{ lineItemId: lineId, quantity, restockType }] };
  const document = `mutation($input: RefundInput!, $key: String!) {
    refundCreate(input: $input) @idempotent(key: $key) { refund { id } userErrors { message } }
  }`;
  const made = await attempt('refundCreate', document, { input, key: crypto.randomUUID() });
  if (made && restockType === 'RETURN') add(agreed.refundedAsReturn, lineId, quantity);
}

async function giveBack(gid: string, order: ShopOrder, lineId: string, step: ShopStep, agreed: Agreed): Promise<void> {
  const items = order.fulfillments
    .filter((one) => one.status === 'SUCCESS')
    .flatMap((one) => one.fulfillmentLineItems.nodes.filter((item) => item.lineItem.id === lineId));
  const item = items.find((one) => one.quantity >= step.quantity);
  if (item === undefined || step.does !== 'return') return;
  const returnInput = {
    orderId: gid,
    returnLineItems: [
      { fulfillmentLineItemId: item.id, quantity: step.quantity, returnReason: 'OTHER', returnReasonNote: 'x' },
    ],
    ...(step.exchange ? { exchangeLineItems: [{ variantId, quantity: 1 }] } : {}),
  };
  interface Created {
    readonly return: {
      readonly id: string;
      readonly returnLineItems: { readonly nodes: { id: string }[] };
      readonly exchangeLineItems: { readonly nodes: { id: string }[] };
    };
  }
  const created = await attempt<Created>(
    'returnCreate',
    `mutation($r: ReturnInput!) { returnCreate(returnInput: $r) { return {
      id returnLineItems(first: 5) { nodes { id } } exchangeLineItems(first: 5) { nodes { id } }
    } userErrors { message } } }`,
    { r: returnInput },
  );
  if (created === null) return;
  const made = created.return;
  const input = {
    returnId: made.id,
    returnLineItems: made.returnLineItems.nodes.map(({ id }) => ({ id, quantity: step.quantity })),
    exchangeLineItems: made.exchangeLineItems.nodes.map(({ id }) => ({ id, quantity: 1 })),
  };
  const document = `mutation($input: ReturnProcessInput!) { returnProcess(input: $input) { return { id } userErrors { message } } }`;
  if (await attempt('returnProcess', document, { input })) {
    add(agreed.processed, lineId, step.quantity);
    if (step.exchange) agreed.exchanges += 1;
  }
}

/** Plays the steps in the shop, each as the merchant would; what the shop refuses did not happen. */
async function playInShop(steps: readonly ShopStep[]): Promise<{ id: string; gid: string; agreed: Agreed }> {
  const placed = plainOrder({}, 2);
  const lineItems = placed.lineItems.map((line) => ({ ...line, quantity: 3 }));
  const { id } = await shop.control('POST', '/orders', { order: { ...placed, lineItems } });
  const gid = `gid://shopify/Order/${id}`;
  const agreed: Agreed = { fulfilled: new Map(), processed: new Map(), refundedAsReturn: new Map(), exchanges: 0 };
  for (const step of steps) {
    nowMs += 60_000;
    const order = await look(gid);
    const lineId = order.lineItems.nodes[step.line]?.id;
    if (lineId === undefined) continue;
    if (step.does === 'edit') await edit(gid, lineId, step.quantity);
    else if (step.does === 'fulfil') await fulfil(order, lineId, step.quantity, agreed);
    else if (step.does === 'cancelFulfilment') await cancelFulfilment(order, agreed);
    else if (step.does === 'refund') await refund(gid, lineId, step.quantity, step.restockType, agreed);
    else await giveBack(gid, order, lineId, step, agreed);
  }
  return { id, gid, agreed };
}

function expectTruth(order: Order, seen: ShopOrder, agreed: Agreed): void {
  expect(checkLineQuantities(order)).toEqual([]);
  expect(checkOrderArithmetic(order).differences).toEqual([]);
  for (const [index, line] of seen.lineItems.nodes.entries()) {
    const mapped = order.lines[index];
    const count = (field: 'ordered' | 'current' | 'fulfilled' | 'cancelled' | 'returned'): number =>
      mapped?.quantity[field].toNumber() ?? -1;
    expect([count('ordered'), count('current')]).toEqual([line.quantity, line.currentQuantity]);
    expect(count('fulfilled')).toBe(agreed.fulfilled.get(line.id) ?? 0);
    expect(count('cancelled')).toBeLessThanOrEqual(count('ordered') - count('fulfilled'));
    const processed = agreed.processed.get(line.id) ?? 0;
    const mostReturned = processed + (agreed.refundedAsReturn.get(line.id) ?? 0);
    expect(count('returned')).toBeGreaterThanOrEqual(Math.min(processed, count('fulfilled')));
    expect(count('returned')).toBeLessThanOrEqual(mostReturned);
  }
  const exchanged = order.lines.filter((line) => line.kind === 'EXCHANGE');
  expect(exchanged).toHaveLength(agreed.exchanges);
  expect(exchanged.every((line) => order.returns.some((one) => one.id === line.returnId))).toBe(true);
}

describe('quantities of orders in a shop', () => {
  it('are read from fulfilments of many lines and from many returns', async () => {
    const { id } = await shop.control('POST', '/orders', { order: plainOrder({}, 25) });
    await shop.control('PATCH', `/orders/${id}`, { fulfill: true });
    const gid = `gid://shopify/Order/${id}`;
    const agreed: Agreed = { fulfilled: new Map(), processed: new Map(), refundedAsReturn: new Map(), exchanges: 0 };
    const { data } = await shop.graphql<{ order: Pick<ShopOrder, 'lineItems' | 'fulfillments'> }>(
      `query($id: ID!) { order(id: $id) {
        lineItems(first: 25) { nodes { id } }
        fulfillments { id status fulfillmentLineItems(first: 25) { nodes { id quantity lineItem { id } } } }
      } }`,
      { id: gid },
    );
    const seen = { ...data.order, fulfillmentOrders: { nodes: [] } };
    for (const line of seen.lineItems.nodes.slice(0, 12)) {
      const step = { does: 'return', line: 0, quantity: 1, restockType: null, exchange: true } as const;
      await giveBack(gid, seen, line.id, step, agreed);
    }
    const { entity } = onlyFound(await source.fetch('order', [id], never));
    const counts = entity.lines.map(({ quantity }) => [quantity.fulfilled, quantity.returned].join(' '));
    expect(counts).toEqual([
      ...Array.from({ length: 12 }, () => '1 1'),
      ...Array.from({ length: 13 }, () => '1 0'),
      ...Array.from({ length: 12 }, () => '0 0'),
    ]);
    expect(entity.returns).toHaveLength(12);
    expect(entity.lines.filter((line) => line.kind === 'EXCHANGE').map((line) => line.returnId)).toEqual(
      entity.returns.map((one) => one.id),
    );
  });

  it('goods handed over are never cancelled, whatever the merchant does', async () => {
    let agreedSteps = 0;
    await fc.assert(
      fc.asyncProperty(manyStepsArbitrary, async (steps) => {
        const { id, gid, agreed } = await playInShop(steps);
        const { entity } = onlyFound(await source.fetch('order', [id], never));
        expectTruth(entity, await look(gid), agreed);
        agreedSteps += agreed.fulfilled.size + agreed.processed.size + agreed.exchanges;
      }),
      { numRuns: 100 },
    );
    // A shop that refuses everything would prove nothing.
    expect(agreedSteps).toBeGreaterThan(20);
  }, 120_000);
});
