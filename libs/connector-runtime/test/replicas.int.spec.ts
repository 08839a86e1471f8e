import { randomBytes } from 'node:crypto';
import type { Broker, BrokerRecord } from '@entrepot/broker';
import { eventKey, inboxTopic, parseEventHeaders } from '@entrepot/canonical';
import { openTestWorld } from '@entrepot/embedded/testing';
import { createMetrics } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatInboxMessage } from '../src/consumers/handle-hint.ts';
import { type RunningConnector, startConnector } from '../src/service/start-connector.ts';
import { FakeShop } from './fake-shop.ts';

const world = openTestWorld('replicas');
const { run, log, codec } = world;
const connection = `shop-${run}`;
const received: BrokerRecord[] = [];
const shop = new FakeShop(`fake-${run}`);

interface Replica {
  readonly store: Store;
  readonly broker: Broker;
  readonly connector: RunningConnector;
}
const replicas: Replica[] = [];

async function startReplica(): Promise<Replica> {
  const metrics = createMetrics({ service: 'test', processMetrics: false });
  const store = await world.openStore({ vendors: [shop.vendor] });
  if (replicas.length === 0) {
    const settings = { poll: { intervalSeconds: 5 } };
    await store.connections.create({
      id: connection,
      label: 'Shop',
      vendor: shop.vendor.name,
      active: true,
      settings,
      secrets: { secret: 's' },
    });
  }
  const broker = await world.connectBroker('replica', metrics);
  const connector = await startConnector({
    vendor: shop.vendor,
    store,
    broker,
    codec,
    log,
    metrics,
    pollIntervalMs: null,
    republishPerSecond: 100,
    maxWebhookBytesInFlight: 64 * 1024 * 1024,
    absenceConfirmMs: 50,
  });
  const replica = { store, broker, connector };
  replicas.push(replica);
  return replica;
}

beforeAll(async () => {
  const first = await startReplica();
  await startReplica();
  const consumption = first.broker.consume({
    groupId: `replicas-test-${run}`,
    topics: ['entrepot.order.v1'],
    handler: async (record) => {
      if (record.key?.startsWith(`${connection}/`)) received.push(record);
    },
    onBug: async () => {},
  });
  await consumption.ready;
}, 60_000);

afterAll(async () => {
  for (const { connector } of replicas) await connector.stop().catch(() => {});
  await world.close();
}, 40_000);

async function until(look: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error('it did not come in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function events(id: string): BrokerRecord[] {
  return received.filter((record) => record.key === eventKey(connection, id));
}

it('two replicas: changes and hints at random, each record ends with its newest state, versions rise, polls are shared', async () => {
  const publisher = await (replicas[0] as Replica).broker.publisher();
  const ids = Array.from({ length: 25 }, (_, i) => String(i));
  const hint = (sourceId: string) =>
    publisher.send(inboxTopic(shop.vendor.name), {
      // Without the record's own key hints of one record reach both replicas: worse than it ever gets.
      key: randomBytes(4).toString('hex'),
      value: formatInboxMessage({
        connection,
        entity: 'order',
        sourceId,
        cause: 'test',
        deletion: false,
        // Mostly wrong, which must decide nothing.
        creation: true,
        receivedAtMicros: 0,
      }),
    });
  shop.fetchDelayMs = 5;
  for (let round = 0; round < 8; round += 1) {
    for (const id of ids) shop.write(id, `${round}`, { changedAtSeconds: 1_700_000_000 });
    await Promise.all(ids.flatMap((id) => [hint(id), hint(id)]));
  }
  await publisher.close();
  const versionOf = (record: BrokerRecord): number => parseEventHeaders(record.headers).version;
  const newest = (id: string): BrokerRecord => events(id).reduce((a, b) => (versionOf(b) > versionOf(a) ? b : a));
  const noteOf = async (id: string): Promise<string | null> =>
    (await codec.decode(newest(id).value as Buffer, 'order')).entity.note;
  await until(async () => {
    if (!ids.every((id) => events(id).length > 0)) return false;
    return (await Promise.all(ids.map(noteOf))).every((note) => note === '7');
  }, 40_000);
  // What is still under way must not change that.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (const id of ids) {
    const hashes = new Map<number, string>();
    for (const record of events(id)) {
      const { version, contentHash } = parseEventHeaders(record.headers);
      expect(hashes.get(version) ?? contentHash).toBe(contentHash);
      hashes.set(version, contentHash);
    }
    expect(await noteOf(id)).toBe('7');
    await until(async () => {
      const { published } = (replicas[0] as Replica).store;
      const last = await published.get({ connection, entity: 'order', sourceId: id });
      return last?.state === 'confirmed' && last.version === versionOf(newest(id));
    }, 10_000);
  }
}, 60_000);

it('the poller that dies is replaced by the other replica', async () => {
  const before = shop.polls;
  const [first] = replicas;
  await first?.connector.stop();
  shop.write('after', 'found by the other one');
  await until(() => events('after').length > 0, 20_000);
  expect(shop.polls).toBeGreaterThan(before);
}, 40_000);
