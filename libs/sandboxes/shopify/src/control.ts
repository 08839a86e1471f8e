import { answering, type CommitLog, createControlRouter, type Faults } from '@entrepot/sandbox-faults';
import type { Router } from 'express';
import type { Actions } from './actions.ts';
import { type OrderPatch, patchOrder } from './control/patch-order.ts';
import { seedCustomer } from './customers/customers.ts';
import { addLocation, describeLocation } from './fulfillment/locations.ts';
import { fulfillmentStatusOf } from './fulfillment/quantities.ts';
import { revokeTokens } from './oauth/tokens.ts';
import type { OrderCreateInput, OrderExtras } from './orders/create-input.ts';
import type { LocationInput } from './seed.ts';
import type { OrderState } from './state.ts';
import { numericId, type Store, type StoreOptions } from './store.ts';
import { computeTotals, financialStatusOf } from './sums/totals.ts';
import { readTaxRegions, type TaxRegion } from './tax/regions.ts';
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
      quietly(sender, patch.silent === true, () => patchOrder(actions, store, order, patch, options.now));
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
      const patch = request.body as StorePatch;
      patchStore(store, patch, options.now());
      if (patch.uninstall) actions.uninstall(store);
      response.json(describeStore(store));
    }),
  );
  router.get('/locations', (request, response) =>
    answering(response, () => {
      response.json({ items: findStore(request.query.store).locations.map(describeLocation) });
    }),
  );
  router.post('/locations', (request, response) =>
    answering(response, () => {
      const { store: domain, ...input } = request.body as LocationInput & { store?: unknown };
      const store = findStore(domain);
      const made = addLocation(store, input);
      response.status(201).json(describeLocation(made, store.locations.indexOf(made)));
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
  /** Lets the Admin API subscribe addresses of this machine. */
  readonly localWebhooks?: boolean;
  readonly revokeTokens?: boolean;
  readonly redirectUrls?: readonly string[];
  readonly uninstall?: boolean;
  /** Replaces the whole table. */
  readonly taxRegions?: readonly Partial<TaxRegion>[];
  readonly paymentRate?: string | null;
}

function patchStore(store: Store, patch: StorePatch, nowMs: number): void {
  if (patch.scopes) store.scopes = [...patch.scopes];
  if (patch.protectedDataApproved !== undefined) store.protectedDataApproved = patch.protectedDataApproved;
  if (patch.webhookSecret !== undefined) store.webhookSecret = patch.webhookSecret;
  if (patch.restoreRate !== undefined) store.bucket.restoreRate = patch.restoreRate;
  if (patch.maximumAvailable !== undefined) store.bucket.maximum = patch.maximumAvailable;
  if (patch.available !== undefined) Object.assign(store.bucket, { available: patch.available, atMs: nowMs });
  if (patch.webhookUrl !== undefined) {
    for (const subscription of store.subscriptions.values())
      if (!subscription.byApi || subscription.uri === store.webhookUrl) subscription.uri = patch.webhookUrl;
    store.webhookUrl = patch.webhookUrl;
  }
  if (patch.localWebhooks !== undefined) store.localWebhooks = patch.localWebhooks;
  if (patch.revokeTokens) revokeTokens(store);
  if (patch.redirectUrls) store.redirectUrls = [...patch.redirectUrls];
  if (patch.taxRegions) store.taxRegions = readTaxRegions(patch.taxRegions);
  if (patch.paymentRate !== undefined) store.paymentRate = patch.paymentRate;
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
      fulfilled: line.fulfilled,
    })),
    fulfillmentOrders: order.fulfillmentOrders.map((one) => ({
      id: numericId(one.id),
      location: store.locations.find((location) => location.id === one.locationId)?.name,
      status: one.status,
      lines: one.lines.map((line) => ({
        line: order.lines.findIndex((candidate) => candidate.id === line.lineId),
        total: line.total,
        remaining: line.remaining,
      })),
    })),
    fulfillments: order.fulfillments.map((one) => ({ id: numericId(one.id), status: one.status })),
    returns: order.returns.map((one) => ({ id: numericId(one.id), status: one.status })),
  };
}

function describeStore(store: Store) {
  return {
    domain: store.domain,
    scopes: store.scopes,
    protectedDataApproved: store.protectedDataApproved,
    taxRegions: store.taxRegions,
    paymentRate: store.paymentRate,
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
