import type { AddressInfo } from 'node:net';
import express from 'express';
import { buildClientSchema, type GraphQLObjectType, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createShopifySandbox } from '../src/index.ts';
import { servedVersion } from '../src/schema/versions.ts';
import { ask, control, create, line, sandbox, useShop } from './shop-under-test.ts';

useShop();

const statusOf = async (id: unknown, version: string) =>
  (await ask('query($id: ID!) { order(id: $id) { displayFulfillmentStatus } }', { id }, 'sandbox-token', version)).data
    ?.order?.displayFulfillmentStatus;
const VERSIONS = ['2026-01', '2026-04', '2026-07', '2026-10'];

describe('versions', () => {
  // 2026-01 until 16 January 2027, the others on the 16th a year and a quarter-month after their release, 15:00 UTC.
  it.each([
    ['2026-01', '2027-01-16T14:59:59Z', '2026-01'],
    ['2026-01', '2027-01-16T15:00:00Z', '2026-04'],
    ['2023-01', '2026-11-30T00:00:00Z', '2026-01'],
    ['2026-04', '2027-04-17T00:00:00Z', '2026-07'],
    ['2026-10', '2027-10-16T14:00:00Z', '2026-10'],
    ['2027-01', '2026-11-30T00:00:00Z', '2027-01'],
    ['unstable', '2026-11-30T00:00:00Z', 'unstable'],
    ['2026-01', '2030-01-01T00:00:00Z', '2026-10'],
  ])('%s at %s is answered as %s', (asked, at, served) => {
    expect(servedVersion(asked, Date.parse(at))).toBe(served);
  });

  it('fall forward by the clock of the sandbox', async () => {
    const later = createShopifySandbox({ now: () => Date.parse('2027-02-01T00:00:00Z') });
    const server = express().use(later.serve).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const answer = await fetch(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/shopify/admin/api/2026-01/graphql.json`,
      { method: 'POST', headers: { 'x-shopify-access-token': 'sandbox-token' }, body: '{"query":"{ shop { name } }"}' },
    );
    expect(answer.headers.get('x-shopify-api-version')).toBe('2026-04');
    await later.close();
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['cancelled', { cancel: { refund: false } }],
    ['edited to nothing', { quantities: { '0': 0 } }],
  ])('say of an order that is %s what they have a word for', async (_, patch) => {
    const order = await create({ lineItems: [line('10.00')] });
    for (const version of VERSIONS) expect(await statusOf(order.id, version)).toBe('UNFULFILLED');
    await control('PATCH', `/orders/${String(order.legacyResourceId)}`, patch);
    const told = await Promise.all(VERSIONS.map((version) => statusOf(order.id, version)));
    expect(told).toEqual(['UNFULFILLED', 'UNFULFILLED', 'UNFULFILLED', 'FULFILLMENT_NOT_REQUIRED']);
  });

  it('say the same of an order refunded before it was shipped, and never of a shipped one', async () => {
    const order = await create({ lineItems: [line('10.00', 2)], financialStatus: 'PAID' });
    const refund = async (id: unknown, of: Record<string, unknown>, quantity: number, key: string) => {
      const [item] = (of.lineItems as { nodes: { id: string }[] }).nodes;
      const { errors } = await ask(
        'mutation($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) { userErrors { message } } }',
        {
          key,
          input: { orderId: id, refundLineItems: [{ lineItemId: item?.id, quantity, restockType: 'CANCEL' }] },
        },
      );
      expect(errors).toBeUndefined();
    };
    await refund(order.id, order, 1, 'a');
    expect(await statusOf(order.id, '2026-10')).toBe('UNFULFILLED');
    await refund(order.id, order, 1, 'b');
    expect(await statusOf(order.id, '2026-10')).toBe('FULFILLMENT_NOT_REQUIRED');
    const shipped = await create({ lineItems: [line('10.00')] });
    await control('PATCH', `/orders/${String(shipped.legacyResourceId)}`, { fulfill: true });
    expect(await statusOf(shipped.id, '2026-10')).toBe('FULFILLED');
  });

  it('have fields from their version on', async () => {
    const barcodes =
      '{ productVariants(first: 1, query: "barcode:4006381333931") { nodes { barcodes(first: 5) { nodes { type value } } } } }';
    expect((await ask(barcodes)).data?.productVariants).toEqual({
      nodes: [{ barcodes: { nodes: [{ type: 'EAN', value: '4006381333931' }] } }],
    });
    expect((await ask(barcodes, {}, 'sandbox-token', '2026-07')).errors?.[0]?.message).toBe(
      "Field 'barcodes' doesn't exist on type 'ProductVariant'",
    );
    await control('POST', '/seed', {
      customers: [{ firstName: 'S', phone: '+16135550100', smsMarketing: 'SUBSCRIBED' }],
    });
    const consent =
      '{ customers(first: 1) { nodes { defaultPhoneNumber { marketingState smsMarketingConsent { state updatedAt } } } } }';
    expect((await ask(consent)).data?.customers).toMatchObject({
      nodes: [{ defaultPhoneNumber: { marketingState: 'SUBSCRIBED', smsMarketingConsent: { state: 'SUBSCRIBED' } } }],
    });
    expect((await ask(consent, {}, 'sandbox-token', '2026-07')).errors?.[0]?.extensions?.code).toBe('undefinedField');
  });

  it('mark what they have given up', async () => {
    const deprecated = async (version: string) => {
      const { data } = await ask(getIntrospectionQuery({ inputValueDeprecation: true }), {}, 'sandbox-token', version);
      const schema = buildClientSchema(data as unknown as IntrospectionQuery);
      const fields = (type: string) => Object.values((schema.getType(type) as GraphQLObjectType).getFields());
      return ['Customer', 'CustomerPhoneNumber', 'OrderTransaction', 'OrderCancelPayload', 'ProductVariant'].flatMap(
        (type) => fields(type).flatMap((field) => (field.deprecationReason ? [`${type}.${field.name}`] : [])),
      );
    };
    const always = [
      'Customer.email',
      'Customer.phone',
      'CustomerPhoneNumber.marketingState',
      'CustomerPhoneNumber.marketingUpdatedAt',
      'OrderTransaction.authorizationCode',
      'OrderCancelPayload.userErrors',
    ];
    expect(await deprecated('2026-10')).toEqual(expect.arrayContaining([...always, 'ProductVariant.barcode']));
    expect(await deprecated('2026-07')).toEqual(expect.arrayContaining(always));
    expect(await deprecated('2026-07')).not.toContain('ProductVariant.barcode');
  });

  it('demand an idempotency key from 2026-04 on', async () => {
    const { id } = await create({ lineItems: [line('10.00')] });
    const refund = async (version: string) =>
      (
        await ask(
          'mutation($input: RefundInput!) { refundCreate(input: $input) { userErrors { message } } }',
          { input: { orderId: id, note: 'n' } },
          'sandbox-token',
          version,
        )
      ).errors?.[0]?.extensions?.code;
    expect([await refund('2026-01'), await refund('2026-04')]).toEqual([undefined, 'BAD_REQUEST']);
  });

  it('refuse a time to come before 2026-07, and take it for now afterwards', async () => {
    const query =
      'mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { processedAt createdAt } userErrors { field code } } }';
    const order = { lineItems: [line('1.00')], processedAt: '2099-01-01T00:00:00Z' };
    const answer = async (version: string) => (await ask(query, { order }, 'sandbox-token', version)).data?.orderCreate;
    expect(await answer('2026-04')).toEqual({
      order: null,
      userErrors: [{ field: ['order', 'processedAt'], code: 'PROCESSED_AT_INVALID' }],
    });
    const taken = (await answer('2026-07')) as { order: { processedAt: string; createdAt: string } };
    expect(taken.order.processedAt).toBe(taken.order.createdAt);
    expect(sandbox.stores[0]?.orders.size).toBe(1);
  });

  it('refuse to search by a metafield without definition from 2026-10 on, and drop it with a warning before', async () => {
    await create({ lineItems: [line('1.00')] });
    const query = '{ orders(first: 1, query: "metafields.custom.erp:1") { nodes { name } } }';
    const refused = await ask(query);
    expect([refused.data, refused.errors?.[0]?.message]).toEqual([
      null,
      'The filter metafields.custom.erp needs a metafield definition that allows filtering.',
    ]);
    const dropped = await ask(query, {}, 'sandbox-token', '2026-07');
    expect(dropped.data?.orders).toEqual({ nodes: [{ name: '#1001' }] });
    expect(dropped.extensions?.search).toMatchObject([{ warnings: [{ field: 'metafields.custom.erp' }] }]);
  });

  it('tell of a cancellation’s result from 2026-10 on', async () => {
    const { id } = await create({ lineItems: [line('10.00')] });
    const query =
      'mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true) { jobResult { done status order { id } errors { code } } } }';
    expect((await ask(query, { id }, 'sandbox-token', '2026-07')).errors?.[0]?.extensions?.code).toBe('undefinedField');
    expect((await ask(query, { id })).data?.orderCancel).toEqual({
      jobResult: { done: false, status: 'STARTED', order: { id }, errors: [] },
    });
  });
});
