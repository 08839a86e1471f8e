import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, control, create, line, until, useShop } from './shop-under-test.ts';

useShop();

const FIELDS =
  'id topic uri filter includeFields metafieldNamespaces createdAt endpoint { __typename ... on WebhookHttpEndpoint { callbackUrl } }';
const CREATE = `mutation($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) { webhookSubscription { ${FIELDS} } userErrors { field message } } }`;
const UPDATE = `mutation($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) { webhookSubscription { ${FIELDS} } userErrors { field message } } }`;
interface Payload {
  webhookSubscription: { id: string } | null;
  userErrors: { field: string[]; message: string }[];
}
const subscribe = async (webhookSubscription: object, topic = 'CUSTOMERS_UPDATE') =>
  (await ask(CREATE, { topic, webhookSubscription })).data?.webhookSubscriptionCreate as unknown as Payload;
const update = async (id: unknown, webhookSubscription: object) =>
  (await ask(UPDATE, { id, webhookSubscription })).data?.webhookSubscriptionUpdate as unknown as Payload;

async function receive(): Promise<{
  url: string;
  got: { headers: IncomingHttpHeaders; body: string }[];
  close: () => void;
}> {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    got,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('webhook subscriptions', () => {
  // Messages and fields as recorded from a real store.
  it.each([
    ['', "Address can't be blank"],
    ['  ', "Address can't be blank"],
    ['http://example.com/hook', 'Address protocol http:// is not supported'],
    ['https://localhost/hook', 'Address cannot be a Shopify or an internal domain'],
    ['https://10.1.2.3/hook', 'Address cannot be a Shopify or an internal domain'],
    ['https://shop.myshopify.com/hook', 'Address cannot be a Shopify or an internal domain'],
    ['https://demo.myshopify.test/hook', 'Address cannot be a Shopify or an internal domain'],
    ['nonsense', 'Address is invalid'],
  ])('refuse the address "%s": %s', async (uri, message) => {
    const refused = {
      webhookSubscription: null,
      userErrors: [{ field: ['webhookSubscription', 'callbackUrl'], message }],
    };
    expect(await subscribe({ uri })).toEqual(refused);
    const made = await subscribe({ uri: 'https://example.com/hook' });
    expect(await update(made.webhookSubscription?.id, { uri })).toEqual(refused);
  });

  it('say both faults of a Pub/Sub address without topic', async () => {
    expect((await subscribe({ uri: 'pubsub://valid-project:' })).userErrors.map((one) => one.message)).toEqual([
      'Address protocol pubsub:// is not supported',
      'Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic',
    ]);
  });

  it('keep filter and fields, check the filter, and are changed', async () => {
    const uri = 'https://example.com/kept';
    const made = await subscribe({
      uri,
      filter: 'customer_id:10586',
      includeFields: ['id', 'name'],
      metafieldNamespaces: ['custom'],
    });
    expect(made.webhookSubscription).toMatchObject({
      filter: 'customer_id:10586',
      includeFields: ['id', 'name'],
      metafieldNamespaces: ['custom'],
      endpoint: { __typename: 'WebhookHttpEndpoint', callbackUrl: uri },
    });
    const bogus = {
      field: ['webhookSubscription'],
      message: expect.stringContaining('The specified filter is invalid'),
    };
    expect((await subscribe({ uri: `${uri}/2`, filter: 'totally bogus syntax' })).userErrors).toEqual([bogus]);
    const { id } = made.webhookSubscription as { id: string };
    expect((await update(id, { filter: 'totally bogus syntax' })).userErrors).toEqual([bogus]);
    expect(await update(id, { uri, filter: 'id:1', includeFields: ['id'], metafieldNamespaces: [] })).toMatchObject({
      webhookSubscription: { filter: 'id:1', includeFields: ['id'], metafieldNamespaces: [] },
      userErrors: [],
    });
    expect((await subscribe({ uri })).userErrors).toMatchObject([
      { message: 'Address for this topic has already been taken' },
    ]);
    expect((await subscribe({ uri: `${uri}/3` })).webhookSubscription).toMatchObject({
      filter: null,
      includeFields: [],
    });
    expect((await update('gid://shopify/WebhookSubscription/9', { uri })).userErrors).toEqual([
      { field: ['id'], message: 'Webhook subscription does not exist' },
    ]);
  });

  it('send what the filter lets through, and of it the fields asked for; to this machine only when it is allowed', async () => {
    const receiver = await receive();
    const input = { uri: receiver.url, filter: 'financial_status:paid', includeFields: ['id', 'line_items.sku'] };
    expect((await subscribe(input, 'ORDERS_CREATE')).webhookSubscription).toBeNull();
    await control('PATCH', '/stores/demo.myshopify.test', { localWebhooks: true });
    expect((await subscribe(input, 'ORDERS_CREATE')).userErrors).toEqual([]);
    await create({ lineItems: [line('1.00')] });
    const paid = await create({ lineItems: [line('1.00')], financialStatus: 'PAID' });
    await until(() => receiver.got.length).toBe(1);
    expect(receiver.got[0]?.body).toBe(`{"id":${String(paid.legacyResourceId)},"line_items":[{"sku":"S"}]}`);
    receiver.close();
  });
});
