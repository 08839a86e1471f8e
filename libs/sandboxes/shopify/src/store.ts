import type { CompanyState } from './companies/state.ts';
import { type Catalog, createCatalog } from './seed.ts';
import type { CustomerState, LocationState, OrderState, ProductState } from './state.ts';
import { SEED_TAX_REGIONS, type TaxRegion } from './tax/regions.ts';

export interface StoreOptions {
  /** e.g. `demo.myshopify.test` */
  readonly domain: string;
  /** Static access token; it also chooses the store when several are served at one address. */
  readonly token: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Where webhooks of the default subscriptions go; null: none. */
  readonly webhookUrl?: string | null;
  /** Who made the default subscriptions: the app's configuration (default), which keeps them, or an API client, whose failing ones are deleted. */
  readonly subscribedBy?: 'app' | 'api';
  readonly webhookSecret?: string;
  readonly currency?: string;
  readonly scopes?: readonly string[];
  /** Number of the first order; 1001 by default, so that two stores have the same order numbers. */
  readonly firstOrderNumber?: number;
}

export interface Subscription {
  readonly id: string;
  /** As the header has it, e.g. `orders/create`. */
  readonly topic: string;
  uri: string;
  readonly createdAt: string;
  updatedAt: string;
  /** Only payloads that it holds for are sent. */
  filter: string | null;
  /** Only these fields are sent; empty: all. */
  includeFields: readonly string[];
  metafieldNamespaces: readonly string[];
  /** Made by an API call: listed, and deleted after 8 failures in a row. Others stand for the app's own configuration. */
  readonly byApi: boolean;
  failures: number;
}

/** A refresh token and what was given with it. */
export interface RefreshToken {
  readonly accessToken: string;
  readonly untilMs: number;
  /** The refresh token that gave it: retired once this one is used. */
  readonly predecessor: string | null;
  firstUsedAtMs: number | null;
  /** What its latest use gave. */
  successor: string | null;
}

/** One store with all its data. */
export interface Store {
  readonly domain: string;
  readonly shopId: string;
  readonly currency: string;
  readonly clientId: string;
  readonly clientSecret: string;
  webhookSecret: string;
  /** Access token → until when it is valid (null: for ever). */
  readonly tokens: Map<string, number | null>;
  readonly refreshTokens: Map<string, RefreshToken>;
  /** Code of the authorization page → until when it can be exchanged. */
  readonly codes: Map<string, number>;
  /** Where the authorization page may send to, as the app's configuration lists it. */
  redirectUrls: readonly string[];
  scopes: string[];
  /** False: fields with personal data are refused, as for an app that was not approved for protected customer data. */
  protectedDataApproved: boolean;
  readonly orders: Map<string, OrderState>;
  readonly customers: Map<string, CustomerState>;
  /** E-mail address in small letters → the customer who had it first; every address that anyone ever had is here. */
  readonly customerIdsByEmail: Map<string, string>;
  readonly companies: Map<string, CompanyState>;
  readonly products: readonly ProductState[];
  readonly locations: LocationState[];
  readonly subscriptions: Map<string, Subscription>;
  /** The configured address for webhooks; a receiver of the sandbox, so it may be local. */
  webhookUrl: string | null;
  /** Subscriptions may be made to addresses of this machine, which a real shop refuses. */
  localWebhooks: boolean;
  nextOrderNumber: number;
  taxRegions: readonly TaxRegion[];
  /** The shop's currency per unit of another one, of payments and refunds from now on; null: each order keeps its own rate. */
  paymentRate: string | null;
  /** A standard plan's by default: 100 points a second, a maximum of 20 seconds' worth. */
  readonly bucket: { maximum: number; restoreRate: number; available: number; atMs: number };
  /** Returns the next global id of a type. */
  nextGid(type: string): string;
  /** Open edits: session id → what to do at commit. */
  readonly edits: Map<string, EditSession>;
  /** Results of calls made with an idempotency key. */
  readonly idempotent: Map<string, { readonly input: string; readonly result: unknown }>;
}

export interface EditSession {
  readonly orderId: string;
  readonly changes: ((order: OrderState) => void)[];
}

export const DEFAULT_SCOPES = [
  'read_all_orders',
  'read_assigned_fulfillment_orders',
  'read_companies',
  'read_customers',
  'read_locations',
  'read_merchant_managed_fulfillment_orders',
  'read_orders',
  'read_payment_terms',
  'read_products',
  'read_returns',
  'write_customer_merge',
  'write_customers',
  'write_merchant_managed_fulfillment_orders',
  'write_orders',
  'write_returns',
];

/** Topics a store's app is subscribed to from the start: those of orders and customers, and the app's removal. */
export const DEFAULT_TOPICS = [
  'app/uninstalled',
  'orders/create',
  'orders/updated',
  'orders/edited',
  'orders/cancelled',
  'orders/paid',
  'orders/fulfilled',
  'orders/partially_fulfilled',
  'orders/delete',
  'order_transactions/create',
  'refunds/create',
  'fulfillments/create',
  'fulfillments/update',
  'customers/create',
  'customers/update',
  'customers/delete',
  'customers/merge',
];

/** Real ids run up to 18 digits: more than a JavaScript number holds. Each type counts up from its own start. */
const FIRST_IDS: Readonly<Record<string, bigint>> = {
  Order: 820982911946154508n,
  LineItem: 866550311766439020n,
  Customer: 115310627314723954n,
  ShippingLine: 369256396646823077n,
  OrderTransaction: 389404469120458703n,
  Refund: 890088186047892319n,
  MailingAddress: 715243470612851245n,
};
const SECOND_STORE_STEP = 1_000_000_000n;

export function createStore(options: StoreOptions, index: number, now: () => number): Store {
  const counters = new Map<string, bigint>();
  const nextGid = (type: string): string => {
    const next = counters.get(type) ?? (FIRST_IDS[type] ?? 1_000_000_001n) + BigInt(index) * SECOND_STORE_STEP;
    counters.set(type, next + 1n);
    return `gid://shopify/${type}/${next}`;
  };
  const catalog: Catalog = createCatalog(nextGid);
  const store: Store = {
    domain: options.domain,
    shopId: nextGid('Shop'),
    currency: options.currency ?? 'USD',
    clientId: options.clientId ?? 'sandbox-client',
    clientSecret: options.clientSecret ?? 'sandbox-secret',
    webhookSecret: options.webhookSecret ?? 'sandbox-secret',
    tokens: new Map([[options.token, null]]),
    refreshTokens: new Map(),
    codes: new Map(),
    redirectUrls: [],
    scopes: [...(options.scopes ?? DEFAULT_SCOPES)],
    protectedDataApproved: true,
    orders: new Map(),
    customers: new Map(),
    customerIdsByEmail: new Map(),
    companies: new Map(),
    products: catalog.products,
    locations: [...catalog.locations],
    subscriptions: new Map(),
    webhookUrl: options.webhookUrl ?? null,
    localWebhooks: false,
    nextOrderNumber: options.firstOrderNumber ?? 1001,
    taxRegions: SEED_TAX_REGIONS,
    paymentRate: null,
    bucket: { maximum: 2000, restoreRate: 100, available: 2000, atMs: now() },
    nextGid,
    edits: new Map(),
    idempotent: new Map(),
  };
  if (options.webhookUrl)
    for (const topic of DEFAULT_TOPICS)
      addSubscription(store, topic, options.webhookUrl, options.subscribedBy === 'api', now);
  return store;
}

export function addSubscription(
  store: Store,
  topic: string,
  uri: string,
  byApi: boolean,
  now: () => number,
): Subscription {
  const subscription: Subscription = {
    id: store.nextGid('WebhookSubscription'),
    topic,
    uri,
    createdAt: isoSeconds(now()),
    updatedAt: isoSeconds(now()),
    filter: null,
    includeFields: [],
    metafieldNamespaces: [],
    byApi,
    failures: 0,
  };
  store.subscriptions.set(subscription.id, subscription);
  return subscription;
}

/** Shopify's stamps have whole seconds. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function numericId(gid: string): string {
  return gid.slice(gid.lastIndexOf('/') + 1).split('?')[0] ?? '';
}
