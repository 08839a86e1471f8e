import { createHmac, randomBytes } from 'node:crypto';
import type { Broker, BrokerRecord } from '@entrepot/broker';
import {
  ATTEMPT_TOPIC,
  type Command,
  commandTopic,
  eventKey,
  type Order,
  parseEventHeaders,
  UNMAPPED_TOPIC,
} from '@entrepot/canonical';
import { openTestWorld } from '@entrepot/embedded/testing';
import { createMetrics, type HttpServer, type Metrics } from '@entrepot/service-kit';
import type { OperationKind, Store } from '@entrepot/store';
import { CloudEvent, Kafka } from 'cloudevents';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningConnector, startConnector } from '../src/service/start-connector.ts';
import { serveWebhooks } from '../src/webhooks/admission.ts';
import { FakeShop } from './fake-shop.ts';
import { newOperation } from './new-operation.ts';

const world = openTestWorld('connector');
const { run, log, codec } = world;
const shop = new FakeShop(`fake-${run}`);
const connection = `shop-${run}`;

let store: Store;
let broker: Broker;
let metrics: Metrics;
let connector: RunningConnector;
let server: HttpServer;
const received: BrokerRecord[] = [];

async function start(): Promise<void> {
  metrics = createMetrics({ service: 'test', processMetrics: false });
  connector = await startConnector({
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
    subscriptionCheckMs: 300,
  });
  if (connector.webhooks === null) throw new Error('the fake shop takes webhooks');
  server = await serveWebhooks({ port: 0, host: '127.0.0.1' }, connector.webhooks.handle);
}

beforeAll(async () => {
  store = await world.openStore({ vendors: [shop.vendor] });
  broker = await world.connectBroker();
  await store.connections.create({
    id: connection,
    label: 'Shop',
    vendor: shop.vendor.name,
    active: true,
    settings: {},
    secrets: { secret: 'sandbox' },
  });
  await start();
  const consumption = broker.consume({
    groupId: `connector-test-${run}`,
    topics: ['entrepot.order.v1', UNMAPPED_TOPIC, ATTEMPT_TOPIC],
    handler: async (record) => {
      if (record.key?.startsWith(`${connection}/`)) received.push(record);
    },
    onBug: async () => {},
  });
  await consumption.ready;
}, 60_000);

afterAll(async () => {
  await connector.stop();
  await server.close();
  await world.close();
}, 30_000);

beforeEach(() => {
  shop.fault = null;
  shop.fetchDelayMs = 0;
});

async function until<T>(
  look: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('it did not come in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function events(id: string): BrokerRecord[] {
  return received.filter((record) => record.topic === 'entrepot.order.v1' && record.key === eventKey(connection, id));
}
async function notes(id: string): Promise<(string | null)[]> {
  return Promise.all(
    events(id).map(async (record) => (await codec.decode(record.value as Buffer, 'order')).entity.note),
  );
}
async function webhook(
  id: string,
  options: { delivery?: string; secret?: string; body?: string } = {},
): Promise<number> {
  const body = options.body ?? JSON.stringify({ id });
  const signature = createHmac('sha256', options.secret ?? 'sandbox')
    .update(body)
    .digest('base64');
  const headers = {
    'x-signature': signature,
    ...(options.delivery === undefined ? {} : { 'x-delivery': options.delivery }),
  };
  const response = await fetch(`http://127.0.0.1:${server.port}/webhooks/${connection}`, {
    method: 'POST',
    body,
    headers,
  });
  await response.text();
  return response.status;
}
async function command(
  given: Partial<Command>,
): Promise<{ result: string; eventId: string | null; sourceId: string }[]> {
  const publisher = await broker.publisher();
  const commandId = randomBytes(8).toString('hex');
  const full = {
    commandId,
    type: 'refresh',
    connection,
    entity: 'order',
    sourceIds: [],
    requestedBy: 'test',
    atMicros: 1,
    ...given,
  };
  await publisher.send(commandTopic(shop.vendor.name), { key: connection, value: Buffer.from(JSON.stringify(full)) });
  await publisher.close();
  const answers = () =>
    received
      .filter((record) => record.topic === ATTEMPT_TOPIC)
      .map((record) => JSON.parse(String(record.value)))
      .filter((report) => report.commandId === commandId);
  await until(() => answers().length >= Math.max(1, full.sourceIds.length));
  return answers();
}

async function operate(kind: OperationKind) {
  const { operation } = await store.sourceOperations.start(
    newOperation({ vendor: shop.vendor.name, connection, kind }),
  );
  return until(async () => {
    const found = await store.sourceOperations.get(operation._id);
    return found?.endedAt === null ? null : found;
  }, 20_000);
}

describe('webhook to event', () => {
  it('publishes the fetched record with headers that say what it is', async () => {
    shop.write('1', 'first');
    expect(await webhook('1')).toBe(200);
    const record = await until(() => events('1')[0]);
    const headers = parseEventHeaders(record.headers);
    expect(headers).toMatchObject({
      entity: 'order',
      connection,
      vendor: shop.vendor.name,
      sourceId: '1',
      number: '#1',
      deleted: false,
      snapshot: false,
      origin: null,
    });
    expect(headers.traceparent).toMatch(/^00-/);
    // Strictly: the SDK throws where an attribute breaks the specification.
    const asMessage = { headers: record.headers, key: record.key, value: record.value, body: '' };
    expect(new CloudEvent({ ...(Kafka.toEvent(asMessage) as CloudEvent<unknown>) }).dataschema).toBe(
      'urn:entrepot:schema:entrepot.order.v1-value',
    );
    const { entity } = await codec.decode(record.value as Buffer, 'order');
    expect((entity as Order).source).toMatchObject({
      id: '1',
      version: headers.version,
      contentHash: headers.contentHash,
      via: 'HINT',
    });
    await until(
      async () => (await store.published.get({ connection, entity: 'order', sourceId: '1' }))?.state === 'confirmed',
    );
  });

  it('repeated and needless webhooks publish nothing new', async () => {
    shop.write('2', 'same');
    await Promise.all([
      webhook('2', { delivery: 'd1' }),
      webhook('2', { delivery: 'd1' }),
      webhook('2', { delivery: 'd2' }),
      webhook('2'),
    ]);
    await until(() => events('2').length === 1);
    expect(await webhook('2', { delivery: 'd1' })).toBe(200);
    await webhook('2', { delivery: 'd9' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(events('2')).toHaveLength(1);
  });

  it('two edits in one second: the newest arrives, with a higher version', async () => {
    const changedAtSeconds = Math.floor(Date.now() / 1000);
    shop.write('3', 'one', { changedAtSeconds });
    await webhook('3');
    await until(() => events('3').length === 1);
    shop.write('3', 'two', { changedAtSeconds });
    await webhook('3');
    await until(() => events('3').length === 2);
    const versions = events('3').map((record) => parseEventHeaders(record.headers).version);
    expect(versions[1]).toBeGreaterThan(versions[0] as number);
    expect(await notes('3')).toEqual(['one', 'two']);
  });

  it('hints of many records, shuffled and repeated, are fetched in batches and end with each newest state', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `m${i}`);
    for (const id of ids) shop.write(id, `${id} new`);
    // While the shop is away all of them gather.
    shop.fault = 'unavailable';
    await Promise.all([...ids, ...ids.reverse(), ...ids].map((id) => webhook(id)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = shop.fetches.length;
    shop.fault = null;
    await until(() => ids.every((id) => events(id).length > 0), 20_000);
    for (const id of ids) expect((await notes(id)).at(-1)).toBe(`${id} new`);
    expect(Math.max(...shop.fetches.slice(before).map((batch) => batch.length))).toBe(20);
  });

  it('a deleted record is published once more, as deleted; an unknown one not at all', async () => {
    shop.write('4', 'here');
    await webhook('4');
    await until(() => events('4').length === 1);
    shop.remove('4');
    await webhook('4');
    await webhook('never-was');
    const last = await until(() => events('4')[1]);
    expect(parseEventHeaders(last.headers).deleted).toBe(true);
    await webhook('4');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(events('4')).toHaveLength(2);
    expect(events('never-was')).toHaveLength(0);
  });

  it('a record that cannot be mapped is told with the reason', async () => {
    shop.write('5', 'bad', { unmapped: true });
    await webhook('5');
    const record = await until(() =>
      received.find((candidate) => candidate.topic === UNMAPPED_TOPIC && candidate.key === eventKey(connection, '5')),
    );
    expect(JSON.parse(String(record.value))).toMatchObject({
      kind: 'unmapped',
      connection,
      sourceId: '5',
      number: '#5',
      error: { code: 'totals' },
    });
  });

  it('forged, malformed and oversized webhooks are refused and publish nothing', async () => {
    shop.write('6', 'secret');
    expect(await webhook('6', { secret: 'guessed' })).toBe(401);
    expect(await webhook('6', { body: 'not json' })).toBe(400);
    expect(await webhook('6', { body: JSON.stringify({ id: '6', filler: 'x'.repeat(20_000) }) })).toBe(413);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(events('6')).toHaveLength(0);
    expect((await metrics.render()).body).toMatch(/entrepot_webhooks_rejected_total\{[^}]*reason="forged"[^}]*\} 1/);
  });
});

describe('faults and repairs', () => {
  it('a lost webhook is made good by a sync that is asked for', async () => {
    shop.write('7', 'lost');
    expect(await operate('sync')).toMatchObject({ state: 'completed', cursor: expect.any(String) });
    expect(await until(() => events('7')[0])).toBeDefined();
    expect((await codec.decode(events('7')[0]?.value as Buffer, 'order')).entity.source.via).toBe('POLL');
  });

  it('the shop down: hints wait, and arrive when it is back', async () => {
    shop.fault = 'unavailable';
    shop.write('8', 'late');
    expect(await webhook('8')).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(events('8')).toHaveLength(0);
    shop.fault = null;
    await until(() => events('8').length === 1);
  });

  it('credentials refused: attention, no probes; new credentials and all goes on', async () => {
    shop.fault = 'unauthorized';
    shop.write('9', 'held');
    await webhook('9');
    await until(async () => (await store.connections.get(connection))?.attention?.includes('unauthorized'));
    const probes = shop.fetches.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(shop.fetches.length).toBe(probes);
    shop.fault = null;
    const { revision } = (await store.connections.get(connection)) ?? { revision: 0 };
    await store.connections.update(connection, revision, {
      secrets: { secret: 'sandbox' },
      settings: { title: 'new' },
    });
    await until(() => events('9').length === 1);
  });

  it('refresh answers what it found', async () => {
    shop.write('10', 'v1');
    expect(await command({ sourceIds: ['10'] })).toMatchObject([
      { result: 'new-version', sourceId: '10', eventId: expect.any(String) },
    ]);
    expect(await command({ sourceIds: ['10', 'nobody', '5'] })).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ sourceId: '10', result: 'unchanged' }),
        expect.objectContaining({ sourceId: 'nobody', result: 'not-found' }),
        expect.objectContaining({ sourceId: '5', result: 'unmapped' }),
      ]),
    );
  });

  it('a backfill reads everything, marks it as snapshot, and leaves what is published alone', async () => {
    const before = events('1').length;
    shop.write('11', 'old');
    expect(await operate('backfill')).toMatchObject({ state: 'completed' });
    const record = await until(() => events('11')[0]);
    expect(parseEventHeaders(record.headers).snapshot).toBe(true);
    expect(events('1')).toHaveLength(before);
  });

  it('a connection switched off takes no webhooks; switched on, it goes on, without restart', async () => {
    const revision = async (): Promise<number> => (await store.connections.get(connection))?.revision ?? 0;
    await store.connections.update(connection, await revision(), { active: false });
    await until(async () => (await webhook('12')) === 410);
    shop.write('12', 'meanwhile');
    await store.connections.update(connection, await revision(), { active: true });
    await until(async () => (await webhook('13')) === 200);
    // No webhook told.
    await operate('sync');
    await until(() => events('12').length === 1);
  });

  it('a restart publishes nothing twice and loses nothing', async () => {
    const before = events('3').length;
    await connector.stop();
    await server.close();
    shop.write('14', 'while down');
    await start();
    await webhook('3');
    await webhook('14');
    await until(() => events('14').length === 1);
    expect(events('3')).toHaveLength(before);
  }, 60_000);
});

describe('webhook subscriptions', () => {
  const attention = () => store.connections.find(connection)?.attention ?? null;

  it('that are gone are made again, and told until a webhook has come; those of the first start are told to nobody', async () => {
    await until(() => shop.subscriptions.size === 2);
    expect(attention()).toBeNull();
    shop.subscriptions.delete('order/gone');
    await until(() => attention()?.includes('made again: order/gone'));
    expect([...shop.subscriptions].sort()).toEqual(['order/changed', 'order/gone']);
    shop.write('subscribed', 'again');
    expect(await webhook('subscribed')).toBe(200);
    await until(() => attention() === null);
  });

  it('that the vendor does not take are told with its reason, also by the process that comes next, until they are there', async () => {
    shop.refusesSubscriptions = true;
    shop.subscriptions.delete('order/gone');
    await until(() => attention()?.includes('order/gone (it says no)'));
    await connector.stop();
    await server.close();
    const looks = shop.looks.length;
    await start();
    await until(() => shop.looks.length > looks);
    // What was there once is kept with the cursors.
    expect([...(shop.looks.at(-1) ?? [])].sort()).toEqual(['order/changed', 'order/gone']);
    shop.refusesSubscriptions = false;
    await until(() => shop.subscriptions.has('order/gone'));
    await webhook('subscribed', { delivery: 'after' });
    await until(() => attention() === null);
  });
});
