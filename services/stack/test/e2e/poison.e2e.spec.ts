import { request } from 'node:http';
import { type Broker, connectBroker, type Publisher, RecordTooLarge } from '@entrepot/broker';
import {
  createOrder,
  entitySchemas,
  entityTopic,
  formatLaneHeaders,
  inboxTopic,
  laneTopic,
  subjectOf,
} from '@entrepot/canonical';
import { createCodec, createRegistryClient, frameRecord } from '@entrepot/codec';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageView } from '../../src/demo/admin-client.ts';
import { findNewestDelivery, waitForState } from '../../src/demo/delivery-watch.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { FOREIGN_SCHEMA, gatherZoo, headersOf, type Specimen } from './record-zoo.ts';
import { sendWebhook } from './signed-webhook.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

/** A second on a quiet machine; a busy one gets more before the test fails. */
const ACCOUNTED_WITHIN_MS = 10_000;

/** Of the right form: 32 bytes in base64. */
const SIGNATURE = `${'A'.repeat(43)}=`;

let test: TestStack;
let broker: Broker;
let publisher: Publisher;
/** May write what the headers of a lane add to the largest record. */
let generous: Publisher;
let registry: ReturnType<typeof createRegistryClient>;

beforeAll(async () => {
  test = await startTestStack();
  const metrics = createMetrics({ service: 'e2e', processMetrics: false });
  const brokers = [test.stack.infra.kafkaBrokers];
  broker = await connectBroker({ brokers, clientId: 'zoo', log: createSilentLogger(), metrics });
  publisher = await broker.publisher();
  generous = await broker.publisher({ writesLanes: true });
  registry = createRegistryClient({ baseUrl: test.stack.infra.registryUrl });
}, 180_000);

afterAll(async () => {
  await publisher?.close();
  await generous?.close();
  await broker?.close();
  await test?.stop();
}, 60_000);

/** Messages with an error, by their record's place. */
async function listErrors(): Promise<Map<string, MessageView>> {
  const messages = await test.admin.listMessages({ open: 'true', limit: '200' });
  return new Map(messages.flatMap((message) => (message.record === null ? [] : [[placeOf(message.record), message]])));
}

function placeOf({ topic, partition, offset }: { topic: string; partition: number; offset: string }): string {
  return `${topic}/${partition}/${offset}`;
}

function waitForError(place: { topic: string; partition: number; offset: string }): Promise<MessageView> {
  return waitFor('the record to be shown', async () => (await listErrors()).get(placeOf(place)), ACCOUNTED_WITHIN_MS);
}

function send({ topic, key, value, headers = {}, partition }: Specimen) {
  return publisher.send(topic, { key, value, headers, ...(partition !== undefined && { partition }) });
}

it('every bad record is accounted for by its place and cause; good ones before, between and behind them arrive', async () => {
  const before = await test.shop.placeOrder();
  const delivered = await waitForState(test.admin, before.id, ['verified']);
  const partition = (await test.admin.showDelivery(delivered.id)).record?.partition ?? 0;
  const foreignId = await registry.registerSchema('parcel-value', FOREIGN_SCHEMA);
  const zoo = await gatherZoo(createCodec({ registry }), foreignId, partition);
  const missing = new Map(
    await Promise.all(zoo.map(async (specimen) => [placeOf(await send(specimen)), specimen] as const)),
  );
  // Behind the bad ones in the same partition: the next state of the order's key.
  await test.control.patch(`shopify/orders/${before.id}`, { set: { note: 'behind the bad ones' } });
  const another = await test.shop.placeOrder();
  const take = async () => {
    const errors = await listErrors();
    for (const [place, { what, shown }] of missing) {
      const error = errors.get(place)?.error ?? null;
      if (error === null) continue;
      expect.soft({ what, code: error.code }).toEqual({ what, code: shown.code });
      expect.soft(error.message, what).toMatch(shown.words);
      missing.delete(place);
    }
    return missing.size === 0;
  };
  const late = () => [...missing.values()].map(({ what }) => what).join('; ');
  await waitFor('all bad records to be shown', take, 3 * ACCOUNTED_WITHIN_MS, late);
  await waitForNewer(before.id, delivered.version);
  await waitForState(test.admin, another.id, ['verified']);
});

function waitForNewer(orderId: string, version: number) {
  return waitFor('the newer state to arrive', async () => {
    const found = await findNewestDelivery(test.admin, orderId);
    return found !== null && found.version > version && found.state === 'verified';
  });
}

describe('a bad record alone', () => {
  it('is shown within moments, and the next one of its key arrives', async () => {
    const order = await test.shop.placeOrder();
    const { version } = await waitForState(test.admin, order.id, ['verified']);
    const value = frameRecord(1_999_999_999, Buffer.from([1]));
    const headers = headersOf('alone');
    const place = await publisher.send(entityTopic('order'), { key: `shop/${order.id}`, value, headers });
    const shown = await waitForError(place);
    expect(shown).toMatchObject({ open: true, error: { kind: 'decode', code: 'UnknownSchemaId' } });
    await test.control.patch(`shopify/orders/${order.id}`, { set: { note: 'behind the bad one' } });
    await waitForNewer(order.id, version);
  });

  it('of 5 MB is refused where it is sent, with both sizes; nothing of it reaches Kafka', async () => {
    const value = Buffer.alloc(5 * 1024 * 1024);
    const sending = publisher.send(entityTopic('order'), { key: 'shop/5', value, headers: headersOf('5') });
    await expect(sending).rejects.toBeInstanceOf(RecordTooLarge);
    await expect(sending).rejects.toThrow(/5\d{6} bytes.*limit 4194304/);
  });

  it('that its writer was told to take and the sink was not is told as too large, with what to set', async () => {
    const codec = createCodec({ registry });
    const id = 'too-large';
    const source = { connection: 'shop', vendor: 'shopify', id };
    const headers = headersOf(id);
    const encode = (note: string) => codec.encode('order', createOrder({ source, note, paymentStatus: 'PAID' }));
    // More than the sink may write, its lane's headers included, and less than the topic takes.
    const value = await encode('x'.repeat(4 * 1024 * 1024 + 32_000));
    const place = await generous.send(entityTopic('order'), { key: `shop/${id}`, value, headers });
    const shown = await waitForError(place);
    expect(shown.error).toMatchObject({ code: 'too-large', advice: expect.stringContaining('it is 4194304') });
    const [, needed] = /ENTREPOT_MAX_RECORD_BYTES of all services to (\d+)/.exec(shown.error?.advice ?? '') ?? [];
    expect(Number(needed)).toBeGreaterThan(4_194_304);
    expect(Number(needed)).toBeLessThan(4_194_304 + 2_000);
  });

  it('for a flow or a connection that is gone fails in its lane, and holds up nobody', async () => {
    const value = await createCodec({ registry }).encode(
      'order',
      createOrder({ source: { connection: 'shop', vendor: 'shopify', id: '77' } }),
    );
    const first = { attempt: 1, force: false, operationId: null, routedAtMicros: null };
    const lane = { flow: 'order:shop:erp', flowRevision: 1, to: 'erp', ...first };
    const cases = [
      { deliveryId: 'zoo-flow', change: { flow: 'order:shop:nowhere' }, code: 'flow-deleted' },
      { deliveryId: 'zoo-to', change: { to: 'shop' }, code: 'not-of-flow' },
      { deliveryId: 'zoo-nobody', change: { to: 'nobody' }, code: 'connection-deleted' },
    ];
    for (const { deliveryId, change } of cases) {
      const headers = { ...headersOf('77'), ...formatLaneHeaders({ ...lane, deliveryId, ...change }) };
      await publisher.send(laneTopic('sap-b1'), { key: 'shop/77', value, partition: 0, headers });
    }
    for (const { deliveryId, code } of cases) {
      const shown = await waitFor(
        `${deliveryId} to fail`,
        async () => (await test.admin.listDeliveries({ sourceId: '77' })).find(({ id }) => id === deliveryId),
        ACCOUNTED_WITHIN_MS,
      );
      expect(shown).toMatchObject({ state: 'failed', error: { code } });
      expect(shown.error?.advice).toBeTruthy();
    }
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, ['verified']);
  });

  it('a hint of an unknown connection is told as unmapped', async () => {
    const value = Buffer.from(JSON.stringify({ connection: 'nobody', entity: 'order', sourceId: '1', cause: 'zoo' }));
    await publisher.send(inboxTopic('shopify'), { key: 'nobody/1', value });
    const [shown] = await waitFor(
      'the hint to be shown',
      async () => {
        const found = await test.admin.listMessages({ connection: 'nobody', state: 'unmapped' });
        return found.length > 0 ? found : null;
      },
      ACCOUNTED_WITHIN_MS,
    );
    expect(shown?.error).toMatchObject({ code: 'unknown-connection' });
  });
});

describe('versions of a schema side by side', () => {
  it('orders of this version, of a newer and of an older one, mixed on one topic, are all read; what breaks readers is refused', async () => {
    const codec = createCodec({ registry });
    const { schema } = entitySchemas.order;
    const newer = { ...schema, fields: [{ name: 'gift', type: ['null', 'string'], default: null }, ...schema.fields] };
    const subject = subjectOf('order');
    const newerId = await registry.registerSchema(subject, newer);
    expect(newerId).not.toBe(await registry.registerSchema(subject, schema));
    const older = { ...schema, fields: schema.fields.slice(0, -1) };
    const olderId = await registry.registerSchema(subject, older);
    // A branch index before all else: what a writer of the newer version puts there, the rest is the order of today.
    const gift = Buffer.concat([Buffer.from([2, 10]), Buffer.from('socks')]);
    const ids = ['v-now', 'v-newer', 'v-older', 'v-now-again'];
    for (const id of ids) {
      const value = await codec.encode(
        'order',
        createOrder({ source: { connection: 'shop', vendor: 'shopify', id }, test: true }),
      );
      const body = value.subarray(5);
      // The last field, an empty list, is one zero: what a writer of the older version does not write.
      expect(body.at(-1)).toBe(0);
      const writers: Record<string, Buffer> = {
        'v-newer': frameRecord(newerId, Buffer.concat([gift, body])),
        'v-older': frameRecord(olderId, body.subarray(0, -1)),
      };
      const written = writers[id] ?? value;
      const headers = headersOf(id, { eventId: id });
      await publisher.send(entityTopic('order'), { key: `shop/${id}`, value: written, headers });
    }
    for (const id of ids) {
      const delivery = await waitForState(test.admin, id, ['skipped']);
      const shown = await test.admin.showDelivery(delivery.id);
      expect(shown.payload).toMatchObject({ source: { id }, test: true });
      expect(shown.payload).not.toHaveProperty('gift');
    }
    const broken = { ...schema, fields: [{ name: 'must', type: 'string' }, ...schema.fields] };
    await expect(registry.registerSchema(subject, broken)).rejects.toMatchObject({ name: 'IncompatibleSchema' });
  });
});

describe('bad requests', () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const webhook = (body: string, options = {}) => sendWebhook(test.stack.webhookUrlOf('shopify'), body, options);

  it.each([
    ['that is no JSON', '{"id":', {}, 400, /not JSON/],
    ['nested ten thousand levels', nested(10_000), {}, 400, /./],
    ['of a __proto__', '{"__proto__":{"id":1}}', {}, 400, /"id"/],
    ['with a wrong signature', '{"id":1}', { secret: 'wrong' }, 401, /signature/],
    ['of an unknown connection', '{"id":1}', { connection: '__proto__' }, 404, /no shopify connection/],
  ] as const)('a webhook %s is refused, saying why', async (_what, body, options, status, words) => {
    const answer = await webhook(body, options);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ status, title: expect.any(String) });
    expect(JSON.parse(answer.body).detail).toMatch(words);
  });

  it.each([
    [
      'more than 16 MiB',
      { 'content-length': 16 * 1024 * 1024 + 1, 'x-shopify-hmac-sha256': SIGNATURE },
      413,
      '16777216 bytes',
    ],
    ['an unsigned body', { 'content-length': 900_000 }, 401, 'signature'],
  ])('a webhook of %s is refused before it has been sent', async (_what, headers, status, words) => {
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const sending = request(
        `${test.stack.webhookUrlOf('shopify')}/webhooks/shop`,
        { method: 'POST', headers },
        (response) => {
          let body = '';
          response.on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode, body }));
        },
      );
      sending.on('error', reject).flushHeaders();
    });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).detail).toContain(words);
  });

  it.each([
    ['a body larger than a megabyte', `{"reason":"${'x'.repeat(1_100_000)}"}`, 413],
    ['a body that is no JSON', '{"reason":', 400],
    ['a body nested ten thousand levels', `{"reason":${nested(10_000)}}`, 400],
    ['a __proto__', '{"reason":"why","__proto__":{"force":true}}', 400],
    ['a constructor', '{"reason":"why","constructor":{"prototype":{"force":true}}}', 400],
  ] as const)('the admin API refuses %s', async (_what, body, status) => {
    const response = await fetch(`${test.stack.adminUrl}/v1/deliveries/none/discard`, {
      method: 'POST',
      headers: { authorization: `Bearer ${test.stack.adminToken.token}`, 'content-type': 'application/json' },
      body,
    });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(response.status).toBe(status);
    expect(((await response.json()) as { detail: string }).detail).not.toBe('');
  });
});

it('at the end nothing is unaccounted for, and no service has died', async () => {
  const order = await test.shop.placeOrder();
  await waitForState(test.admin, order.id, ['verified']);
  const report = await waitFor('the ledger to catch up', async () => {
    const found = await test.admin.get<{ items: unknown[]; complete: boolean }>('/v1/unaccounted');
    return found.complete ? found : null;
  });
  expect(report.items).toEqual([]);
  expect(test.stack.services.map((service) => service.state())).toEqual(test.stack.services.map(() => 'ready'));
});
