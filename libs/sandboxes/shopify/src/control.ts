import { answering, type CommitLog, createControlRouter, type Faults } from '@entrepot/sandbox-faults';
import type { Router } from 'express';
import type { Actions } from './actions.ts';
import { seedCustomer } from './customers.ts';
import { readBag } from './money.ts';
import type { OrderCreateInput, OrderExtras } from './orders/create-input.ts';
import { addLine, setLineQuantity } from './orders/edit.ts';
import { computeTotals, financialStatusOf, fulfillmentStatusOf } from './orders/totals.ts';
import type { OrderState } from './state.ts';
import { numericId, type Store, type StoreOptions } from './store.ts';
import type { WebhookSender, WebhookSwitches } from './webhooks/delivery.ts';

export interface ShopifyControlOptions {
  readonly faults: Faults;
  readonly commits: CommitLog;
  readonly actions: Actions;
  readonly sender: WebhookSender;
  readonly stores: () => readonly Store[];
  readonly addStore: (options: StoreOptions) => Store;
  readonly reset: () => void;
  readonly now: () => number;
}

/** Changes of an order that the Admin API has no short way for. */
export interface OrderPatch {
  readonly cancel?: { readonly reason?: string; readonly refund?: boolean };
  readonly pay?: boolean;
  readonly fulfill?: boolean;
  readonly delete?: boolean;
  /** Line id (numeric or gid) or 0-based position → quantity wanted now. */
  readonly quantities?: Readonly<Record<string, number>>;
  readonly addLines?: readonly Parameters<typeof addLine>[2][];
  /** Adds an amount to the totals that no line explains: "0" takes it back. */
  readonly corruptTotals?: string;
  readonly removeShipping?: boolean;
  readonly hold?: string | null;
  readonly set?: Readonly<
    Partial<Pick<OrderState, 'email' | 'note' | 'tags' | 'poNumber' | 'shippingAddress' | 'updatedAt'>>
  >;
  /** SKU of a line (by position): the fix of a wrong item at the source. */
  readonly skus?: Readonly<Record<string, string>>;
  /** No webhook: as if the shop had lost it. */
  readonly silent?: boolean;
}

export function createShopifyControl(options: ShopifyControlOptions): Router {
  const { actions, sender } = options;
  const findStore = (domain: unknown): Store => {
    const stores = options.stores();
    const store = typeof domain === 'string' ? stores.find((candidate) => candidate.domain === domain) : stores[0];
    if (store === undefined)
      throw new Error(
        `There is no store ${String(domain)}; known: ${stores.map((candidate) => candidate.domain).join(', ')}.`,
      );
    return store;
  };
  const findOrder = (id: string): { store: Store; order: OrderState } => {
    for (const store of options.stores()) {
      const order = store.orders.get(id.startsWith('gid:') ? id : `gid://shopify/Order/${id}`);
      if (order !== undefined) return { store, order };
    }
    for (const store of options.stores())
      for (const order of store.orders.values())
        if ([order.name, String(order.number)].includes(id)) return { store, order };
    throw new Error(`There is no order ${id}.`);
  };
  const placeOrder = (body: { store?: unknown; order?: OrderCreateInput; extras?: OrderExtras; silent?: boolean }) => {
    const store = findStore(body.store);
    const result = quietly(sender, body.silent === true, () =>
      actions.placeOrder(store, body.order ?? {}, body.extras ?? {}),
    );
    if (!result.ok)
      throw new Error(result.errors.map((error) => `${error.field.join('.')}: ${error.message}`).join('; '));
    return describeOrder(store, result.order);
  };

  const router = createControlRouter({
    faults: options.faults,
    commits: options.commits,
    reset: options.reset,
    seed: (data) => {
      const {
        stores = [],
        customers = [],
        orders = [],
      } = data as {
        stores?: StoreOptions[];
        customers?: Record<string, unknown>[];
        orders?: Parameters<typeof placeOrder>[0][];
      };
      return {
        stores: stores.map((store) => options.addStore(store).domain),
        customers: customers.map((customer) => {
          const store = findStore(customer.store);
          const made = seedCustomer(store, customer, options.now);
          if (customer.silent !== true) actions.customerCreated(store, made);
          return numericId(made.id);
        }),
        orders: orders.map(placeOrder),
      };
    },
  });

  router.post('/orders', (request, response) =>
    answering(response, () => response.status(201).json(placeOrder(request.body))),
  );
  router.get('/orders', (request, response) =>
    answering(response, () => {
      const stores = request.query.store === undefined ? options.stores() : [findStore(request.query.store)];
      response.json({
        items: stores.flatMap((store) => [...store.orders.values()].map((order) => describeOrder(store, order))),
      });
    }),
  );
  router.get('/orders/:id', (request, response) =>
    answering(response, () => {
      const { store, order } = findOrder(request.params.id);
      response.json(describeOrder(store, order));
    }),
  );
  router.patch('/orders/:id', (request, response) =>
    answering(response, () => {
      const { store, order } = findOrder(request.params.id);
      const patch = request.body as OrderPatch;
      quietly(sender, patch.silent === true, () => patchOrder(actions, store, order, patch));
      response.json(describeOrder(store, order));
    }),
  );
  router.get(
    '/webhooks',
    (_request, response) => void response.json({ switches: sender.switches, items: sender.list() }),
  );
  router.put('/webhooks', (request, response) =>
    answering(response, () => {
      sender.switches = { ...sender.switches, ...(request.body as Partial<WebhookSwitches>) };
      response.json(sender.switches);
    }),
  );
  router.patch('/stores/:domain', (request, response) =>
    answering(response, () => {
      const store = findStore(request.params.domain);
      patchStore(store, request.body as StorePatch, options.now());
      response.json(describeStore(store));
    }),
  );
  router.get('/stores', (_request, response) => void response.json({ items: options.stores().map(describeStore) }));
  return router;
}

interface StorePatch {
  readonly scopes?: string[];
  readonly protectedDataApproved?: boolean;
  readonly webhookSecret?: string;
  readonly restoreRate?: number;
  readonly maximumAvailable?: number;
  readonly available?: number;
  /** Replaces where the seeded subscriptions send to. */
  readonly webhookUrl?: string;
  readonly revokeTokens?: boolean;
}

function patchStore(store: Store, patch: StorePatch, nowMs: number): void {
  if (patch.scopes) store.scopes = [...patch.scopes];
  if (patch.protectedDataApproved !== undefined) store.protectedDataApproved = patch.protectedDataApproved;
  if (patch.webhookSecret !== undefined) store.webhookSecret = patch.webhookSecret;
  if (patch.restoreRate !== undefined) store.bucket.restoreRate = patch.restoreRate;
  if (patch.maximumAvailable !== undefined) store.bucket.maximum = patch.maximumAvailable;
  if (patch.available !== undefined) Object.assign(store.bucket, { available: patch.available, atMs: nowMs });
  if (patch.webhookUrl !== undefined)
    for (const [id, subscription] of store.subscriptions)
      if (!subscription.byApi) store.subscriptions.set(id, { ...subscription, uri: patch.webhookUrl });
  if (patch.revokeTokens) store.tokens.clear();
}

function patchOrder(actions: Actions, store: Store, order: OrderState, patch: OrderPatch): void {
  const { quantities, addLines, corruptTotals, skus } = patch;
  if (quantities || addLines)
    actions.editOrder(store, order, () => {
      for (const [line, quantity] of Object.entries(quantities ?? {})) {
        const found = order.lines.find((candidate, index) =>
          [candidate.id, numericId(candidate.id), String(index)].includes(line),
        );
        const refusal = setLineQuantity(order, found?.id ?? line, quantity);
        if (refusal !== null) throw new Error(`${refusal}: ${line}`);
      }
      for (const line of addLines ?? []) addLine(store, order, line);
    });
  if (corruptTotals !== undefined || skus || patch.set || patch.removeShipping || patch.hold !== undefined)
    actions.changeOrder(store, order, () => {
      if (corruptTotals !== undefined)
        order.surcharge = readBag(
          { shopMoney: { amount: corruptTotals, currencyCode: order.currencies.shop } },
          order.currencies,
        );
      for (const [index, sku] of Object.entries(skus ?? {})) {
        const line = order.lines[Number(index)];
        if (line) order.lines[Number(index)] = { ...line, sku };
      }
      if (patch.removeShipping) for (const line of order.shippingLines) line.isRemoved = true;
      if (patch.hold !== undefined) order.holdReason = patch.hold;
      Object.assign(order, patch.set ?? {});
    });
  const refusal = patch.pay ? actions.pay(store, order) : null;
  if (patch.fulfill) actions.fulfill(store, order, null);
  const cancelRefusal = patch.cancel
    ? actions.cancel(store, order, {
        reason: patch.cancel.reason ?? 'CUSTOMER',
        refund: patch.cancel.refund ?? true,
        restock: true,
      })
    : null;
  if (refusal !== null || cancelRefusal !== null) throw new Error(refusal ?? cancelRefusal ?? '');
  if (patch.delete) actions.deleteOrder(store, order);
}

/** Runs an action while every webhook is lost. */
function quietly<Result>(sender: WebhookSender, silent: boolean, action: () => Result): Result {
  if (!silent) return action();
  const before = sender.switches;
  sender.switches = { ...before, drop: 'all' };
  try {
    return action();
  } finally {
    sender.switches = before;
  }
}

function describeOrder(store: Store, order: OrderState) {
  const totals = computeTotals(order);
  return {
    store: store.domain,
    id: numericId(order.id),
    gid: order.id,
    name: order.name,
    test: order.test,
    updatedAt: order.updatedAt,
    cancelledAt: order.cancelledAt,
    financialStatus: financialStatusOf(order, totals),
    fulfillmentStatus: fulfillmentStatusOf(order),
    customerId: order.customerId === null ? null : numericId(order.customerId),
    total: totals.total.presentmentMoney.amount.toFixed(),
    currentTotal: totals.currentTotal.presentmentMoney.amount.toFixed(),
    currency: order.currencies.presentment,
    lines: order.lines.map((line) => ({
      id: numericId(line.id),
      sku: line.sku,
      quantity: line.quantity,
      removed: line.removed,
      refunded: line.refunded,
    })),
  };
}

function describeStore(store: Store) {
  return {
    domain: store.domain,
    scopes: store.scopes,
    protectedDataApproved: store.protectedDataApproved,
    orders: store.orders.size,
    customers: store.customers.size,
    products: store.products.flatMap((product) =>
      product.variants.map((variant) => ({
        variantId: variant.id,
        sku: variant.sku,
        price: variant.price,
        title: product.title,
      })),
    ),
    subscriptions: [...store.subscriptions.values()].map((one) => ({
      id: one.id,
      topic: one.topic,
      uri: one.uri,
      byApi: one.byApi,
      failures: one.failures,
    })),
  };
}
