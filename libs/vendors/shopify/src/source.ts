import { type EntityName, parseTimestamp } from '@entrepot/canonical';
import {
  createCostBudget,
  createHttpClient,
  defineSource,
  type Fetched,
  type GuardedSourceContext,
  type Reading,
  type Shortage,
  type Source,
  type Unfinished,
  VendorError,
} from '@entrepot/vendor-kit';
import { createAttentionBoard } from './api/attention.ts';
import { createTokenSource } from './api/token.ts';
import { createShopifyClient } from './client.ts';
import { adminBaseUrl, type ShopifySecrets, type ShopifySettings } from './config.ts';
import { fromGid, isNumericId, toGid } from './ids.ts';
import { customerFromShopify } from './map/customer.ts';
import { orderFromShopify } from './map/order.ts';
import { createChangeReader } from './read/changes.ts';
import { testConnection } from './read/connection-test.ts';
import { CUSTOMER_STAMP_DOCUMENT, customersDocument } from './read/documents/customer.ts';
import type { SchemaFeatures } from './read/documents/features.ts';
import { nestedConnections } from './read/documents/nested.ts';
import { ORDER_STAMP_DOCUMENT, ordersDocument } from './read/documents/order.ts';
import { listValues } from './read/list-values.ts';
import { createRecordReader, type ReadSoFar, type RecordQuery } from './read/record-reader.ts';
import { readAccess, type ShopAccess } from './read/scopes.ts';
import { webhookReceiver } from './webhooks/receiver.ts';
import { createSubscriptionCheck } from './webhooks/subscriptions.ts';
import type { WireCustomer, WireOrder } from './wire.ts';

/** How long scopes and schema are taken as read; a change of the app's access or of the version served takes effect after it. */
const ACCESS_LIFE_MS = 15 * 60_000;
/** An order of 500 lines with everything on it is some 3 MB; several travel in one answer. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

export const source = defineSource<ShopifySettings, ShopifySecrets>({
  entities: ['order', 'customer'],
  fetchBatchSize: 50,
  pollIntervalMs: 60_000,
  webhook: webhookReceiver,
  open: (context) => openSource(context),
});

function openSource(context: GuardedSourceContext<ShopifySettings, ShopifySecrets>): Source {
  const { settings, secrets, id: connectionId } = context.connection;
  const http = createHttpClient({
    name: 'Shopify',
    baseUrl: adminBaseUrl(settings),
    allowedAddresses: settings.allowedAddresses,
    timeoutMs: settings.timeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    masker: context.masker,
  });
  const attention = createAttentionBoard((message) => context.raiseAttention(message));
  const tokens = createTokenSource({ settings, secrets, http, now: context.now });
  const budget = createCostBudget({
    now: context.now,
    onShortage: (shortage) => context.reportThrottled(shortage === null ? null : describeShortage(shortage)),
  });
  const client = createShopifyClient({ settings, http, tokens, attention, budget });
  const changes = createChangeReader(client, settings.pollOverlapSeconds, () => context.now());
  const reader = createRecordReader(client, () => context.now());
  let known: { access: ShopAccess; queries: Queries; untilMs: number } | null = null;
  let closing: Promise<void> | null = null;

  const learn = async (signal: AbortSignal): Promise<{ access: ShopAccess; queries: Queries }> => {
    if (known === null || context.now() >= known.untilMs) {
      const access = await readAccess(client, signal);
      known = { access, queries: writeQueries(access.features), untilMs: context.now() + ACCESS_LIFE_MS };
    }
    return known;
  };

  /** Per entity, so that readable customers do not take back what orders found. */
  const noteDenied = (entity: EntityName, records: readonly ReadSoFar<unknown>[]): void => {
    const read = records.filter((record) => record.status === 'read');
    if (read.length === 0) return;
    const denied = [...new Set(read.flatMap((record) => record.denied))];
    const message =
      denied.length === 0
        ? null
        : `Shopify refuses protected customer data of ${entity} records (${denied.join(', ')}): ask for approval in the app’s API access; records come without these fields until then.`;
    attention.note(`protected-data-${entity}`, message);
  };

  const fetchOrders = async (
    sourceIds: readonly string[],
    signal: AbortSignal,
    reading: Reading | undefined,
  ): Promise<(Fetched<'order'> | Unfinished)[]> => {
    const { access, queries } = await learn(signal);
    const records = await reader.read<WireOrder>(
      sourceIds.map((id) => toGid('Order', id)),
      queries.order,
      { ...access.switches },
      signal,
      reading,
    );
    noteDenied('order', records);
    return records.map((record) => {
      const sourceId = fromGid(record.gid);
      if (record.status === 'unfinished') return { status: 'unfinished', sourceId, progress: record.progress };
      if (record.status === 'missing')
        return access.seesAllOrders ? { status: 'not-found', sourceId } : hiddenByAge(sourceId);
      if (record.status === 'denied') return refused(sourceId, record.message);
      const customerHidden = record.denied.some((field) => field === 'customer' || field.startsWith('customer.'));
      const result = orderFromShopify(record.record, {
        connection: connectionId,
        adjustmentPolicy: settings.adjustmentPolicy,
        customerHidden,
      });
      if (!result.ok) return { status: 'unmapped', sourceId, number: record.record.name, error: result.error };
      return {
        status: 'found',
        sourceId,
        entity: result.order,
        stampMicros: parseTimestamp(record.record.updatedAt),
        number: record.record.name,
      };
    });
  };

  const fetchCustomers = async (
    sourceIds: readonly string[],
    signal: AbortSignal,
    reading: Reading | undefined,
  ): Promise<(Fetched<'customer'> | Unfinished)[]> => {
    const { access, queries } = await learn(signal);
    const records = await reader.read<WireCustomer>(
      sourceIds.map((id) => toGid('Customer', id)),
      queries.customer,
      { withCompanies: access.switches.withCompanies },
      signal,
      reading,
    );
    noteDenied('customer', records);
    return records.map((record) => {
      const sourceId = fromGid(record.gid);
      if (record.status === 'unfinished') return { status: 'unfinished', sourceId, progress: record.progress };
      if (record.status === 'missing') return { status: 'not-found', sourceId };
      if (record.status === 'denied') return refused(sourceId, record.message);
      return {
        status: 'found',
        sourceId,
        entity: customerFromShopify(record.record, connectionId),
        stampMicros: parseTimestamp(record.record.updatedAt),
        number: null,
      };
    });
  };

  return {
    fetch: async <E extends EntityName>(
      entity: E,
      sourceIds: readonly string[],
      signal: AbortSignal,
      reading?: Reading,
    ): Promise<(Fetched<E> | Unfinished)[]> => {
      const usable = [...new Set(sourceIds)].filter(isNumericId);
      const unusable = sourceIds
        .filter((sourceId) => !isNumericId(sourceId))
        .map((sourceId): Fetched => ({ status: 'not-found', sourceId }));
      const fetched = await fetchEntity(entity, usable, signal, reading);
      return [...fetched, ...unusable] as (Fetched<E> | Unfinished)[];
    },
    poll: (entity, cursor, sinceMicros, signal) => changes.read(entity, cursor, sinceMicros, signal),
    test: (signal) => testConnection(client, settings, signal),
    listValues: (kind, signal) => listValues(client, kind, signal),
    ...(!settings.pollOnly && { checkSubscriptions: createSubscriptionCheck({ client, settings, connectionId }) }),
    close: () => {
      closing ??= http.close();
      return closing;
    },
  };

  function fetchEntity(
    entity: EntityName,
    ids: readonly string[],
    signal: AbortSignal,
    reading: Reading | undefined,
  ): Promise<(Fetched | Unfinished)[]> {
    if (ids.length === 0) return Promise.resolve([]);
    if (entity === 'order') return fetchOrders(ids, signal, reading);
    if (entity === 'customer') return fetchCustomers(ids, signal, reading);
    return Promise.reject(new VendorError('unexpected', `Shopify connections do not read ${entity} records`));
  }
}

function describeShortage({ waiting, status }: Shortage): string {
  const left =
    status === null
      ? ''
      : `: ${status.available} of ${status.maximum} points are left, ${status.restoredPerSecond} come back a second`;
  return `Shopify's query budget of the store is short${left}; ${waiting} quer${waiting === 1 ? 'y waits' : 'ies wait'} for it.`;
}

interface Queries {
  readonly order: RecordQuery;
  readonly customer: RecordQuery;
}

/** What is asked for each record, in the words of the schema that answers. */
function writeQueries(features: SchemaFeatures): Queries {
  const connections = nestedConnections(features);
  return {
    order: {
      name: 'Orders',
      document: ordersDocument(features),
      connections,
      stamp: { name: 'OrderStamp', document: ORDER_STAMP_DOCUMENT },
    },
    customer: {
      name: 'Customers',
      document: customersDocument(features),
      connections,
      stamp: { name: 'CustomerStamp', document: CUSTOMER_STAMP_DOCUMENT },
    },
  };
}

/** Without `read_all_orders` an order older than 60 days looks like one that does not exist: that must not pass for a deletion. */
function hiddenByAge(sourceId: string): Fetched<'order'> {
  return {
    status: 'unmapped',
    sourceId,
    number: null,
    error: {
      kind: 'source',
      code: 'not-visible',
      message:
        'Shopify does not show this order: it was deleted, or it is older than 60 days and the app lacks read_all_orders',
      advice: 'Grant the app the scope read_all_orders, then refresh and retry; discard it if the order was deleted.',
      fields: [],
    },
  };
}

function refused(sourceId: string, message: string): Extract<Fetched, { status: 'unmapped' }> {
  return {
    status: 'unmapped',
    sourceId,
    number: null,
    error: {
      kind: 'source',
      code: 'ACCESS_DENIED',
      message: `Shopify denies access to this record: ${message}`,
      advice: 'Grant the app the scopes that the connection test names.',
      fields: [],
    },
  };
}
