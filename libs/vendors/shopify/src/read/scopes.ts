import type { ShopifyClient } from '../client.ts';

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

/** The switches of the order documents: parts the token may not read are not asked for, because one refused field can void the answer. */
export interface OrderSwitches {
  readonly withProducts: boolean;
  readonly withCustomers: boolean;
  readonly withCompanies: boolean;
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

const SCOPES_DOCUMENT = 'query Scopes { currentAppInstallation { accessScopes { handle } } }';

export async function readScopes(client: ShopifyClient, signal: AbortSignal): Promise<TokenScopes> {
  interface Data {
    readonly currentAppInstallation: { readonly accessScopes: readonly { readonly handle: string }[] };
  }
  const { data } = await client.query<Data>({ name: 'Scopes', document: SCOPES_DOCUMENT }, signal);
  return judgeScopes(data.currentAppInstallation.accessScopes.map((scope) => scope.handle));
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
      withFulfilmentOrders: can(
        'read_merchant_managed_fulfillment_orders',
        'read_assigned_fulfillment_orders',
        'read_third_party_fulfillment_orders',
        'read_marketplace_fulfillment_orders',
      ),
      withReturns: can('read_returns'),
      withTerms: can('read_payment_terms'),
      withLocations: can('read_locations'),
    },
    seesAllOrders: can('read_all_orders'),
  };
}
