import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Source, SubscriptionFindings } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { secretsSchema, settingsSchema, WEBHOOK_TOPICS } from '../src/config.ts';
import { webhookReceiver } from '../src/webhooks/receiver.ts';
import { never, plainOrder, startShop, type TestShop } from './shop-fixture.ts';

vi.setConfig({ testTimeout: 20_000 });

const WANTED = [...WEBHOOK_TOPICS, 'app/uninstalled'];

let shop: TestShop;
let url: string;
let status: number;
let bodies: { topic: string; body: Buffer }[];
let close: () => void;

beforeEach(async () => {
  status = 200;
  bodies = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push({ topic: String(request.headers['x-shopify-topic']), body: Buffer.concat(chunks) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  close = () => {
    receiver.closeAllConnections();
    receiver.close();
  };
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhooks/shop`;
  shop = await startShop({ webhookRetryDelaysMs: [5, 5, 5, 5, 5, 5, 5, 5] });
  await shop.control('PATCH', '/stores/demo.myshopify.test', { localWebhooks: true });
});
afterEach(async () => {
  await shop.close();
  close();
});

const look = (
  source: Pick<Source, 'checkSubscriptions'>,
  known: readonly string[] = [],
): Promise<SubscriptionFindings> => {
  if (source.checkSubscriptions === null) throw new Error('the source looks after no subscriptions');
  return source.checkSubscriptions(known, never);
};
const listed = async (): Promise<{ topic: string; uri: string }[]> =>
  (
    await shop.graphql<{ webhookSubscriptions: { nodes: { topic: string; uri: string }[] } }>(
      '{ webhookSubscriptions(first: 100) { nodes { topic uri } } }',
    )
  ).data.webhookSubscriptions.nodes;
const place = () =>
  shop.graphql(
    'mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id } userErrors { message } } }',
    {
      order: plainOrder(),
    },
  );

describe('webhook subscriptions', () => {
  it('are made with the connection’s address when there are none, and left alone when they are there', async () => {
    const source = shop.open({ webhookUrl: url });
    const first = await look(source);
    expect([...first.made].sort()).toEqual([...WANTED].sort());
    expect([...first.present].sort()).toEqual([...WANTED].sort());
    expect(first.missing).toEqual([]);
    expect((await listed()).map((one) => one.uri)).toEqual(WANTED.map(() => url));
    expect((await look(source, first.present)).made).toEqual([]);
  });

  it('send small bodies that the receiver reads all the same', async () => {
    await look(shop.open({ webhookUrl: url }));
    await place();
    await expect
      .poll(() => bodies.map(({ topic }) => topic).sort(), { timeout: 5_000 })
      .toEqual(['customers/create', 'orders/create', 'orders/paid', 'order_transactions/create'].sort());
    const settings = settingsSchema.parse({ shop: 'demo.myshopify.test' });
    const secrets = secretsSchema.parse({ webhookSecrets: ['sandbox-secret'] });
    const connection = { id: 'shop', label: 'Shop', revision: 1, settings, secrets };
    for (const { topic, body } of bodies) {
      expect(body.length).toBeLessThan(150);
      const hmac = createHmac('sha256', 'sandbox-secret').update(body).digest('base64');
      const headers = {
        'x-shopify-topic': topic,
        'x-shopify-shop-domain': 'demo.myshopify.test',
        'x-shopify-hmac-sha256': hmac,
      };
      expect(webhookReceiver.read({ rawBody: body, headers }, connection).hints).toHaveLength(1);
    }
  });

  it('that Shopify deleted after eight failures are found missing, and made again', async () => {
    const source = shop.open({ webhookUrl: url });
    const { present } = await look(source);
    status = 413;
    await place();
    await expect
      .poll(async () => (await listed()).map(({ topic }) => topic), { timeout: 5_000 })
      .not.toContain('ORDERS_CREATE');
    status = 200;
    const { made, missing } = await look(source, present);
    expect(made).toContain('orders/create');
    expect(missing).toEqual([]);
    bodies = [];
    await place();
    await expect.poll(() => bodies.map(({ topic }) => topic), { timeout: 5_000 }).toContain('orders/create');
  });

  it('that Shopify does not take are told with its words', async () => {
    const { made, missing } = await look(
      shop.open({ webhookUrl: 'http://hooks.example.com/webhooks/shop', webhookTopics: ['orders/create'] }),
    );
    expect(made).toEqual([]);
    expect(missing).toEqual(
      ['orders/create', 'app/uninstalled'].map((topic) => ({
        topic,
        reason: 'Shopify refuses http://hooks.example.com/webhooks/shop: Address protocol http:// is not supported',
      })),
    );
  });

  it('without an address only those that were there once are missing, and none is made', async () => {
    await look(shop.open({ webhookUrl: url, webhookTopics: ['orders/create', 'orders/updated'] }));
    const source = shop.open({});
    expect(await look(source)).toEqual({
      present: ['orders/create', 'orders/updated', 'app/uninstalled'],
      made: [],
      missing: [],
    });
    const known = ['orders/create', 'orders/paid', 'products/create'];
    expect((await look(source, known)).missing).toEqual([
      { topic: 'orders/paid', reason: expect.stringContaining('webhookUrl') },
    ]);
    expect(await listed()).toHaveLength(3);
  });

  it('of the app’s own configuration are in no list: they are neither missing nor doubled', async () => {
    await shop.control('POST', '/seed', {
      stores: [{ domain: 'toml.myshopify.test', token: 'toml-token', webhookUrl: url }],
    });
    const source = shop.open({ shop: 'toml.myshopify.test' }, { accessToken: 'toml-token' });
    expect(await look(source)).toEqual({ present: [], made: [], missing: [] });
  });

  it('are nobody’s matter where changes are found by polls alone', () => {
    expect(shop.open({ pollOnly: true, webhookUrl: url }).checkSubscriptions).toBeNull();
  });
});
