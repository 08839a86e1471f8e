import type { ShopifyClient } from '../client.ts';
import { FEATURES_SELECTION, type FeaturesAnswer, judgeFeatures, type SchemaFeatures } from './documents/features.ts';

/** What the connection must be allowed to read. */
export const REQUIRED_SCOPES: readonly { readonly scope: string; readonly for: string }[] = [
  { scope: 'read_orders', for: 'orders' },
  { scope: 'read_customers', for: 'customers and the customer of an order' },
  { scope: 'read_products', for: 'product and variant ids of order lines' },
];

/** What makes orders more complete; without it the part is left out, and the test says so. */
export const OPTIONAL_SCOPES: readonly { readonly scope: string; readonly for: string }[] = [
  { scope: 'read_all_orders', for: 'orders older than 60 days' },
  { scope: 'read_merchant_managed_fulfillment_orders', for: 'locations and holds of an order’s fulfilment' },
  { scope: 'read_returns', for: 'returns and exchanges' },
  { scope: 'read_payment_terms', for: 'payment terms of company orders' },
  { scope: 'read_locations', for: 'locations of refunds and retail orders' },
];

const FULFILMENT_ORDER_SCOPES = [
  'read_merchant_managed_fulfillment_orders',
  'read_assigned_fulfillment_orders',
  'read_third_party_fulfillment_orders',
  'read_marketplace_fulfillment_orders',
];

/** The switches of the order documents: parts the token may not read are not asked for, because one refused field can void the answer. */
export interface OrderSwitches {
  readonly withProducts: boolean;
  readonly withCustomers: boolean;
  readonly withCompanies: boolean;
  readonly withFulfilments: boolean;
  readonly withFulfilmentOrders: boolean;
  readonly withReturns: boolean;
  readonly withTerms: boolean;
  readonly withLocations: boolean;
}

export interface TokenScopes {
  readonly granted: ReadonlySet<string>;
  readonly switches: OrderSwitches;
  /** Without it a missing order may just be older than 60 days. */
  readonly seesAllOrders: boolean;
}

/** What may be asked (the token's scopes) and what can be asked (the schema that answers). */
export interface ShopAccess extends TokenScopes {
  readonly features: SchemaFeatures;
}

export const ACCESS_DOCUMENT = `query Access {
  currentAppInstallation { accessScopes { handle } }${FEATURES_SELECTION}
}`;

export async function readAccess(client: ShopifyClient, signal: AbortSignal): Promise<ShopAccess> {
  interface Data extends FeaturesAnswer {
    readonly currentAppInstallation: { readonly accessScopes: readonly { readonly handle: string }[] };
  }
  const { data } = await client.query<Data>({ name: 'Access', document: ACCESS_DOCUMENT, use: 'look' }, signal);
  const scopes = judgeScopes(data.currentAppInstallation.accessScopes.map((scope) => scope.handle));
  return { ...scopes, features: judgeFeatures(data) };
}

export function judgeScopes(handles: readonly string[]): TokenScopes {
  const granted = new Set(handles);
  // A write scope lets read, too.
  const can = (...scopes: string[]): boolean =>
    scopes.some((scope) => granted.has(scope) || granted.has(scope.replace(/^read_/, 'write_')));
  return {
    granted: new Set([...granted, ...handles.map((handle) => handle.replace(/^write_/, 'read_'))]),
    switches: {
      withProducts: can('read_products'),
      withCustomers: can('read_customers'),
      withCompanies: can('read_companies', 'read_customers'),
      // As the root field `fulfillment` names them (required-access of 2026-10).
      withFulfilments: can('read_orders', 'read_marketplace_orders', ...FULFILMENT_ORDER_SCOPES),
      withFulfilmentOrders: can(...FULFILMENT_ORDER_SCOPES),
      withReturns: can('read_returns'),
      withTerms: can('read_payment_terms'),
      withLocations: can('read_locations'),
    },
    seesAllOrders: can('read_all_orders'),
  };
}
