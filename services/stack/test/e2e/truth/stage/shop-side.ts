import { randomUUID } from 'node:crypto';
import type { SandboxControl } from '../../../../src/demo/sandbox-control.ts';
import { createShopClient } from '../../../../src/demo/shop-client.ts';

export type Input = Readonly<Record<string, unknown>>;

export interface Placed {
  readonly id: string;
  readonly gid: string;
  readonly name: string;
  /** The connection that reads the store: first half of the reference in the target. */
  readonly connection: string;
}

interface RefundWish {
  readonly restockType: 'RETURN' | 'CANCEL' | 'NO_RESTOCK';
  readonly amount: string;
  /** Position of the line → pieces. */
  readonly lines: Readonly<Record<number, number>>;
}

/** A store as its buyers and staff use it: the Admin API, and the sandbox's own door for what that cannot say. */
export interface ShopSide {
  readonly connection: string;
  place(order: Input, extras?: Input): Promise<Placed>;
  update(order: Placed, input: Input): Promise<void>;
  /** What the sandbox's control API does to an order. */
  act(order: Placed, patch: Input): Promise<void>;
  /** Hands over everything, or the given pieces by position of the line. */
  fulfil(order: Placed, pieces?: Readonly<Record<number, number>>): Promise<void>;
  refund(order: Placed, wish: RefundWish): Promise<void>;
  makeCustomer(input: Input): Promise<string>;
  updateCustomer(id: string, input: Input): Promise<void>;
  graphql<T extends object>(query: string, variables?: Input): Promise<T>;
}

const CREATE = `mutation Place($order: OrderCreateOrderInput!) {
  orderCreate(order: $order) { order { id name } userErrors { field message } }
}`;
const REFUND = `mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) { refund { id } userErrors { field message } }
}`;
const LINES = `query Lines($id: ID!) {
  order(id: $id) { lineItems(first: 20) { nodes { id } } transactions { id gateway kind status } }
}`;
const OPEN_GROUPS = `query Groups($id: ID!) {
  order(id: $id) { fulfillmentOrders(first: 6) { nodes { id status lineItems(first: 5) { nodes { id remainingQuantity lineItem { id } } } } } }
}`;
const FULFIL = `mutation Fulfil($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } }
}`;

export function createShopSide(
  sandboxUrl: string,
  control: SandboxControl,
  store: { readonly connection: string; readonly domain: string; readonly token: string },
): ShopSide {
  const { graphql } = createShopClient(sandboxUrl, store.token);

  async function readLines(order: Placed) {
    const read = await graphql<{
      order: {
        lineItems: { nodes: { id: string }[] };
        transactions: { id: string; gateway: string; kind: string; status: string }[];
      };
    }>(LINES, { id: order.gid });
    return { ids: read.order.lineItems.nodes.map(({ id }) => id), transactions: read.order.transactions };
  }

  return {
    connection: store.connection,
    graphql,
    async place(order, extras) {
      const placed =
        extras === undefined
          ? (await graphql<{ orderCreate: { order: { id: string; name: string } } }>(CREATE, { order })).orderCreate
              .order
          : await control
              .post<{ gid: string; name: string }>('shopify/orders', { store: store.domain, order, extras })
              .then(({ gid, name }) => ({ id: gid, name }));
      return {
        gid: placed.id,
        id: placed.id.split('/').at(-1) ?? '',
        name: placed.name,
        connection: store.connection,
      };
    },
    async update(order, input) {
      await graphql(
        `mutation Change($input: OrderInput!) { orderUpdate(input: $input) { userErrors { field message } } }`,
        { input: { id: order.gid, ...input } },
      );
    },
    async act(order, patch) {
      await control.patch(`shopify/orders/${order.id}`, patch);
    },
    async fulfil(order, pieces) {
      const { ids } = await readLines(order);
      const read = await graphql<{
        order: {
          fulfillmentOrders: {
            nodes: {
              id: string;
              status: string;
              lineItems: { nodes: { id: string; remainingQuantity: number; lineItem: { id: string } }[] };
            }[];
          };
        };
      }>(OPEN_GROUPS, { id: order.gid });
      const left = new Map(
        ids.map((id, position) => [id, pieces === undefined ? Number.POSITIVE_INFINITY : (pieces[position] ?? 0)]),
      );
      const lineItemsByFulfillmentOrder = read.order.fulfillmentOrders.nodes
        .filter(({ status }) => status === 'OPEN' || status === 'IN_PROGRESS')
        .map(({ id, lineItems }) => ({
          fulfillmentOrderId: id,
          fulfillmentOrderLineItems: lineItems.nodes.flatMap((node) => {
            const quantity = Math.min(node.remainingQuantity, left.get(node.lineItem.id) ?? 0);
            left.set(node.lineItem.id, (left.get(node.lineItem.id) ?? 0) - quantity);
            return quantity > 0 ? [{ id: node.id, quantity }] : [];
          }),
        }))
        .filter(({ fulfillmentOrderLineItems }) => fulfillmentOrderLineItems.length > 0);
      // One fulfilment is of one place.
      for (const group of lineItemsByFulfillmentOrder)
        await graphql(FULFIL, { fulfillment: { lineItemsByFulfillmentOrder: [group] } });
    },
    async refund(order, { restockType, amount, lines }) {
      const { ids, transactions } = await readLines(order);
      const sale = transactions.find(({ kind, status }) => kind === 'SALE' && status === 'SUCCESS');
      if (sale === undefined) throw new Error(`Order ${order.name} has no payment that could be given back.`);
      await graphql(REFUND, {
        key: randomUUID(),
        input: {
          orderId: order.gid,
          refundLineItems: Object.entries(lines).map(([position, quantity]) => ({
            lineItemId: ids[Number(position)],
            quantity,
            restockType,
          })),
          transactions: [{ orderId: order.gid, amount, gateway: sale.gateway, kind: 'REFUND', parentId: sale.id }],
        },
      });
    },
    async makeCustomer(input) {
      const made = await graphql<{ customerCreate: { customer: { id: string } } }>(
        `mutation Make($input: CustomerInput!) { customerCreate(input: $input) { customer { id } userErrors { field message } } }`,
        { input },
      );
      return made.customerCreate.customer.id.split('/').at(-1) ?? '';
    },
    async updateCustomer(id, input) {
      await graphql(
        `mutation Change($input: CustomerInput!) { customerUpdate(input: $input) { userErrors { field message } } }`,
        { input: { id: `gid://shopify/Customer/${id}`, ...input } },
      );
    },
  };
}
