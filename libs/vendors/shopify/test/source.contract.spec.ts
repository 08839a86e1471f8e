import { formatDecimal, parseTimestamp } from '@entrepot/canonical';
import { buildAdminSchema } from '@entrepot/sandbox-shopify';
import { VendorError } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { judgeScopes } from '../src/api/access.ts';
import { customerQuery } from '../src/entities/customer/documents.ts';
import { orderQuery } from '../src/entities/order/documents.ts';
import { ALL_SCOPES, featuresOf } from './admin-schemas.ts';
import { never, onlyFound, plainOrder, readAll, startShop, type TestShop } from './shop-fixture.ts';

// Loopback HTTP on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

let shop: TestShop;
beforeEach(async () => {
  shop = await startShop();
});
afterEach(() => shop.close());

const place = async (order: unknown, extras?: unknown): Promise<string> =>
  (await shop.control('POST', '/orders', { order, extras })).id;
const placeMany = async (count: number): Promise<string[]> => {
  const orders = Array.from({ length: count }, () => ({ order: plainOrder() }));
  const made = await shop.control<{ orders: { id: string }[] }>('POST', '/seed', { orders });
  return made.orders.map((order) => order.id);
};

describe('fetching', () => {
  it('reads an order with an id beyond 2^53 as it is', async () => {
    const id = await place(plainOrder({ tags: ['web'], note: 'Ring twice' }));
    expect(id).toBe('820982911946154508');
    const { entity, number, stampMicros } = onlyFound(await shop.open().fetch('order', [id], never));
    expect(number).toBe('#1001');
    expect(entity.source).toMatchObject({
      connection: 'shop',
      vendor: 'shopify',
      id,
      number: '#1001',
      version: 0,
      contentHash: '',
    });
    expect(stampMicros).toBe(entity.source.updatedAt);
    expect(entity.totals.original.total.base).toMatchObject({ currency: 'USD' });
    expect(formatDecimal(entity.totals.original.total.base.amount)).toBe('15');
    expect([entity.paymentStatus, entity.tags, entity.note]).toEqual(['PAID', ['web'], 'Ring twice']);
  });

  it('pages 60 lines and everything else that is nested', async () => {
    const metafields = Array.from({ length: 23 }, (_, index) => ({
      namespace: 'custom',
      key: `k${index}`,
      value: 'v',
      type: 'single_line_text_field',
    }));
    const shippingLines = Array.from({ length: 5 }, (_, index) => ({
      title: `Ship ${index}`,
      priceSet: { shopMoney: { amount: '1.00', currencyCode: 'USD' } },
    }));
    const id = await place(plainOrder({ metafields, shippingLines }, 60));
    const { entity } = onlyFound(await shop.open().fetch('order', [id], never));
    expect(entity.lines).toHaveLength(60);
    expect(entity.lines[50]?.item?.sku).toBe('SKU-51');
    expect(new Set(entity.lines.map((line) => line.id)).size).toBe(60);
    expect(entity.shippingLines).toHaveLength(5);
    expect(entity.attributes.filter((attribute) => attribute.namespace === 'custom')).toHaveLength(23);
    expect(entity.fulfilmentGroups[0]?.lines).toHaveLength(60);
    expect(formatDecimal(entity.totals.current.total.base.amount)).toBe('605');
  });

  it('reads many orders in batches that stay below the cost of a single query', async () => {
    const ids = await placeMany(24);
    const results = await shop.open().fetch('order', ids, never);
    expect(results.map((result) => result.sourceId).sort()).toEqual([...ids].sort());
    expect(results.every((result) => result.status === 'found')).toBe(true);
    const requests = shop.sandbox.faults.requests.list().filter((request) => request.operation === 'nodes');
    expect(requests.length).toBeLessThan(12);
  });

  it('tells a missing record from one that the token may not see', async () => {
    await shop.control('PATCH', '/stores/demo.myshopify.test', {
      scopes: ['read_orders', 'read_customers', 'read_products'],
    });
    expect((await shop.open().fetch('order', ['123'], never))[0]).toMatchObject({
      status: 'unmapped',
      error: { code: 'not-visible' },
    });
    await shop.control('PATCH', '/stores/demo.myshopify.test', {
      scopes: ['read_orders', 'read_all_orders', 'read_customers', 'read_products'],
    });
    expect((await shop.open().fetch('order', ['123', 'abc'], never)).map((one) => one.status)).toEqual([
      'not-found',
      'not-found',
    ]);
    expect((await shop.open().fetch('customer', ['5'], never))[0]).toEqual({ status: 'not-found', sourceId: '5' });
  });

  it('maps an order whose customer data is refused, and says so', async () => {
    const id = await place(
      plainOrder({ customer: { toUpsert: { email: 'a@example.com', firstName: 'Ann', lastName: 'Lee' } } }),
    );
    await shop.control('PATCH', '/stores/demo.myshopify.test', { protectedDataApproved: false });
    const { entity } = onlyFound(await shop.open().fetch('order', [id], never));
    expect([entity.email, entity.billTo, entity.guest]).toEqual([null, null, false]);
    expect(entity.customer?.id).toBeTruthy();
    expect(shop.attention.at(-1)).toMatch(/protected customer data of order records \(.*email/);
  });

  it('leaves parts out for which the scope is missing', async () => {
    const id = await place(plainOrder({ customer: { toUpsert: { email: 'a@example.com' } } }));
    await shop.control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders', 'read_all_orders'] });
    const { entity } = onlyFound(await shop.open().fetch('order', [id], never));
    expect([entity.customer, entity.guest, entity.fulfilmentGroups, entity.lines[0]?.kind]).toEqual([
      null,
      false,
      [],
      'PRODUCT',
    ]);
  });

  it('refuses totals that do not add up with the difference named, or adjusts when allowed', async () => {
    const id = await place(plainOrder());
    await shop.control('PATCH', `/orders/${id}`, { corruptTotals: '2.50' });
    const [refused] = await shop.open().fetch('order', [id], never);
    expect(refused).toMatchObject({
      status: 'unmapped',
      number: '#1001',
      error: { kind: 'mapping', code: 'totals-do-not-add-up' },
    });
    expect(refused?.status === 'unmapped' && refused.error.message).toContain('difference 2.5');
    const { entity } = onlyFound(
      await shop.open({ source: { order: { adjustmentPolicy: 'adjust' } } }).fetch('order', [id], never),
    );
    expect(formatDecimal(entity.totals.original.adjustments.base.amount)).toBe('2.5');
  });

  it('reads customers', async () => {
    const made = await shop.control<{ customers: string[] }>('POST', '/seed', {
      customers: [
        {
          email: 'ann@example.com',
          firstName: 'Ann',
          lastName: 'Lee',
          phone: '+15550100',
          tags: ['vip'],
          addresses: Array.from({ length: 13 }, (_, index) => ({
            address1: `${index} Road`,
            city: 'Town',
            countryCode: 'US',
          })),
        },
      ],
    });
    const { entity } = onlyFound(await shop.open().fetch('customer', made.customers, never));
    expect(entity).toMatchObject({
      kind: 'PERSON',
      name: 'Ann Lee',
      email: 'ann@example.com',
      phone: '+15550100',
      tags: ['vip'],
      status: 'ACTIVE',
    });
    expect(entity.addresses).toHaveLength(13);
    expect(entity.addresses[0]).toMatchObject({ isDefault: true, country: 'US' });
  });
});

describe('refusals and limits', () => {
  const kindOf = async (promise: Promise<unknown>): Promise<VendorError> => {
    const error = await promise.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof VendorError)) throw new Error(`No VendorError: ${String(error)}`);
    return error;
  };

  it('waits for budget instead of being throttled for long', async () => {
    const ids = await placeMany(6);
    await shop.control('PATCH', '/stores/demo.myshopify.test', { available: 40, restoreRate: 2000 });
    const results = await shop.open().fetch('order', ids, never);
    expect(results.every((result) => result.status === 'found')).toBe(true);
  });

  it('says throttled with the time to wait when that is too long', async () => {
    await shop.control('PATCH', '/stores/demo.myshopify.test', { available: 0, restoreRate: 0.01 });
    const error = await kindOf(shop.open().fetch('order', ['1'], never));
    expect(error.kind).toBe('throttled');
    expect(error.retryAfterMs).toBeGreaterThan(20_000);
  });

  it.each([
    [401, 'unauthorized'],
    [402, 'unauthorized'],
    [500, 'unavailable'],
    [502, 'unavailable'],
  ])('HTTP %i is %s', async (code, kind) => {
    await shop.control('POST', '/faults', { fault: { type: 'status', code } });
    expect((await kindOf(shop.open().fetch('order', ['1'], never))).kind).toBe(kind);
  });

  it('a cut connection is unavailable and a slow answer a timeout, never in doubt', async () => {
    await shop.control('POST', '/faults', { fault: { type: 'down' }, times: 1 });
    expect(await kindOf(shop.open().fetch('order', ['1'], never))).toMatchObject({
      kind: 'unavailable',
      answerUnknown: false,
    });
    await shop.control('POST', '/faults', { fault: { type: 'latency', ms: 3000 }, times: 1 });
    expect(await kindOf(shop.open({ timeoutMs: 1000 }).fetch('order', ['1'], never))).toMatchObject({
      kind: 'timeout',
      answerUnknown: false,
    });
  });

  it('raises attention when another API version answers', async () => {
    await shop.open({ apiVersion: '2025-01' }).fetch('order', ['1'], never);
    expect(shop.attention.at(-1)).toContain('answers with API version 2026-01, configured is 2025-01');
  });

  it('gets its token by client credentials, once at a time, and anew after it was refused', async () => {
    const made = shop.open(
      { auth: { type: 'clientCredentials', clientId: 'sandbox-client' } },
      { accessToken: null, clientSecret: 'sandbox-secret' },
    );
    await Promise.all([made.fetch('order', ['1'], never), made.fetch('customer', ['1'], never)]);
    const grants = () =>
      shop.sandbox.faults.requests.list().filter((request) => request.path.endsWith('/access_token')).length;
    expect(grants()).toBe(1);
    await shop.control('PATCH', '/stores/demo.myshopify.test', { revokeTokens: true });
    await made.fetch('order', ['1'], never);
    expect(grants()).toBe(2);
    const wrong = shop.open(
      { auth: { type: 'clientCredentials', clientId: 'sandbox-client' } },
      { accessToken: null, clientSecret: 'wrong' },
    );
    expect((await kindOf(wrong.fetch('order', ['1'], never))).kind).toBe('unauthorized');
  });

  it('tests a connection and names missing scopes', async () => {
    expect((await shop.open().test(never)).ok).toBe(true);
    await shop.control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders', 'read_products'] });
    const report = await shop.open().test(never);
    expect(report.ok).toBe(false);
    expect(report.checks.filter((check) => !check.ok).map((check) => check.name)).toEqual(['scope read_customers']);
    expect(report.checks.find((check) => check.name === 'scope read_all_orders')?.message).toContain('missing');
    const other = await shop.open({}, { accessToken: 'second-token' }).test(never);
    expect(other.checks.find((check) => check.name === 'shop')).toMatchObject({ ok: false });
    expect((await shop.open({}, { accessToken: 'wrong' }).test(never)).checks).toMatchObject([
      { name: 'sign-in', ok: false },
    ]);
  });

  it('asks nothing that costs more than one query may', async () => {
    const features = featuresOf(buildAdminSchema());
    const { switches } = judgeScopes(ALL_SCOPES);
    const gid = 'gid://shopify/Order/1';
    const queries = [orderQuery(features), customerQuery(features)];
    const asked = [
      ...queries.map(({ document }) => ({ document, variables: { ids: [gid] } })),
      ...queries
        .flatMap(({ connections }) => [...connections.values()])
        .map(({ document, pageSize }) => ({
          document,
          variables: { id: gid, first: pageSize, after: null },
        })),
    ];
    for (const { document, variables } of asked) {
      const used = Object.entries(switches).filter(([name]) => document.includes(`$${name}:`));
      const { errors } = await shop.graphql(document, { ...variables, ...Object.fromEntries(used) });
      expect([document.slice(0, 40), errors]).toEqual([document.slice(0, 40), undefined]);
    }
  });

  it.each(['2026-01', '2026-04', '2026-07', '2026-10'])(
    'reads orders and customers by version %s',
    async (apiVersion) => {
      const made = await shop.control<{ customers: string[] }>('POST', '/seed', {
        customers: [{ email: 'ann@example.com', phone: '+15550100' }],
      });
      const id = await place(plainOrder());
      const source = shop.open({ apiVersion });
      const customer = onlyFound(await source.fetch('customer', made.customers, never)).entity;
      expect(customer.marketing.map((consent) => consent.channel)).toEqual(['EMAIL', 'SMS']);
      expect(onlyFound(await source.fetch('order', [id], never)).number).toBe('#1001');
      expect(shop.attention.filter((message) => message !== null)).toEqual([]);
    },
  );

  it('lists values for value maps', async () => {
    await place(
      plainOrder({
        sourceName: 'pos',
        taxLines: [{ title: 'MwSt', rate: 0.077, priceSet: { shopMoney: { amount: '1.00', currencyCode: 'USD' } } }],
      }),
    );
    const made = shop.open();
    expect((await made.listValues('warehouse', never)).map((value) => value.label)).toEqual(
      expect.arrayContaining(['Main warehouse', 'Downtown store']),
    );
    expect(await made.listValues('channel', never)).toEqual([{ value: 'pos', label: 'pos' }]);
    expect(await made.listValues('shipVia', never)).toEqual([{ value: 'STD', label: 'Standard' }]);
    // Value maps of taxes are keyed by the rate in percent or by the title.
    expect(await made.listValues('tax', never)).toEqual([{ value: '7.7', label: 'MwSt' }]);
    expect((await kindOf(made.listValues('colour', never))).kind).toBe('rejected');
  });
});

describe('polling', () => {
  it('finds what changed, goes on from the cursor with overlap, and tells nothing twice', async () => {
    const first = await place(plainOrder());
    const aMinuteLater = (): number => Date.now() + 60_000;
    const made = shop.open({}, {}, aMinuteLater);
    const pages = await readAll(made.poll('order', null, null, never));
    expect(pages.flatMap((page) => page.hints)).toEqual([{ entity: 'order', sourceId: first, cause: 'poll' }]);
    const cursor = pages.at(-1)?.cursor ?? '';
    expect((await readAll(made.poll('order', cursor, null, never))).flatMap((page) => page.hints)).toEqual([]);
    const second = await place(plainOrder());
    const next = await readAll(made.poll('order', cursor, null, never));
    expect(next.flatMap((page) => page.hints.map((hint) => hint.sourceId))).toEqual([second]);
    // A restarted connector has no memory: the overlap tells recent changes again.
    const restarted = await readAll(shop.open().poll('order', cursor, null, never));
    expect(restarted.flatMap((page) => page.hints.map((hint) => hint.sourceId)).sort()).toEqual([first, second].sort());
  });

  it('tells what changed just now once more: it may change again under the same stamp', async () => {
    const id = await place(plainOrder());
    const made = shop.open();
    const cursor = (await readAll(made.poll('order', null, null, never))).at(-1)?.cursor ?? '';
    const again = await readAll(made.poll('order', cursor, null, never));
    expect(again.flatMap((page) => page.hints.map((hint) => hint.sourceId))).toEqual([id]);
  });

  it('without access to customers their poll is refused in words, and the token is not to blame', async () => {
    await shop.control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders', 'read_products'] });
    const made = shop.open();
    await expect(readAll(made.poll('customer', null, null, never))).rejects.toMatchObject({
      kind: 'rejected',
      code: 'ACCESS_DENIED',
      advice: expect.stringContaining('read_customers'),
    });
    expect(await readAll(made.poll('order', null, null, never))).toEqual([]);
  });

  it('begins at a given time and pages on', async () => {
    await placeMany(230);
    const pages = await readAll(shop.open().poll('order', null, parseTimestamp('2020-01-01T00:00:00Z'), never));
    expect(pages.map((page) => page.hints.length)).toEqual([100, 100, 30]);
    const later = await readAll(shop.open().poll('order', null, parseTimestamp('2200-01-01T00:00:00Z'), never));
    expect(later.flatMap((page) => page.hints)).toEqual([]);
  });

  it('polls customers', async () => {
    await shop.control<{ customers: string[] }>('POST', '/seed', { customers: [{ email: 'a@example.com' }] });
    expect((await readAll(shop.open().poll('customer', null, null, never))).flatMap((page) => page.hints)).toHaveLength(
      1,
    );
  });
});
