import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Broker, BrokerRecord, Publisher } from '@entrepot/broker';
import {
  type AvroRecord,
  contentHash,
  createOrder,
  type EventHeaders,
  entitySchemas,
  entityTopic,
  eventId,
  eventKey,
  formatEventHeaders,
  listSharedTopics,
  type Order,
  parseEventHeaders,
  type Sparse,
  subjectOf,
} from '@entrepot/canonical';
import { frameRecord } from '@entrepot/codec';
import { openTestWorld } from '@entrepot/embedded/testing';
import { createMetrics } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAvroType } from '../../codec/src/avro-types.ts';
import { type RunningConnector, startConnector } from '../src/service/start-connector.ts';
import { FakeShop } from './fake-shop.ts';

const world = openTestWorld('republish');
const { run, log, registry, codec } = world;
const shop = new FakeShop(`fake-republish-${run}`);
const connection = `shop-${run}`;
const topic = entityTopic('order');
const PER_SECOND = 20;
const STATES = 30;
const firstSchema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../schemas/order/v1.avsc'), 'utf8'),
) as AvroRecord;
const firstType = createAvroType(firstSchema);

let store: Store;
let broker: Broker;
let publisher: Publisher;
let firstId: number;
const records: BrokerRecord[] = [];

beforeAll(async () => {
  store = await world.openStore({ vendors: [shop.vendor] });
  broker = await world.connectBroker();
  publisher = await broker.publisher();
  await broker.ensureTopics(listSharedTopics());
  firstId = await registry.registerSchema(subjectOf('order'), firstSchema);
  await store.connections.create({
    id: connection,
    label: 'Shop',
    vendor: shop.vendor.name,
    active: true,
    settings: {},
    secrets: { secret: 'sandbox' },
  });
  const consumption = broker.consume({
    groupId: `republish-test-${run}`,
    topics: [topic],
    handler: async (record) => {
      if (record.key?.includes(run)) records.push(record);
    },
    onBug: async () => {},
  });
  await consumption.ready;
}, 60_000);

afterAll(async () => {
  await world.close();
}, 30_000);

function start(): Promise<RunningConnector> {
  return startConnector({
    vendor: shop.vendor,
    store,
    broker,
    codec,
    log,
    metrics: createMetrics({ service: 'test', processMetrics: false }),
    pollIntervalMs: null,
    maxWebhookBytesInFlight: 64 * 1024 * 1024,
    republishPerSecond: PER_SECOND,
    republishQuietMs: 500,
  });
}

interface Standing {
  readonly version?: number;
  readonly of?: string;
  readonly vendor?: string;
  readonly noted?: 'confirmed' | 'intended' | null;
}

/** Publishes a state as the release before did: its schema, its headers, its note in the store. */
async function stand(id: string, given: Sparse<Order>, options: Standing = {}): Promise<EventHeaders> {
  const { version = 5, of = connection, vendor = shop.vendor.name, noted = 'confirmed' } = options;
  const made = createOrder({ source: { connection: of, vendor, id }, ...given });
  const hash = contentHash('order', made);
  const order = {
    ...made,
    source: { ...made.source, version, contentHash: hash, via: 'HINT' as const, observedAt: 9 },
  };
  const event: EventHeaders = {
    eventId: eventId({ entity: 'order', connection: of, id, version, contentHash: hash }),
    entity: 'order',
    connection: of,
    vendor,
    sourceId: id,
    number: `#${id}`,
    version,
    contentHash: hash,
    publishedAtMicros: 1_000,
    deleted: order.deleted,
    snapshot: false,
    repeats: null,
    origin: null,
    traceparent: null,
  };
  const headers = { ...formatEventHeaders(event), ce_dataschema: 'entrepot.order.v1-value' };
  const value = frameRecord(firstId, firstType.toBuffer(order));
  await publisher.send(topic, { key: eventKey(of, id), value, headers });
  if (noted === null) return event;
  const key = { connection: of, entity: 'order', sourceId: id } as const;
  const expected = await store.published.get(key);
  const { deleted } = event;
  const read = { readEndedAtMicros: 1, reader: 'the release before' };
  expect(await store.published.intend(key, { expected, version, contentHash: hash, deleted, ...read })).toEqual({
    ok: true,
  });
  if (noted === 'confirmed') await store.published.confirm(key, version);
  return event;
}

/** Versions of a record in the topic, with the id of the schema each stands in. */
function standingOf(id: string, of = connection): (readonly [version: number, schemaId: number])[] {
  return records
    .filter((record) => record.key === eventKey(of, id))
    .map((record) => [parseEventHeaders(record.headers).version, record.value?.readInt32BE(1) ?? 0] as const);
}

async function until(look: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error('it did not come in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('brings every last state of a connection into the new schema once, without the source, across a stop', async () => {
  const ids = Array.from({ length: STATES }, (_, index) => `o${index}`);
  for (const id of ids) await stand(id, { note: id });
  await stand('changed', { note: 'one' });
  await stand('changed', { note: 'two' }, { version: 8 });
  const deleted = await stand('deleted', { deleted: true });
  const redacted = await stand('redacted', { redactedAt: 1_764_489_600_000_000 });
  await stand('stamped', { note: 'same' }, { version: 5 });
  // Noted, and never sent: the read that comes again brings it.
  await stand('under-way', { note: 'before' });
  const key = { connection, entity: 'order', sourceId: 'under-way' } as const;
  const expected = await store.published.get(key);
  const intent = { version: 9, contentHash: 'another', readEndedAtMicros: 2, reader: 'x', deleted: false };
  await store.published.intend(key, { expected, ...intent });
  // Nobody's here.
  await stand('foreign', { note: 'x' }, { vendor: 'another-vendor' });
  await stand('gone', { note: 'x' }, { of: `gone-${run}` });
  await stand('unknown', { note: 'x' }, { noted: null });
  const headers = formatEventHeaders({ ...deleted, sourceId: 'damaged' });
  await publisher.send(topic, {
    key: eventKey(connection, 'damaged'),
    value: frameRecord(firstId, Buffer.from([2])),
    headers,
  });
  await publisher.send(topic, { key: eventKey(connection, 'erased'), value: null });

  const startedAt = Date.now();
  const first = await start();
  const newId = await registry.registerSchema(subjectOf('order'), entitySchemas.order.schema);
  const done = () => ids.filter((id) => standingOf(id).some(([, schema]) => schema === newId)).length;
  await until(() => done() >= 5);
  await first.stop();
  expect(done()).toBeLessThan(STATES);

  const second = await start();
  await until(() => done() === STATES && standingOf('redacted').length === 2 && standingOf('deleted').length === 2);
  // 33 states at most so many a second, the first of each start at once.
  expect(Date.now() - startedAt).toBeGreaterThan(((STATES - 2) / PER_SECOND) * 1_000);
  const work = () => store.republications.get(shop.vendor.name, entitySchemas.order.file);
  await until(async () => (await work())?.doneAt != null);

  for (const id of [...ids, 'deleted', 'redacted', 'stamped'])
    expect([id, standingOf(id)]).toEqual([
      id,
      [
        [5, firstId],
        [6, newId],
      ],
    ]);
  expect(standingOf('changed')).toEqual([
    [5, firstId],
    [8, firstId],
    [9, newId],
  ]);
  for (const id of ['under-way', 'foreign', 'unknown', 'damaged']) expect([id, standingOf(id).length]).toEqual([id, 1]);
  expect(standingOf('gone', `gone-${run}`)).toHaveLength(1);
  expect(shop.fetches).toEqual([]);

  const last = (id: string) =>
    records.filter((record) => record.key === eventKey(connection, id)).at(-1) as BrokerRecord;
  for (const [id, event] of [
    ['deleted', deleted],
    ['redacted', redacted],
  ] as const) {
    const { contentHash: hash, number, deleted: isDeleted } = event;
    const repeated = { version: 6, repeats: 5, snapshot: true, contentHash: hash, number, deleted: isDeleted };
    expect(parseEventHeaders(last(id).headers)).toMatchObject(repeated);
    const { entity } = await codec.decode(last(id).value as Buffer, 'order');
    expect(contentHash('order', entity)).toBe(hash);
    expect(entity.source).toMatchObject({ version: 6, contentHash: hash, via: 'HINT', observedAt: 9 });
  }

  // Once for this schema: a state that comes in the old one afterwards is nobody's work any more.
  await second.stop();
  const third = await start();
  await stand('late', { note: 'x' });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(standingOf('late')).toEqual([[5, firstId]]);
  await third.stop();
}, 60_000);
