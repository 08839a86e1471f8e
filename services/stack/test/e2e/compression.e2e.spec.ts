import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Broker, connectBroker } from '@entrepot/broker';
import { listConnectorTopics, listSharedTopics, listSinkTopics } from '@entrepot/canonical';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

const SINK = 'sink-sap-b1';
/** Low byte of a batch's attributes, from its beginning; its three lowest bits name the compression. Five is none of Kafka's. */
const ATTRIBUTES_AT = 22;
const UNKNOWN_COMPRESSION = 5;

let test: TestStack;
let broker: Broker;

beforeAll(async () => {
  test = await startTestStack(undefined, 'separate');
  broker = await connectBroker({
    brokers: [test.stack.infra.kafkaBrokers],
    clientId: 'compression-test',
    log: createSilentLogger(),
    metrics: createMetrics({ service: 'e2e', processMetrics: false }),
  });
}, 180_000);

afterAll(async () => {
  await broker?.close();
  await test?.stop();
}, 60_000);

interface Trouble {
  readonly service: string;
  readonly subject: string;
  readonly message: string;
}

async function listAttention(): Promise<readonly Trouble[]> {
  return (await test.admin.get<{ items: readonly Trouble[] }>('/v1/attention')).items;
}

/** What somebody does with Kafka's own tools, for all topics of ours. */
async function setCompression(compression: string): Promise<void> {
  const topics = [...listSharedTopics(), ...listConnectorTopics('shopify'), ...listSinkTopics('sap-b1')];
  await broker.ensureTopics(
    topics.map((topic) => ({ ...topic, config: { ...topic.config, 'compression.type': compression } })),
  );
  await sleep(300);
}

async function findRecord(orderId: string) {
  return waitFor(`the event of order ${orderId}`, async () => {
    const [message] = await test.admin.listMessages({ entity: 'order', sourceId: orderId });
    return message?.record ?? null;
  });
}

it('orders flow while all topics are set to zstd, snappy, lz4 and back', async () => {
  const orders: string[] = [];
  for (const compression of ['zstd', 'snappy', 'lz4', 'producer']) {
    orders.push((await test.shop.placeOrder()).id);
    await setCompression(compression);
    orders.push((await test.shop.placeOrder()).id, (await test.shop.placeOrder()).id);
  }
  for (const id of orders) {
    await waitForState(test.admin, id, ['verified'], 60_000);
    expect(await test.erp.findOrders(`shop/${id}`), `order ${id} in SAP`).toHaveLength(1);
  }
  expect(await listAttention()).toEqual([]);
  expect((await test.admin.get<{ items: unknown[] }>('/v1/unaccounted')).items).toEqual([]);
}, 180_000);

it('a batch that is damaged on the disk holds its partition alone, is told of, and is read on once it is sound again', async () => {
  const sink = test.stack.service(SINK);
  await sink.stop();
  const order = await test.shop.placeOrder();
  const { topic, partition, offset } = await findRecord(order.id);
  const file = join(test.home, 'infra', 'kafka', 'log', `${topic}-${partition}`, `${'0'.repeat(20)}.log`);
  const at = findBatch(readFileSync(file), BigInt(offset)) + ATTRIBUTES_AT;
  const sound = readFileSync(file).readUInt8(at);
  writeByte(file, at, (sound & ~0x07) | UNKNOWN_COMPRESSION);
  await sink.start();

  const [told] = await waitFor('the damage to be told', async () => {
    const items = await listAttention();
    return items.length > 0 ? items : null;
  });
  expect(told).toMatchObject({ service: SINK, subject: `${topic}/${partition}` });
  expect(told?.message).toContain(`at offset ${offset} cannot be decoded`);
  const ready = await fetch(`${sink.operationsUrl}/readyz`);
  expect(ready.status).toBe(200);
  expect(JSON.stringify(await ready.json())).toContain(`${topic}/${partition}`);

  let others = 0;
  while (others < 2) {
    const other = await test.shop.placeOrder();
    if ((await findRecord(other.id)).partition === partition) continue;
    await waitForState(test.admin, other.id, ['verified'], 60_000);
    others += 1;
  }
  expect(await test.erp.findOrders(`shop/${order.id}`)).toEqual([]);

  writeByte(file, at, sound);
  await waitForState(test.admin, order.id, ['verified'], 60_000);
  expect(await test.erp.findOrders(`shop/${order.id}`)).toHaveLength(1);
  await waitFor('the trouble to be over', async () => (await listAttention()).length === 0);
}, 180_000);

/** Where the batch with this first offset begins in a segment of the log: each begins with its first offset and its length. */
function findBatch(segment: Buffer, firstOffset: bigint): number {
  for (let at = 0; at < segment.length; at += 12 + segment.readInt32BE(at + 8)) {
    if (segment.readBigInt64BE(at) === firstOffset) return at;
  }
  throw new Error(`no batch begins at offset ${firstOffset}`);
}

function writeByte(file: string, at: number, byte: number): void {
  const descriptor = openSync(file, 'r+');
  try {
    writeSync(descriptor, Buffer.from([byte]), 0, 1, at);
  } finally {
    closeSync(descriptor);
  }
}
