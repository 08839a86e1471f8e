import { createHmac } from 'node:crypto';
import { type ConnectionView, MalformedWebhook, type WebhookRequest } from '@entrepot/vendor-kit';
import { isVerified } from '@entrepot/vendor-kit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ShopifySecrets, type ShopifySettings, secretsSchema, settingsSchema } from '../src/config.ts';
import { parseExactJson, webhookReceiver } from '../src/webhooks/receiver.ts';

const connection: ConnectionView<ShopifySettings, ShopifySecrets> = {
  id: 'shop',
  label: 'Shop',
  revision: 1,
  settings: settingsSchema.parse({ shop: 'demo.myshopify.test' }),
  secrets: secretsSchema.parse({
    accessToken: 'x',
    clientSecret: 'new-secret',
    webhookSecrets: ['sandbox-secret', 'old-secret'],
  }),
};

function request(
  body: string,
  options: { secret?: string; topic?: string; headers?: Record<string, string | undefined> } = {},
): WebhookRequest {
  const rawBody = Buffer.from(body);
  return {
    rawBody,
    headers: {
      'x-shopify-topic': options.topic ?? 'orders/create',
      'x-shopify-hmac-sha256': createHmac('sha256', options.secret ?? 'sandbox-secret')
        .update(rawBody)
        .digest('base64'),
      'x-shopify-shop-domain': 'demo.myshopify.test',
      'x-shopify-api-version': '2026-10',
      'x-shopify-webhook-id': 'w-1',
      'x-shopify-event-id': 'e-1',
      'x-shopify-triggered-at': '2026-11-01T12:00:00.5Z',
      ...options.headers,
    },
  };
}

const ORDER =
  '{"id":820982911946154508,"admin_graphql_api_id":"gid:\\/\\/shopify\\/Order\\/820982911946154508","note":"a/b & ü"}';

describe('size', () => {
  it('takes the body of an order of 300 lines with ten properties each', () => {
    const properties = Array.from({ length: 10 }, (_, index) => ({ name: `p${index}`, value: 'x'.repeat(450) }));
    const lines = Array.from({ length: 300 }, (_, id) => ({ id, properties }));
    const wide = request(`${ORDER.slice(0, -1)},"line_items":${JSON.stringify(lines)}}`);
    expect(wide.rawBody.length).toBeGreaterThan(1_400_000);
    expect(webhookReceiver.maxBytes).toBeGreaterThan(8 * 1024 * 1024);
    expect(isVerified(webhookReceiver, wide, connection)).toBe(true);
    expect(JSON.stringify(webhookReceiver.read(wide, connection))).toContain('820982911946154508');
  });
});

describe('signature', () => {
  it.each(['new-secret', 'sandbox-secret', 'old-secret'])('takes %s', (secret) => {
    expect(isVerified(webhookReceiver, request(ORDER, { secret }), connection)).toBe(true);
  });

  it('refuses a wrong secret, a changed byte, hex, junk and nothing', () => {
    expect(isVerified(webhookReceiver, request(ORDER, { secret: 'wrong' }), connection)).toBe(false);
    const good = request(ORDER);
    expect(isVerified(webhookReceiver, { ...good, rawBody: Buffer.from(`${ORDER} `) }, connection)).toBe(false);
    const hex = createHmac('sha256', 'sandbox-secret').update(ORDER).digest('hex');
    for (const given of [hex, 'abc', '', undefined]) {
      const headers = { ...good.headers, 'x-shopify-hmac-sha256': given };
      expect(isVerified(webhookReceiver, { ...good, headers }, connection)).toBe(false);
    }
  });

  it('is over the raw bytes, not over re-written JSON', () => {
    const rewritten = request(JSON.stringify(JSON.parse(ORDER)));
    expect(isVerified(webhookReceiver, { ...rewritten, rawBody: Buffer.from(ORDER) }, connection)).toBe(false);
  });
});

describe('reading', () => {
  const read = (body: string, options = {}) => webhookReceiver.read(request(body, options), connection);

  it('gives a hint with the exact id', () => {
    expect(read(ORDER)).toEqual({
      hints: [{ entity: 'order', sourceId: '820982911946154508', cause: 'orders/create', creation: true }],
      duplicateKey: 'demo.myshopify.test|orders/create|e-1',
      attention: null,
    });
  });

  it.each([
    ['orders/delete', '{"id":820982911946154509}', 'order', '820982911946154509'],
    [
      'orders/edited',
      '{"order_edit":{"id":78912328793123781,"order_id":820982911946154509}}',
      'order',
      '820982911946154509',
    ],
    ['refunds/create', '{"id":5,"order_id":820982911946154511}', 'order', '820982911946154511'],
    ['order_transactions/create', '{"id":5,"order_id":7}', 'order', '7'],
    ['fulfillments/create', '{"id":5,"order_id":7}', 'order', '7'],
    [
      'customers/update',
      '{"id":706405506930370084,"admin_graphql_api_id":"gid://shopify/Customer/706405506930370084"}',
      'customer',
      '706405506930370084',
    ],
    ['customers/delete', '{"id":706405506930370085}', 'customer', '706405506930370085'],
  ])('%s', (topic, body, entity, sourceId) => {
    expect(read(body, { topic }).hints).toEqual([
      {
        entity,
        sourceId,
        cause: topic,
        ...(topic.endsWith('/delete') && { deletion: true }),
        // What is created with the others is no order of its own.
        ...(['orders/create', 'customers/create'].includes(topic) && { creation: true }),
      },
    ]);
  });

  it('a merge touches both customers', () => {
    const body =
      '{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/1","admin_graphql_api_customer_deleted_id":"gid://shopify/Customer/2"}';
    expect(read(body, { topic: 'customers/merge' }).hints.map((hint) => hint.sourceId)).toEqual(['1', '2']);
  });

  it('takes the webhook id where there is no event id, and knows no duplicates without both', () => {
    expect(read(ORDER, { headers: { 'x-shopify-event-id': undefined } }).duplicateKey).toBe(
      'demo.myshopify.test|orders/create|w-1',
    );
    expect(
      read(ORDER, { headers: { 'x-shopify-event-id': undefined, 'x-shopify-webhook-id': undefined } }).duplicateKey,
    ).toBeNull();
  });

  it('has no hints for topics we have no use for', () => {
    expect(read('{"id":1}', { topic: 'products/update' }).hints).toEqual([]);
    const settings = { ...connection.settings, webhookTopics: ['orders/create' as const] };
    expect(
      webhookReceiver.read(request(ORDER, { topic: 'orders/updated' }), { ...connection, settings }).hints,
    ).toEqual([]);
  });

  // The topic and the version are headers, which the signature does not cover.
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'a topic named like a property of every object, %s, is a topic we have no use for',
    (topic) => {
      expect(read('{"id":1}', { topic })).toMatchObject({ hints: [], attention: null });
    },
  );

  it('shows nothing of a version header that is no version', () => {
    const { attention } = read(ORDER, { headers: { 'x-shopify-api-version': '<b>call +1 555 0100</b>' } });
    expect(attention).toBe(
      'Shopify sends webhooks of another API version, configured is 2026-10: set the same version in the app and in the connection.',
    );
  });

  it('raises attention for another API version and for the app’s end', () => {
    expect(read(ORDER, { headers: { 'x-shopify-api-version': '2026-01' } }).attention).toContain(
      '2026-01, configured is 2026-10',
    );
    expect(read('{}', { topic: 'app/uninstalled' }).attention).toContain('uninstalled');
  });

  it.each([
    ['no JSON', {}],
    ['[1]', {}],
    ['{"id":"x"}', {}],
    ['{"id":1.5}', {}],
    ['{}', { topic: 'orders/edited' }],
    [ORDER, { headers: { 'x-shopify-shop-domain': 'other.myshopify.test' } }],
    [ORDER, { headers: { 'x-shopify-shop-domain': undefined } }],
    [ORDER, { headers: { 'x-shopify-topic': undefined } }],
  ])('refuses %s %o', (body, options) => {
    expect(() => read(body, options)).toThrow(MalformedWebhook);
  });
});

describe('exact JSON', () => {
  it('keeps every integer, however long', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), (id) => {
        expect(String((parseExactJson(`{"id":${id}}`) as { id: unknown }).id)).toBe(String(id));
      }),
    );
  });
});
