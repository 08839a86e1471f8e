import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from './ledger-process.ts';
import { attemptReport, rejected, routedReport } from './reports.ts';
import { waitFor } from './wait.ts';

let test: TestLedger;
let shop: string;
let erp: string;
beforeAll(async () => {
  test = await startTestLedger();
  const { items } = (await send('GET', '/v1/connections')).body;
  shop = items.find(({ vendor }: { vendor: string }) => vendor === 'shopify').id;
  erp = items.find(({ vendor }: { vendor: string }) => vendor === 'sap-b1').id;
}, 60_000);
afterAll(() => test?.close());

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${test.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${test.adminToken}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const { status } = answer;
  const named = { etag: answer.headers.get('etag'), location: answer.headers.get('location') };
  return { status, ...named, body: text === '' ? null : JSON.parse(text) };
}

const ANY = { 'if-match': '*' };

/** Asks again while the ledger reads what earlier runs left in the topics. */
function remove(path: string) {
  return waitFor(async () => {
    const answer = await send('DELETE', path, undefined, ANY);
    return answer.body?.type === 'urn:entrepot:problem:ledger-behind' ? null : answer;
  });
}

async function lastAudit(subject: string) {
  return (await send('GET', `/v1/audit?limit=1&subject=${encodeURIComponent(subject)}`)).body.items[0];
}

describe('a connection', () => {
  const newShop = { id: 'new-shop', label: 'New', vendor: 'shopify', settings: { shop: 'new' } };

  it('is created under its id, without showing its secrets, and other processes have it then', async () => {
    const made = await send('POST', '/v1/connections', { ...newShop, secrets: { token: 'not-to-be-shown' } });
    expect(made).toMatchObject({
      status: 201,
      location: '/v1/connections/new-shop',
      etag: '"1"',
      body: { id: 'new-shop', active: true, settings: { shop: 'new' }, secretNames: ['token'] },
    });
    expect((await send('GET', made.location ?? '')).body).toEqual(made.body);
    expect(JSON.stringify(made.body)).not.toContain('not-to-be-shown');
    expect(await lastAudit('new-shop')).toMatchObject({
      action: 'connection.create',
      outcome: 'done',
      details: { vendor: 'shopify', secrets: ['token'] },
    });
    await waitFor(async () => test.store.connections.find('new-shop'));
  });

  it('is not created twice, nor with what is not valid', async () => {
    expect(await send('POST', '/v1/connections', newShop)).toMatchObject({ status: 409 });
    const wrong = await send('POST', '/v1/connections', { ...newShop, id: 'Has Space', label: ' x' });
    expect(wrong.body.errors.map(({ path }: { path: string }) => path)).toEqual(['id', 'label']);
    const unknown = await send('POST', '/v1/connections', { ...newShop, id: 'x', vendor: 'none' });
    expect([unknown.status, unknown.body.errors]).toEqual([
      400,
      [{ path: 'vendor', message: expect.stringContaining('shopify') }],
    ]);
  });

  it('does not take the id of a removed one whose links or published versions are kept', async () => {
    const { mongoose } = test.store;
    for (const [collection, id] of [
      ['links', 'former-a'],
      ['published', 'former-b'],
    ] as const) {
      await mongoose.collection(collection).insertOne({ _id: `${id}|order|1` as never });
      const answer = await send('POST', '/v1/connections', { ...newShop, id });
      expect(answer).toMatchObject({
        status: 409,
        body: { type: 'urn:entrepot:problem:id-used-before', errors: [{ path: 'id' }] },
      });
      await mongoose.collection(collection).deleteOne({ _id: `${id}|order|1` as never });
      expect((await send('POST', '/v1/connections', { ...newShop, id })).status).toBe(201);
    }
  });

  it('is removed under its ETag, once; what a flow names is not', async () => {
    const path = '/v1/connections/new-shop';
    expect(await send('DELETE', path)).toMatchObject({ status: 400, body: { errors: [{ path: 'If-Match' }] } });
    expect((await send('DELETE', path, undefined, { 'if-match': '"7"' })).status).toBe(412);
    expect((await remove(path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
    expect((await remove(path)).status).toBe(404);
    expect(await remove(`/v1/connections/${erp}`)).toMatchObject({
      status: 409,
      body: {
        type: 'urn:entrepot:problem:in-use',
        errors: [{ path: 'flows', message: `order:${shop}:${erp}` }],
      },
    });
    expect(await lastAudit(erp)).toMatchObject({ action: 'connection.remove', outcome: 'refused: in-use' });
  });
});

describe('a flow', () => {
  const customers = () => ({ entity: 'customer', from: shop, to: erp });
  const path = () => `/v1/flows/${encodeURIComponent(`customer:${shop}:${erp}`)}`;

  it('is created, once per entity and pair, and complete', async () => {
    const made = await send('POST', '/v1/flows', customers());
    expect(made).toMatchObject({
      status: 201,
      location: path(),
      etag: `"${made.body.revision}"`,
      body: { id: `customer:${shop}:${erp}`, active: true, settings: { retry: { attempts: 6 } } },
    });
    expect((await send('GET', made.location ?? '')).body).toEqual(made.body);
    expect((await send('POST', '/v1/flows', customers())).status).toBe(409);
    const wrong = await send('POST', '/v1/flows', { ...customers(), to: 'none', settings: { verify: 3 } });
    expect(wrong.body.errors.map((error: { path: string }) => error.path)).toEqual(['to', 'settings.verify']);
    expect(await lastAudit(`customer:${shop}:${erp}`)).toMatchObject({ action: 'flow.create' });
  });

  it('is removed when it is inactive and nothing of it is open', async () => {
    expect(await remove(path())).toMatchObject({
      status: 409,
      body: { errors: [{ path: 'active', message: 'is true' }] },
    });
    expect((await send('PATCH', path(), { active: false }, ANY)).status).toBe(200);
    expect((await remove(path())).status).toBe(204);
    expect((await remove(path())).status).toBe(404);
  });
});

describe('a vendor', () => {
  it('is shown with its forms, by name too, and an unknown one is not there', async () => {
    const { items } = (await send('GET', '/v1/vendors')).body;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(['shopify', 'sap-b1']);
    const shown = await send('GET', '/v1/vendors/shopify');
    expect(shown.body).toEqual(items[0]);
    expect(shown.body).toMatchObject({
      settings: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
      source: { entities: [{ entity: 'customer' }, { entity: 'order' }] },
      target: null,
    });
    const { token } = (await send('POST', '/v1/tokens', { label: 'v', role: 'viewer' })).body;
    const viewed = await send('GET', '/v1/vendors', undefined, { authorization: `Bearer ${token}` });
    expect(viewed.body.items).toEqual(items);
    expect((await send('GET', '/v1/vendors/none')).status).toBe(404);
  });
});

describe('a tenant', () => {
  it('owns connections and the flows between them, and goes when it is empty', async () => {
    expect(await send('POST', '/v1/tenants', { id: 'acme', label: 'Acme' })).toMatchObject({
      status: 201,
      location: '/v1/tenants/acme',
      etag: '"1"',
      body: { id: 'acme', label: 'Acme', revision: 1 },
    });
    expect((await send('PATCH', '/v1/tenants/acme', { label: 'Acme Ltd' }, { 'if-match': '"1"' })).etag).toBe('"2"');
    const acmeShop = { id: 'acme-shop', label: 'Shop', vendor: 'shopify', tenant: 'acme' };
    expect((await send('POST', '/v1/connections', acmeShop)).body.tenant).toBe('acme');
    expect((await send('PATCH', '/v1/connections/acme-shop', { tenant: 'default' }, ANY)).status).toBe(400);
    const crossing = await send('POST', '/v1/flows', { entity: 'order', from: 'acme-shop', to: erp });
    expect([crossing.status, crossing.body.errors]).toEqual([
      400,
      [{ path: 'to', message: expect.stringContaining('a flow stays within one') }],
    ]);
    const ids = async (path: string) => (await send('GET', path)).body.items.map(({ id }: { id: string }) => id);
    expect(await ids('/v1/connections?tenant=acme')).toEqual(['acme-shop']);
    expect(await ids('/v1/connections?tenant=default')).toEqual(expect.arrayContaining([shop, erp]));
    expect(await ids('/v1/flows?tenant=acme')).toEqual([]);
    expect(await ids('/v1/flows?tenant=default')).toContain(`order:${shop}:${erp}`);
    expect((await remove('/v1/tenants/acme')).status).toBe(409);
    expect((await remove('/v1/connections/acme-shop')).status).toBe(204);
    expect((await remove('/v1/tenants/acme')).status).toBe(204);
    expect((await remove('/v1/tenants/default')).status).toBe(409);
  });
});

describe('what has not ended', () => {
  const flow = () => `order:${shop}:${erp}`;
  const path = () => `/v1/flows/${encodeURIComponent(flow())}`;

  /** An order that was routed, and failed if so wanted. */
  async function route(sourceId: string, outcome: 'failed' | null): Promise<string> {
    const event = await test.publishOrder(sourceId, `#${sourceId}`, 1);
    const deliveryId = `r-${shop}-${sourceId}`;
    const about = { connection: shop, sourceId, number: `#${sourceId}`, version: 1, eventId: event.eventId };
    const lane = { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: '1000000' };
    const decision = { deliveryId, flow: flow(), flowRevision: 1, to: erp, result: 'matched' as const, lane };
    await test.report(routedReport({ ...about, publishedAtMicros: event.publishedAtMicros, decisions: [decision] }));
    if (outcome !== null) {
      const change = { documents: [], error: rejected('is blocked') };
      await test.report(attemptReport({ ...about, deliveryId, flow: flow(), to: erp, outcome, ...change }));
    }
    const state = outcome ?? 'pending';
    await waitFor(async () => (await send('GET', `/v1/deliveries/${deliveryId}`)).body?.state === state || null);
    return deliveryId;
  }

  it('keeps its flow, until it ends or a person discards it, in the audit too', async () => {
    const failed = await route('1', 'failed');
    const pending = await route('2', null);
    await send('PATCH', path(), { active: false }, ANY);
    expect(await remove(path())).toMatchObject({
      status: 409,
      body: {
        errors: [
          { path: 'deliveries', message: '1 pending' },
          { path: 'deliveries', message: '1 failed' },
        ],
      },
    });
    expect(await remove(`${path()}?discardOpen=true`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'reason' }] },
    });
    const wish = `${path()}?discardOpen=true&reason=shop%20closed`;
    expect((await remove(wish)).status).toBe(204);
    for (const id of [failed, pending]) {
      expect((await send('GET', `/v1/deliveries/${id}`)).body).toMatchObject({
        state: 'discarded',
        reason: expect.stringContaining(`flow "${flow()}" is removed: shop closed`),
      });
      expect(await lastAudit(id)).toMatchObject({ action: 'delivery.discard', outcome: 'done' });
    }
    expect(await lastAudit(flow())).toMatchObject({
      action: 'flow.remove',
      reason: 'shop closed',
      details: { discardOpen: true },
    });
  });

  it('keeps its connection, and so does a record in its lane', async () => {
    const partition = test.store.connections.find(erp)?.lanePartition ?? 0;
    await test.broker.ensurePartitions('entrepot.internal.lane.sap-b1', partition + 1);
    const publisher = await test.broker.publisher({ writesLanes: true });
    await publisher.send('entrepot.internal.lane.sap-b1', { key: 'x', value: Buffer.from('x'), partition });
    await publisher.close();
    const refused = await remove(`/v1/connections/${erp}`);
    expect(refused).toMatchObject({
      status: 409,
      body: { errors: [{ path: 'lane', message: expect.stringMatching(/records? (is|are) not passed by its sink/) }] },
    });
    const wish = '?discardOpen=true&reason=closed';
    expect((await remove(`/v1/connections/${erp}${wish}`)).status).toBe(204);
    expect((await remove(`/v1/connections/${shop}`)).status).toBe(204);
  });
});
