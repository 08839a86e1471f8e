import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Broker, Publisher } from '@entrepot/broker';
import {
  ATTEMPT_TOPIC,
  createOrder,
  type EventHeaders,
  entityTopic,
  eventId,
  formatEventHeaders,
  listConnectorTopics,
  listSharedTopics,
  listSinkTopics,
  type Order,
  type Report,
  UNMAPPED_TOPIC,
} from '@entrepot/canonical';
import { openTestWorld } from '@entrepot/embedded/testing';
import { WALL_CLOCK } from '@entrepot/runtime-kit';
import { createMetrics } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import { noSettings, type SourceEntity, type TargetEntity, type Vendor } from '@entrepot/vendor-kit';
import { z } from 'zod';
import { ensureAdminToken } from '../src/access/tokens.ts';
import { type LedgerApp, startLedgerApp } from '../src/http.ts';
import { createLedger, type Ledger, type LedgerParts } from '../src/ledger.ts';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';

const ADMIN_TOKEN = 'test-admin-token-0123456789-abcdefgh';

const silentEntity = {
  settings: noSettings,
  batch: { count: 10 },
  pollIntervalMs: 60_000,
  absence: 'deletes',
  fetch: async () => [],
  poll: async function* () {},
} as const satisfies SourceEntity;

const unwritten: TargetEntity<'order'> & TargetEntity<'customer'> = {
  settings: z.looseObject({}),
  guard: 'look-up',
  visibleWithinMs: () => 0,
  verifyByDefault: true,
  reference: ({ connection, id }) => `${connection}/${id}`,
  map: () => ({ ok: true, documents: [] }),
  find: async () => [],
  create: async () => ({ targetId: null, targetNumber: null, status: 'created' }),
  read: async () => null,
  update: async () => ({ status: 'unchanged' }),
  compare: () => [],
  stateHash: () => '',
};

/** A vendor that has everything and does nothing: the ledger's own behaviour is what is tested. */
function quietVendor(name: string): Vendor {
  return {
    name,
    title: name,
    settings: z.looseObject({}),
    secrets: z.looseObject({}),
    movedSettings: [],
    oauth: null,
    budget: () => ({ concurrency: 8, requests: [], points: false }),
    client: { open: () => null, close: async () => {} },
    source: {
      test: async () => ({ ok: true, checks: [{ name: 'reach', ok: true, message: 'answers' }] }),
      scopes: [],
      values: {},
      entities: {
        order: silentEntity,
        customer: { ...silentEntity, absence: 'sweep', listIds: async function* () {} },
      },
    },
    target: {
      test: async () => ({ ok: true, checks: [] }),
      values: {},
      entities: { order: unwritten, customer: unwritten },
    },
  };
}

/** A ledger on real Kafka, MongoDB and registry, with names of its own. */
export interface TestLedger {
  readonly url: string;
  readonly adminToken: string;
  readonly ledger: Ledger;
  readonly store: Store;
  readonly broker: Broker;
  /** As Prometheus reads them. */
  renderMetrics(): Promise<string>;
  publishOrder(id: string, number: string, version: number, publishedAtMicros?: number): Promise<EventHeaders>;
  report(report: Report): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  call(method: string, path: string, body?: unknown, token?: string | null): Promise<{ status: number; body: any }>;
  close(): Promise<void>;
}

export async function startTestLedger(options: Pick<LedgerParts, 'hintLimitMs'> = {}): Promise<TestLedger> {
  const world = openTestWorld('ledger');
  const { run, log, codec } = world;
  const metrics = createMetrics({ service: 'ledger-test' });
  const vendors = [
    { ...quietVendor('shopify'), target: null },
    { ...quietVendor('sap-b1'), source: null },
  ];
  const store = await world.openStore({ vendors, migrates: LEDGER_COLLECTIONS });
  const broker = await world.connectBroker('ledger-test', metrics);
  await broker.ensureTopics([...listSharedTopics(), ...listConnectorTopics('shopify'), ...listSinkTopics('sap-b1')]);
  await codec.registerReleased();
  const shop = `shop-${run}`;
  const erp = `erp-${run}`;
  await store.connections.create({ id: shop, label: 'Shop', vendor: 'shopify', active: true, settings: {} });
  await store.connections.create({ id: erp, label: 'ERP', vendor: 'sap-b1', active: true, settings: {} });
  await store.flows.create({ entity: 'order', from: shop, to: erp, active: true, settings: {} });
  const ledger = await createLedger({
    store,
    broker,
    codec,
    vendors,
    metrics,
    log,
    clock: WALL_CLOCK,
    groupId: `entrepot.ledger.${run}`,
    cursorKey: Buffer.alloc(32, 9),
    ...options,
  });
  await ensureAdminToken(ledger.store, ADMIN_TOKEN, new Date());
  const app: LedgerApp = await startLedgerApp(ledger, broker, log);
  const server: Server = createServer(app.express);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publisher: Publisher = await broker.publisher();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    adminToken: ADMIN_TOKEN,
    ledger,
    store,
    broker,
    renderMetrics: async () => (await metrics.render()).body,
    async publishOrder(id, number, version, publishedAtMicros = Date.now() * 1_000) {
      const contentHash = `hash-${version}`;
      const order: Order = createOrder({
        source: { connection: shop, vendor: 'shopify', id, number, version, contentHash },
        email: 'ada@example.com',
      });
      const event: EventHeaders = {
        eventId: eventId({ entity: 'order', connection: shop, id, version, contentHash }),
        entity: 'order',
        connection: shop,
        vendor: 'shopify',
        sourceId: id,
        number,
        version,
        contentHash,
        publishedAtMicros,
        deleted: false,
        snapshot: false,
        repeats: null,
        origin: null,
        traceparent: null,
      };
      await publisher.send(entityTopic('order'), {
        key: `${shop}/${id}`,
        value: await codec.encode('order', order),
        headers: formatEventHeaders(event),
      });
      return event;
    },
    async report(report) {
      const topic = report.kind === 'unmapped' ? UNMAPPED_TOPIC : ATTEMPT_TOPIC;
      const connection = 'connection' in report ? report.connection : null;
      const key = 'sourceId' in report ? `${connection}/${report.sourceId}` : connection;
      await publisher.send(topic, { key, value: Buffer.from(JSON.stringify(report)) });
    },
    async call(method, path, body, token = ADMIN_TOKEN) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await app.nest.close();
      await ledger.close();
      await publisher.close();
      await world.close();
    },
  };
}
