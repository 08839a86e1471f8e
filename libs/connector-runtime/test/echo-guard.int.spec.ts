import { randomBytes } from 'node:crypto';
import type { Broker, BrokerRecord } from '@entrepot/broker';
import { type Command, commandTopic, type EventHeaders, eventKey, parseEventHeaders } from '@entrepot/canonical';
import { openTestWorld } from '@entrepot/embedded/testing';
import { createMetrics } from '@entrepot/service-kit';
import { publishedId, type Store } from '@entrepot/store';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RunningConnector, startConnector } from '../src/service/start-connector.ts';
import { FakeShop } from './fake-shop.ts';

const world = openTestWorld('echo-guard');
const { run, log, codec } = world;
const shop = new FakeShop(`fake-${run}`);
/** Nothing was ever written to it. */
const sourceOnly = `source-${run}`;
const target = `target-${run}`;

let store: Store;
let broker: Broker;
let connector: RunningConnector;
const received: BrokerRecord[] = [];
const calls: { readonly name: string; readonly given: string }[] = [];

let changes = 0;

/** The same part of a store; its calls are noted. */
function watch<T extends object>(name: string, part: T): T {
  return new Proxy(part, {
    get(whole, member) {
      const value: unknown = Reflect.get(whole, member);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        calls.push({ name: `${name}.${String(member)}`, given: JSON.stringify(given) });
        return Reflect.apply(value, whole, given);
      };
    },
  });
}

beforeAll(async () => {
  store = await world.openStore({ vendors: [shop.vendor] });
  broker = await world.connectBroker();
  for (const id of [sourceOnly, target])
    await store.connections.create({
      id,
      label: id,
      vendor: shop.vendor.name,
      active: true,
      settings: {},
      secrets: { secret: 's' },
    });
  await store.connections.assignLanePartition(target);
  await vi.waitFor(() => expect(store.connections.find(target)?.lanePartition).toBe(0), 5_000);
  connector = await startConnector({
    vendor: shop.vendor,
    store: { ...store, targetStates: watch('targetStates', store.targetStates), links: watch('links', store.links) },
    broker,
    codec,
    log,
    metrics: createMetrics({ service: 'test', processMetrics: false }),
    pollIntervalMs: null,
    republishPerSecond: 100,
    maxWebhookBytesInFlight: 64 * 1024 * 1024,
  });
  const consumption = broker.consume({
    groupId: `echo-guard-test-${run}`,
    topics: ['entrepot.order.v1'],
    handler: async (record) => {
      if (record.key?.includes(run)) received.push(record);
    },
    onBug: async () => {},
  });
  await consumption.ready;
}, 60_000);

afterAll(async () => {
  await connector.stop();
  await world.close();
}, 30_000);

/** Writes a record that shows one document, has it read, and waits for its next event. */
async function publish(
  connection: string,
  id: string,
  document: { readonly role: string; readonly targetId: string; readonly hash: string },
): Promise<EventHeaders> {
  const events = () => received.filter(({ key }) => key === eventKey(connection, id));
  const before = events().length;
  changes += 1;
  shop.shown.set(id, [{ ...document, fields: {}, reference: null }]);
  shop.write(id, `change ${changes}`);
  const command: Command = {
    commandId: randomBytes(8).toString('hex'),
    type: 'refresh',
    connection,
    entity: 'order',
    sourceIds: [id],
    requestedBy: 'test',
    atMicros: 1,
  };
  const publisher = await broker.publisher();
  await publisher.send(commandTopic(shop.vendor.name), {
    key: connection,
    value: Buffer.from(JSON.stringify(command)),
  });
  await publisher.close();
  return vi.waitFor(
    () => {
      const [event] = events().slice(before);
      if (event === undefined) throw new Error('it did not come in time');
      return parseEventHeaders(event.headers);
    },
    { timeout: 10_000, interval: 20 },
  );
}

it('asks the database nothing about records of a connection that is no target', async () => {
  const ofConnection = (id: string) => calls.filter(({ given }) => given.includes(id)).map(({ name }) => name);
  for (const hash of ['h1', 'h2']) await publish(sourceOnly, 'O1', { role: 'order', targetId: 'O1', hash });
  expect(ofConnection(sourceOnly)).toEqual([]);
  await publish(target, 'O2', { role: 'order', targetId: 'O2', hash: 'h1' });
  expect(ofConnection(target)).toEqual(
    expect.arrayContaining(['targetStates.get', 'links.findByDocuments', 'targetStates.replace']),
  );
}, 30_000);

it('takes the state that a link of an earlier release holds of its main document, and of no other', async () => {
  const role = 'order';
  const main = { role, subId: null, externalRef: 'erp/7', targetId: 'O7', targetNumber: null, draft: false };
  const payment = { ...main, role: 'payment', subId: 'p1', externalRef: 'erp/7/p1', targetId: 'P7' };
  const delivered = { version: 5, contentHash: 'h5', mappingRevision: 1, targetStateHash: 't5' };
  const link = { target, entity: 'order', sourceKey: 'erp/7' } as const;
  await store.links.recordDelivered(link, { ...delivered, documents: [main, payment] }, 1);

  const read = async (document: { role: string; targetId: string; hash: string }) =>
    (await publish(target, document.targetId, document)).origin;
  expect(await read({ role: 'payment', targetId: 'P7', hash: 't5' })).toBeNull();
  expect(await read({ role, targetId: 'O7', hash: 't5' })).toBe('erp');
  expect(await store.targetStates.get({ connection: target, role, targetId: 'O7' })).toMatchObject({
    hash: 't5',
    writtenFor: 'erp',
    record: publishedId({ connection: target, entity: 'order', sourceId: 'O7' }),
  });
  // From here on the stored state counts, and not the link's.
  expect(await read({ role, targetId: 'O7', hash: 't6' })).toBeNull();
  expect(await read({ role, targetId: 'O7', hash: 't5' })).toBeNull();
}, 30_000);
