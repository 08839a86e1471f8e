import { type EntityName, type ErrorDetail, parseTimestamp } from '@entrepot/canonical';
import {
  type CallContext,
  createHttpClient,
  type Fetched,
  type GuardedClientContext,
  noSettings,
  type SourceEntity,
  sourceEntity,
  type Unfinished,
} from '@entrepot/vendor-kit';
import { z } from 'zod';
import { readAccess, type SchemaFeatures, type ShopAccess } from './api/access.ts';
import {
  type AttentionBoard,
  createAttentionBoard,
  createShopifyClient,
  createStaticTokens,
  type ShopifyClient,
  type TokenSource,
} from './api/client.ts';
import { createOfflineTokens, type OfflineTokenOptions } from './api/offline-tokens.ts';
import { createGrantedTokens } from './api/token.ts';
import { adminBaseUrl, type ShopifySecrets, type ShopifySettings } from './config.ts';
import { CHANGED_CUSTOMERS, customerQuery } from './entities/customer/documents.ts';
import { customerFromShopify } from './entities/customer/map.ts';
import type { WireCustomer } from './entities/customer/wire.ts';
import { CHANGED_ORDERS, orderQuery } from './entities/order/documents.ts';
import { orderFromShopify } from './entities/order/map.ts';
import type { WireOrder } from './entities/order/wire.ts';
import { fromGid, type GidType, isNumericId, toGid } from './fields.ts';
import { type ChangeQuery, type ChangeReader, createChangeReader } from './read/changes.ts';
import {
  createRecordReader,
  type ReadSoFar,
  type RecordQuery,
  type RecordReader,
  type Stamped,
} from './read/record-reader.ts';

/** One store, shared by everything that reads it: its budget, its token, and what was learnt about it. */
export interface Shop {
  readonly connectionId: string;
  readonly settings: ShopifySettings;
  readonly client: ShopifyClient;
  readonly reader: RecordReader;
  readonly changes: ChangeReader;
  readonly attention: AttentionBoard;
  /** What the token may and the schema can; asked again after a while. */
  access(call: CallContext): Promise<ShopAccess>;
  close(): Promise<void>;
}

/**
 * How long scopes and schema are cached; a change of the app's access or of the served version takes effect after it.
 */
const ACCESS_LIFE_MS = 15 * 60_000;
/** An order of 500 lines with everything on it is some 3 MB; several travel in one answer. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

export function openShop(context: GuardedClientContext<ShopifySettings, ShopifySecrets>): Shop {
  const { now } = context;
  const { settings, secrets, id: connectionId } = context.connection;
  const http = createHttpClient({
    name: 'Shopify',
    baseUrl: adminBaseUrl(settings),
    allowedAddresses: settings.allowedAddresses,
    timeoutMs: settings.timeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    maxConnections: settings.budget.concurrency,
    masker: context.masker,
  });
  const attention = createAttentionBoard((message) => context.raiseAttention(message));
  const tokens =
    settings.auth.type === 'static'
      ? createStaticTokens(secrets.accessToken)
      : createRenewedTokens(settings.auth, { ...context, ...context.connection, http, vault: context.credentials });
  const client = createShopifyClient({ settings, http, tokens, attention, budget: context.points });
  let known: { readonly access: ShopAccess; readonly untilMs: number } | null = null;
  let closing: Promise<void> | null = null;
  return {
    connectionId,
    settings,
    client,
    attention,
    reader: createRecordReader(client, now),
    changes: createChangeReader(client, settings.pollOverlapSeconds, now),
    async access(call) {
      if (known !== null && now() < known.untilMs) return known.access;
      const access = await readAccess(client, call);
      // Of two that asked at once the first answer stays, and with it the queries that were written by it.
      if (known === null || now() >= known.untilMs) known = { access, untilMs: now() + ACCESS_LIFE_MS };
      return known.access;
    },
    close: () => {
      closing ??= http.close();
      return closing;
    },
  };
}

type RenewedAuth = Exclude<ShopifySettings['auth'], { type: 'static' }>;

function createRenewedTokens(
  { type, clientId }: RenewedAuth,
  given: Pick<GuardedClientContext<ShopifySettings, ShopifySecrets>['connection'], 'settings' | 'secrets'> &
    Pick<OfflineTokenOptions, 'http' | 'openCall' | 'now' | 'vault'>,
): TokenSource {
  const { settings, secrets, http, openCall, now, vault } = given;
  const { shop, timeoutMs } = settings;
  const options = { clientId, clientSecret: secrets.clientSecret, timeoutMs, http, openCall, now };
  return type === 'clientCredentials' ? createGrantedTokens(options) : createOfflineTokens({ ...options, shop, vault });
}

type Found<E extends EntityName> = Pick<Extract<Fetched<E>, { status: 'found' }>, 'entity' | 'number'>;
type Unmapped = Pick<Extract<Fetched, { status: 'unmapped' }>, 'error' | 'number'>;

/** What one kind of record differs in. */
interface ShopEntityDesign<E extends EntityName, Wire extends Stamped, Settings> {
  readonly gidType: GidType;
  /** Settings of the connection for this entity alone. */
  readonly settings: z.ZodType<Settings>;
  readonly changes: ChangeQuery;
  /** What is asked for each record. */
  query(features: SchemaFeatures): RecordQuery;
  /** Parts of the query that the token may not read. */
  switches(access: ShopAccess): Readonly<Record<string, boolean>>;
  /** @param denied fields that Shopify refused to show */
  map(wire: Wire, shop: Shop, settings: Settings, denied: readonly string[]): Found<E> | Unmapped;
  /** Why a record that is not found may still exist; null when it does not. */
  hidden?(access: ShopAccess): Unmapped['error'] | null;
}

/** An entity of the Admin API: records by global id, paged to their end, listed by their change stamp. */
function shopEntity<E extends EntityName, Wire extends Stamped, Settings>(
  name: E,
  design: ShopEntityDesign<E, Wire, Settings>,
): SourceEntity<E, Shop> {
  const queries = new WeakMap<SchemaFeatures, RecordQuery>();

  function queryOf(features: SchemaFeatures): RecordQuery {
    const query = queries.get(features) ?? design.query(features);
    queries.set(features, query);
    return query;
  }

  function judge(record: ReadSoFar<Wire>, shop: Shop, access: ShopAccess, settings: Settings): Fetched<E> | Unfinished {
    const sourceId = fromGid(record.gid);
    if (record.status === 'unfinished') return { status: 'unfinished', sourceId, progress: record.progress };
    if (record.status === 'denied')
      return { status: 'unmapped', sourceId, number: null, error: denied(record.message) };
    if (record.status === 'missing') {
      const error = design.hidden?.(access) ?? null;
      return error === null ? { status: 'not-found', sourceId } : { status: 'unmapped', sourceId, number: null, error };
    }
    const { updatedAt } = record.record;
    const mapped = design.map(record.record, shop, settings, record.denied);
    if ('error' in mapped) return { status: 'unmapped', sourceId, ...mapped };
    return { status: 'found', sourceId, ...mapped, stampMicros: parseTimestamp(updatedAt) };
  }

  return sourceEntity(name, {
    batch: { count: 50 },
    pollIntervalMs: 60_000,
    absence: 'deletes',
    settings: design.settings,
    async fetch(shop: Shop, sourceIds, { settings, call, reading }) {
      const usable = [...new Set(sourceIds)].filter(isNumericId);
      const unusable = sourceIds.filter((id) => !isNumericId(id));
      const results: (Fetched<E> | Unfinished)[] = unusable.map((sourceId) => ({ status: 'not-found', sourceId }));
      if (usable.length === 0) return results;
      const access = await shop.access(call);
      const gids = usable.map((id) => toGid(design.gidType, id));
      const query = queryOf(access.features);
      const records = await shop.reader.read<Wire>(gids, query, design.switches(access), call, reading);
      noteDenied(shop, name, records);
      return [...results, ...records.map((record) => judge(record, shop, access, settings))];
    },
    poll: (shop, call) => shop.changes.read(name, design.changes, call),
  });
}

/** By entity, so that readable customers do not clear a finding of the orders. */
function noteDenied(shop: Shop, entity: EntityName, records: readonly ReadSoFar<unknown>[]): void {
  const read = records.filter((record) => record.status === 'read');
  if (read.length === 0) return;
  const fields = [...new Set(read.flatMap((record) => record.denied))];
  const message =
    fields.length === 0
      ? null
      : `Shopify refuses protected customer data of ${entity} records (${fields.join(', ')}): ask for approval in the app’s API access; records come without these fields until then.`;
  shop.attention.note(`protected-data-${entity}`, message);
}

function denied(message: string): Unmapped['error'] {
  return {
    kind: 'source',
    code: 'ACCESS_DENIED',
    message: `Shopify denies access to this record: ${message}`,
    advice: 'Grant the app the scopes that the connection test names.',
    fields: [],
  };
}

const orderSettings = z.strictObject({
  adjustmentPolicy: z
    .enum(['refuse', 'adjust'])
    .default('refuse')
    .describe(
      'Orders whose totals do not add up: refuse (unmapped, the difference named) or adjust (an explicit adjustment amount)',
    ),
});

export const order = shopEntity('order', {
  gidType: 'Order',
  settings: orderSettings,
  changes: CHANGED_ORDERS,
  query: orderQuery,
  switches: (access) => ({ ...access.switches }),
  map(wire: WireOrder, shop, { adjustmentPolicy }, denied) {
    const customerHidden = denied.some((field) => field === 'customer' || field.startsWith('customer.'));
    const result = orderFromShopify(wire, { connection: shop.connectionId, adjustmentPolicy, customerHidden });
    return result.ok ? { entity: result.order, number: wire.name } : { error: result.error, number: wire.name };
  },
  hidden: (access) => (access.seesAllOrders ? null : HIDDEN_BY_AGE),
});

/** Without `read_all_orders` an order older than 60 days looks like one that does not exist: that must not pass for a deletion. */
const HIDDEN_BY_AGE: ErrorDetail = {
  kind: 'source',
  code: 'not-visible',
  message:
    'Shopify does not show this order: it was deleted, or it is older than 60 days and the app lacks read_all_orders',
  advice: 'Grant the app the scope read_all_orders, then refresh and retry; discard it if the order was deleted.',
  fields: [],
};

export const customer = shopEntity('customer', {
  gidType: 'Customer',
  settings: noSettings,
  changes: CHANGED_CUSTOMERS,
  query: customerQuery,
  switches: (access) => ({ withCompanies: access.switches.withCompanies }),
  map: (wire: WireCustomer, shop) => ({ entity: customerFromShopify(wire, shop.connectionId), number: null }),
});
