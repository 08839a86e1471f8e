import { createHmac } from 'node:crypto';
import type { ConnectionView } from '@entrepot/vendor-kit';
import { describeSource, describeWebhook, type SourceFault, type SourceHarness } from '@entrepot/vendor-kit/testing';
import { beforeAll, vi } from 'vitest';
import { secretsSchema, settingsSchema } from '../src/config.ts';
import { shopify } from '../src/index.ts';
import { webhookReceiver } from '../src/webhooks/receiver.ts';
import { never, plainOrder, startShop } from './shop-fixture.ts';

// Loopback HTTP on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

// The sandbox builds its schema at the first question, which on a busy machine takes longer than the tests' short timeout.
beforeAll(async () => {
  const shop = await startShop();
  await shop.open().fetch('order', ['1'], never);
  await shop.close();
});

const settings = { timeoutMs: 1000 };
const connection: ConnectionView = {
  id: 'shop',
  label: 'Shop',
  revision: 1,
  settings: settingsSchema.parse({ shop: 'demo.myshopify.test' }),
  secrets: secretsSchema.parse({ accessToken: 'sandbox-token', webhookSecrets: ['sandbox-secret'] }),
};

/** What each fault of the contract is at Shopify. */
const FAULTS: Readonly<Record<SourceFault, unknown>> = {
  down: { type: 'down' },
  unauthorized: { type: 'status', code: 401 },
  throttled: { type: 'status', code: 429 },
  garbage: { type: 'status', code: 200, body: '<html>not what was asked for</html>' },
  'repeats-request': { type: 'repeatRequest', code: 400 },
  silent: { type: 'commitLate', ms: 60_000, hang: true },
};

async function openHarness(entity: 'order' | 'customer'): Promise<SourceHarness> {
  const shop = await startShop();
  const setFault = async (fault: SourceFault | null): Promise<void> => {
    await shop.control('DELETE', '/faults');
    if (fault !== null) await shop.control('POST', '/faults', { fault: FAULTS[fault] });
  };
  const common = {
    vendor: shopify,
    connection,
    entity,
    open: () => shop.openInParts(settings),
    setFault,
    close: () => shop.close(),
    unknownId: '17',
  };
  if (entity === 'customer') {
    let made = 0;
    return {
      ...common,
      createRecord: async () => {
        made += 1;
        const { customers } = await shop.control<{ customers: string[] }>('POST', '/seed', {
          customers: [{ email: `c${made}@example.com` }],
        });
        return customers[0] ?? '';
      },
      changeRecord: async (sourceId) => {
        const update = 'mutation($input: CustomerInput!) { customerUpdate(input: $input) { userErrors { message } } }';
        await shop.graphql(update, {
          input: { id: `gid://shopify/Customer/${sourceId}`, note: `changed at ${performance.now()}` },
        });
      },
    };
  }
  const place = async (): Promise<string> =>
    (await shop.control('POST', '/orders', { order: plainOrder(), silent: true })).id;
  return {
    ...common,
    createRecord: place,
    changeRecord: async (sourceId) => {
      await shop.control('PATCH', `/orders/${sourceId}`, { set: { note: `changed at ${performance.now()}` } });
    },
    createUnmappable: async () => {
      const id = await place();
      await shop.control('PATCH', `/orders/${id}`, { corruptTotals: '1.00' });
      return id;
    },
  };
}

describeSource('shopify orders', () => openHarness('order'));
describeSource('shopify customers', () => openHarness('customer'));

const sign = (rawBody: Buffer) => ({
  rawBody,
  headers: {
    'x-shopify-topic': 'orders/create',
    'x-shopify-shop-domain': 'demo.myshopify.test',
    'x-shopify-event-id': 'event-1',
    'x-shopify-hmac-sha256': createHmac('sha256', 'sandbox-secret').update(rawBody).digest('base64'),
  },
});

describeWebhook('shopify', {
  receiver: webhookReceiver,
  connection,
  sign,
  makeWebhook: () => ({
    request: sign(Buffer.from('{"id":820982911946154508,"note":"a / b"}')),
    entity: 'order',
    sourceId: '820982911946154508',
  }),
  signatureHeader: 'x-shopify-hmac-sha256',
  foreignConnection: {
    ...connection,
    secrets: secretsSchema.parse({ accessToken: 'x', webhookSecrets: ['of another shop'] }),
  },
});
