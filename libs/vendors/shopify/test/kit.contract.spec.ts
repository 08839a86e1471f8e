import { createHmac } from 'node:crypto';
import type { ConnectionView } from '@entrepot/vendor-kit';
import {
  describeSource,
  type SourceEntityHarness,
  type SourceFault,
  type SourceSideHarness,
  type WebhookHarness,
} from '@entrepot/vendor-kit/testing';
import { beforeAll, vi } from 'vitest';
import { secretsSchema } from '../src/config.ts';
import { shopify } from '../src/index.ts';
import { never, plainOrder, startShop, type TestShop } from './shop-fixture.ts';

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
  settings: shopify.settings.parse({ shop: 'demo.myshopify.test' }),
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

async function openHarness() {
  const shop = await startShop();
  const common = {
    connection,
    setFault: async (fault: SourceFault | null): Promise<void> => {
      await shop.control('DELETE', '/faults');
      if (fault !== null) await shop.control('POST', '/faults', { fault: FAULTS[fault] });
    },
    close: () => shop.close(),
    unknownId: '17',
  };
  return { shop, common };
}

async function openOrders(): Promise<SourceEntityHarness<'order'>> {
  const { shop, common } = await openHarness();
  const place = async (): Promise<string> =>
    (await shop.control('POST', '/orders', { order: plainOrder(), silent: true })).id;
  const corrupt = async (): Promise<string> => {
    const id = await place();
    await shop.control('PATCH', `/orders/${id}`, { corruptTotals: '1.00' });
    return id;
  };
  return {
    ...common,
    entity: 'order',
    open: (order) => shop.openPlain({ ...settings, source: { order } }),
    createRecord: place,
    changeRecord: async (sourceId) => {
      await shop.control('PATCH', `/orders/${sourceId}`, { set: { note: `changed at ${performance.now()}` } });
    },
    removeRecord: (sourceId) =>
      remove(shop, 'mutation($id: ID!) { orderDelete(orderId: $id) { userErrors { message } } }', 'Order', sourceId),
    createUnmappable: corrupt,
    settings: { adjustmentPolicy: { value: 'adjust', makeRecord: corrupt } },
  };
}

async function openCustomers(): Promise<SourceEntityHarness<'customer'>> {
  const { shop, common } = await openHarness();
  let made = 0;
  return {
    ...common,
    entity: 'customer',
    open: () => shop.openPlain(settings),
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
    removeRecord: (sourceId) =>
      remove(
        shop,
        'mutation($id: ID!) { customerDelete(input: { id: $id }) { userErrors { message } } }',
        'Customer',
        sourceId,
      ),
  };
}

async function remove(shop: TestShop, mutation: string, type: string, sourceId: string): Promise<void> {
  const { data } = await shop.graphql<Record<string, { userErrors: { message: string }[] }>>(mutation, {
    id: `gid://shopify/${type}/${sourceId}`,
  });
  const errors = Object.values(data).flatMap(({ userErrors }) => userErrors);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join(' '));
}

const WEBHOOK_URL = 'http://127.0.0.1:9/webhooks/shop';

async function openSide(): Promise<SourceSideHarness> {
  const shop = await startShop();
  await shop.control('PATCH', '/stores/demo.myshopify.test', { localWebhooks: true });
  const place = async (order: Record<string, unknown>): Promise<void> =>
    void (await shop.control('POST', '/orders', { order: plainOrder(order), silent: true }));
  await place({ sourceName: 'pos', taxLines: [{ title: 'MwSt', rate: 0.19, priceSet: money('2.38') }] });
  await shop.graphql(CREATE, {
    topic: 'APP_UNINSTALLED',
    webhookSubscription: { uri: WEBHOOK_URL, format: 'JSON' },
  });
  return {
    open: () =>
      shop.openPlain(
        {
          ...settings,
          webhookUrl: WEBHOOK_URL,
          webhookTopics: [],
          auth: { type: 'clientCredentials', clientId: 'sandbox-client' },
        },
        { accessToken: null, clientSecret: 'sandbox-secret' },
      ),
    countSignIns: async () =>
      shop.sandbox.faults.requests.list().filter(({ path }) => path.endsWith('/access_token')).length,
    openPollOnly: () => shop.openPlain({ ...settings, webhookUrl: WEBHOOK_URL, pollOnly: true }),
    grantScopes: async (scopes) => void (await shop.control('PATCH', '/stores/demo.myshopify.test', { scopes })),
    dropSubscription: async (topic) => {
      const { data } = await shop.graphql<{ webhookSubscriptions: { nodes: { id: string; topic: string }[] } }>(
        '{ webhookSubscriptions(first: 100) { nodes { id topic } } }',
      );
      const [known] = data.webhookSubscriptions.nodes.filter(
        (one) => one.topic === topic.replace('/', '_').toUpperCase(),
      );
      await shop.graphql('mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }', {
        id: known?.id,
      });
    },
    close: () => shop.close(),
  };
}

const CREATE = `mutation($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) { userErrors { message } }
}`;

const money = (amount: string) => ({ shopMoney: { amount, currencyCode: 'USD' } });

const ID = '820982911946154508';

const sign = (rawBody: Buffer, topic = 'orders/create') => ({
  rawBody,
  headers: {
    'x-shopify-topic': topic,
    'x-shopify-shop-domain': 'demo.myshopify.test',
    'x-shopify-event-id': 'event-1',
    'x-shopify-hmac-sha256': createHmac('sha256', 'sandbox-secret').update(rawBody).digest('base64'),
  },
});

/** Bodies of topics whose record is another one than theirs; all others have the record's id. */
const BODIES: Readonly<Record<string, string>> = {
  'orders/edited': `{"order_edit":{"id":1,"order_id":${ID}}}`,
  'refunds/create': `{"id":1,"order_id":${ID}}`,
  'order_transactions/create': `{"id":1,"order_id":${ID}}`,
  'fulfillments/create': `{"id":1,"order_id":${ID}}`,
  'fulfillments/update': `{"id":1,"order_id":${ID}}`,
  'customers/merge': `{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/${ID}","admin_graphql_api_customer_deleted_id":"gid://shopify/Customer/9"}`,
};
const NOTICES = ['app/uninstalled', 'customers/redact', 'customers/data_request', 'shop/redact'];

const receiver = shopify.source?.webhook;
if (receiver === undefined) throw new Error('Shopify pushes webhooks');

const webhook: WebhookHarness = {
  receiver,
  connection,
  sign,
  makeWebhook: (topic) => ({
    request: sign(Buffer.from(BODIES[topic] ?? `{"id":${ID},"note":"a / b"}`), topic),
    about: NOTICES.includes(topic)
      ? null
      : { entity: topic.startsWith('customers/') ? 'customer' : 'order', sourceId: ID },
  }),
  signatureHeader: 'x-shopify-hmac-sha256',
  foreignConnection: {
    ...connection,
    secrets: secretsSchema.parse({ accessToken: 'x', webhookSecrets: ['of another shop'] }),
  },
  pollOnlyConnection: {
    ...connection,
    settings: shopify.settings.parse({ shop: 'demo.myshopify.test', pollOnly: true }),
  },
};

describeSource({
  vendor: shopify,
  entities: { order: openOrders, customer: openCustomers },
  side: openSide,
  webhook,
});
