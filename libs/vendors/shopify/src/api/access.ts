import type { CallContext, Scope } from '@entrepot/vendor-kit';
import type { ShopifyClient } from './client.ts';

/**
 * Fields that the answering schema has and others lack. The schema is inspected, not the version's name: a retired
 * version is served as a later one, and fields were added to 2026-10 after its release candidate was cut.
 */
export interface SchemaFeatures {
  /** `ProductVariant.barcodes` stands for `barcode` (2026-10, changelog of 8 Sep 2026). */
  readonly variantBarcodes: boolean;
  /** `CustomerPhoneNumber.smsMarketingConsent` stands for `marketingState` (2026-10). */
  readonly smsConsent: boolean;
  /** Fields by which an exchange line names its goods before it is processed: `variantId` up to 2026-07, all of them from 2026-10. */
  readonly exchangeFields: readonly string[];
}

const EXCHANGE_FIELDS = ['productId', 'variantId', 'variantSku', 'title', 'variantTitle'] as const;

/** Part of the query that reads what the connection may and can ask. Deprecated fields do not count as there. */
const FEATURES_SELECTION = `
  variant: __type(name: "ProductVariant") { fields { name } }
  phoneNumber: __type(name: "CustomerPhoneNumber") { fields { name } }
  exchangeLine: __type(name: "ExchangeLineItem") { fields { name } }`;

interface TypeFields {
  readonly fields: readonly { readonly name: string }[] | null;
}

export interface FeaturesAnswer {
  readonly variant: TypeFields | null;
  readonly phoneNumber: TypeFields | null;
  readonly exchangeLine: TypeFields | null;
}

export function judgeFeatures(answer: FeaturesAnswer): SchemaFeatures {
  const has = (type: TypeFields | null, field: string): boolean =>
    type?.fields?.some((one) => one.name === field) ?? false;
  return {
    variantBarcodes: has(answer.variant, 'barcodes'),
    smsConsent: has(answer.phoneNumber, 'smsMarketingConsent'),
    exchangeFields: EXCHANGE_FIELDS.filter((field) => has(answer.exchangeLine, field)),
  };
}

/** What the connection is allowed to read; without an optional scope that part of its orders is left out. */
export const SCOPES: readonly Scope[] = [
  { scope: 'read_orders', for: 'orders', optional: false },
  { scope: 'read_customers', for: 'customers and the customer of an order', optional: false },
  { scope: 'read_products', for: 'product and variant ids of order lines', optional: false },
  { scope: 'read_all_orders', for: 'orders older than 60 days', optional: true },
  {
    scope: 'read_merchant_managed_fulfillment_orders',
    for: 'locations and holds of an order’s fulfilment',
    optional: true,
  },
  { scope: 'read_returns', for: 'returns and exchanges', optional: true },
  { scope: 'read_payment_terms', for: 'payment terms of company orders', optional: true },
  { scope: 'read_locations', for: 'locations of refunds and retail orders', optional: true },
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

/** What may be queried (the token's scopes) and what can be queried (the answering schema). */
export interface ShopAccess extends TokenScopes {
  readonly features: SchemaFeatures;
}

export const ACCESS_DOCUMENT = `query Access {
  currentAppInstallation { accessScopes { handle } }${FEATURES_SELECTION}
}`;

export async function readAccess(client: ShopifyClient, call: CallContext): Promise<ShopAccess> {
  interface Data extends FeaturesAnswer {
    readonly currentAppInstallation: { readonly accessScopes: readonly { readonly handle: string }[] };
  }
  const { data } = await client.query<Data>({ name: 'Access', document: ACCESS_DOCUMENT, use: 'look' }, call);
  const scopes = judgeScopes(data.currentAppInstallation.accessScopes.map((scope) => scope.handle));
  return { ...scopes, features: judgeFeatures(data) };
}

export function judgeScopes(handles: readonly string[]): TokenScopes {
  const granted = new Set(handles);
  // A write scope includes read.
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
