import {
  type Command,
  commandTopic,
  createOrder,
  entityTopic,
  eventId,
  eventKey,
  externalReference,
  formatEventHeaders,
  listSharedTopics,
} from '@entrepot/canonical';
import { type RunningConnector, startConnector } from '@entrepot/connector-runtime';
import { openTestWorld } from '@entrepot/embedded/testing';
import { WALL_CLOCK } from '@entrepot/runtime-kit';
import { OpenClients } from '@entrepot/runtime-kit/clients';
import { createMetrics } from '@entrepot/service-kit';
import { startSink } from '@entrepot/sink-runtime';
import type { Store } from '@entrepot/store';
import {
  defineSource,
  defineTarget,
  defineVendor,
  type GuardedClientContext,
  noSettings,
  sourceEntity,
  type Vendor,
} from '@entrepot/vendor-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startLedgerApp } from '../../ledger/src/http.ts';
import { createLedger, type Ledger } from '../../ledger/src/ledger.ts';
import { LEDGER_COLLECTIONS } from '../../ledger/src/store/migrations.ts';

const world = openTestWorld('confirmed');
const { run, log, codec } = world;
const shop = `shop-${run}`;
const erp = `erp-${run}`;
/** What the ERP was given, by reference: its orders show to its own connector alone, some time later. */
const orders = new Map<string, string>();
const found = (id: string) => ({ targetId: id, targetNumber: `SO-${id}`, state: null, body: null, etag: null });

/** The ERP's client: its first call signs in, whichever side makes it. */
interface ErpClient {
  readonly connection: string;
  session: Promise<void> | null;
}

/** Sign-ins at the ERP, by the key that each was made with. */
const signIns: unknown[] = [];
let closed = 0;

function makeErp(): Vendor {
  const keys = new WeakMap<ErpClient, unknown>();
  const signIn = (client: ErpClient): Promise<void> => {
    client.session ??= Promise.resolve().then(() => void signIns.push(keys.get(client)));
    return client.session;
  };
  return defineVendor({
    name: `two-way-${run}`,
    title: 'Two-way ERP',
    budget: () => ({ concurrency: 2, requests: [], points: false }),
    settings: z.strictObject({}),
    secrets: z.strictObject({ key: z.string().optional() }),
    client: {
      open: ({
        connection: { id, secrets },
      }: GuardedClientContext<unknown, { key?: string | undefined }>): ErpClient => {
        const client: ErpClient = { connection: id, session: null };
        keys.set(client, secrets.key);
        return client;
      },
      close: async () => {
        closed += 1;
      },
    },
    source: defineSource({
      test: async () => ({ ok: true, checks: [] }),
      scopes: [],
      values: {},
      entities: {
        order: sourceEntity('order', {
          settings: noSettings,
          batch: { count: 10 },
          pollIntervalMs: 3_600_000,
          absence: 'unknown',
          confirms: ['order'],
          fetch: async (client: ErpClient, ids) => {
            await signIn(client);
            const { connection } = client;
            return ids.map((id) => {
              const [reference = ''] = [...orders].find(([, each]) => each === id) ?? [];
              const entity = createOrder({ source: { connection, vendor: `two-way-${run}`, id } });
              const document = { reference, role: 'order', subId: null, targetId: id, number: `SO-${id}` };
              return { status: 'found', sourceId: id, entity, stampMicros: null, number: null, confirms: [document] };
            });
          },
          poll: async function* () {},
        }),
      },
    }),
    target: defineTarget<{ settings: unknown; client: ErpClient; profile: unknown; state: unknown }>({
      test: async () => ({ ok: true, checks: [] }),
      values: {},
      entities: {
        order: {
          settings: z.looseObject({}),
          guard: 'look-up',
          visibleWithinMs: () => 0,
          verifyByDefault: true,
          confirmation: { by: 'inbound', withinMs: 3_600_000 },
          reference: ({ connection, id }) => externalReference(connection, id),
          map: () => ({ ok: true, documents: [{ role: 'order', subId: null, desired: 'posted', body: {} }] }),
          find: async () => [],
          create: async ({ externalRef }, client, call) => {
            await signIn(client);
            const leave = await call.admit();
            call.beforeSend(1_000);
            leave();
            orders.set(externalRef, String(7_000 + orders.size));
            return { targetId: null, targetNumber: null, status: 'accepted' };
          },
          read: async (_document, id) => found(id),
          update: async () => ({ status: 'unchanged' }),
          compare: () => [],
          stateHash: (_document, { targetId }) => targetId,
        },
      },
    }),
  });
}

let store: Store;
let ledger: Ledger;
let connector: RunningConnector;
let connectorStops: Promise<void> | null = null;
const stopConnector = (): Promise<void> => {
  connectorStops ??= connector.stop();
  return connectorStops;
};
let publish: (topic: string, key: string, value: Buffer, headers?: Record<string, string>) => Promise<unknown>;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const vendor = makeErp();
  const { source, ...rest } = vendor;
  const vendors: Vendor[] = [vendor, { ...rest, name: `shop-vendor-${run}`, source, target: null }];
  store = await world.openStore({ vendors, migrates: LEDGER_COLLECTIONS });
  const broker = await world.connectBroker('confirmed');
  await broker.ensureTopics(listSharedTopics());
  await codec.registerReleased();
  const publisher = await broker.publisher();
  publish = (topic, key, value, headers = {}) => publisher.send(topic, { key, value, headers });
  const [, shopVendor] = vendors;
  const common = { active: true, settings: {} };
  await store.connections.create({ id: shop, label: 'Shop', vendor: shopVendor?.name ?? '', ...common });
  await store.connections.create({ id: erp, label: 'ERP', vendor: vendor.name, ...common });
  await store.flows.create({
    entity: 'order',
    from: shop,
    to: erp,
    active: true,
    settings: { gate: { importOn: ['any'] } },
  });
  const metrics = () => createMetrics({ service: 'confirmed', processMetrics: false });
  const clients = new OpenClients({
    instance: `one-${run}`,
    credentials: store.credentials,
    shares: store.budgets,
    clock: WALL_CLOCK,
    log,
  });
  const parts = { vendor, store, broker, codec, log, clients };
  ledger = await createLedger({
    ...parts,
    vendors,
    metrics: metrics(),
    clock: WALL_CLOCK,
    groupId: `entrepot.ledger.${run}`,
    cursorKey: Buffer.alloc(32, 9),
  });
  const app = await startLedgerApp(ledger, broker, log);
  const sink = await startSink({ ...parts, metrics: metrics(), owner: 'one', stopDeadlineMs: 3_000 });
  connector = await startConnector({
    ...parts,
    metrics: metrics(),
    pollIntervalMs: null,
    republishPerSecond: 100,
    maxWebhookBytesInFlight: 1_000_000,
  });
  stops.push(
    stopConnector,
    () => sink.stop(),
    () => app.nest.close(),
    () => publisher.close(),
    () => world.close(),
  );
}, 60_000);
afterAll(async () => {
  for (const stop of stops) await stop();
}, 60_000);

async function publishOrder(id: string): Promise<void> {
  const contentHash = `hash-${id}`;
  const identity = { entity: 'order', connection: shop, version: 1, contentHash } as const;
  const order = createOrder({ source: { connection: shop, vendor: 'shop', id, version: 1, contentHash } });
  const headers = formatEventHeaders({
    ...identity,
    eventId: eventId({ ...identity, id }),
    vendor: 'shop',
    sourceId: id,
    number: null,
    publishedAtMicros: Date.now() * 1_000,
    deleted: false,
    snapshot: false,
    repeats: null,
    origin: null,
    traceparent: null,
  });
  await publish(entityTopic('order'), eventKey(shop, id), await codec.encode('order', order), headers);
}

async function readByConnector(id: string): Promise<void> {
  const command: Command = {
    commandId: `command-${id}`,
    type: 'refresh',
    connection: erp,
    entity: 'order',
    sourceIds: [id],
    requestedBy: 'test',
    atMicros: 1,
  };
  await publish(commandTopic(`two-way-${run}`), erp, Buffer.from(JSON.stringify(command)));
}

async function waitForState(sourceId: string, state: string) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const delivery = await ledger.store.deliveries.findOne({ from: shop, sourceId });
    if (delivery?.state === state) return delivery;
    if (Date.now() > deadline) throw new Error(`${sourceId} is ${delivery?.state}: ${delivery?.reason}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('an order that the ERP has only taken', () => {
  it('is confirmed by the ERP’s own connector, over lane, link and ledger, and then verified', async () => {
    await publishOrder('1');
    const accepted = await waitForState('1', 'accepted');
    expect(accepted.documents).toMatchObject([{ targetId: null, draft: true, accepted: { handle: null } }]);
    // Not before its deadline, in an hour, unless it is confirmed.
    expect(accepted.nextAttemptAt?.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
    const id = orders.get(externalReference(shop, '1')) ?? '';
    await readByConnector(id);
    const ended = await waitForState('1', 'verified');
    expect(ended.documents).toMatchObject([{ targetId: id, targetNumber: `SO-${id}`, draft: false }]);
    expect(ended.refs).toEqual(expect.arrayContaining([id, `SO-${id}`]));
    const link = await store.links.get({ target: erp, entity: 'order', sourceKey: `${shop}/1` });
    expect(link?.documents).toMatchObject([{ targetId: id, draft: false, accepted: null }]);
    expect(orders.size).toBe(1);
  }, 60_000);
});

/** Sends an order and has it confirmed: each side calls the ERP. */
async function deliverAndConfirm(orderId: string): Promise<void> {
  await publishOrder(orderId);
  await waitForState(orderId, 'accepted');
  await readByConnector(orders.get(externalReference(shop, orderId)) ?? '');
  await waitForState(orderId, 'verified');
}

describe('connector and sink of one connection in one process', () => {
  it('sign in once; new secrets replace the client of both; one goes on when the other has stopped', async () => {
    await deliverAndConfirm('2');
    expect(signIns).toEqual([undefined]);
    const { revision = 0 } = (await store.connections.get(erp)) ?? {};
    await store.connections.update(erp, revision, { secrets: { key: 'new' } });
    await expect.poll(() => closed, { timeout: 20_000 }).toBe(1);
    await deliverAndConfirm('3');
    expect(signIns).toEqual([undefined, 'new']);
    await stopConnector();
    await publishOrder('4');
    await waitForState('4', 'accepted');
    expect(signIns).toEqual([undefined, 'new']);
    expect(closed).toBe(1);
  }, 90_000);
});
