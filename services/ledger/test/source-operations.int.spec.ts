import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LONG_AGO } from '../src/store/indexes.ts';
import { startTestLedger, type TestLedger } from './ledger-process.ts';
import { routedReport } from './reports.ts';
import { waitFor } from './wait.ts';

let test: TestLedger;
let shop: string;
let erp: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  test = await startTestLedger();
  const connections = (await test.call('GET', '/v1/connections')).body.items as { id: string; vendor: string }[];
  shop = connections.find(({ vendor }) => vendor === 'shopify')?.id ?? '';
  erp = connections.find(({ vendor }) => vendor === 'sap-b1')?.id ?? '';
  for (const role of ['viewer', 'operator'])
    tokens[role] = (await test.call('POST', '/v1/tokens', { label: role, role })).body.token;
}, 60_000);
afterAll(() => test?.close());
beforeEach(() => test.store.sourceOperations.cancelOf(shop, ERROR));

const ERROR = { kind: 'source', code: 'over', message: 'the test before is over', advice: null, fields: [] };
const begin = (body: object, connection = shop, token = tokens.operator) =>
  test.call('POST', `/v1/connections/${connection}/operations`, body, token);
const ask = (id: string, wish: string) => test.call('POST', `/v1/operations/${id}/${wish}`, undefined, tokens.operator);
const show = (id: string, token = tokens.viewer) => test.call('GET', `/v1/operations/${id}`, undefined, token);
const backfill = { kind: 'backfill', entity: 'order', since: '2026-01-01T00:00:00Z' };

describe('operations over the API', () => {
  it('are started by operators, say where they are, and stand in the audit with their trace', async () => {
    const response = await fetch(`${test.url}/v1/connections/${shop}/operations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokens.operator}`,
        'content-type': 'application/json',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
      body: JSON.stringify(backfill),
    });
    const body = (await response.json()) as { id: string };
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/operations/${body.id}`);
    expect(body).toMatchObject({
      kind: 'backfill',
      connection: shop,
      entity: 'order',
      since: '2026-01-01T00:00:00.000Z',
      named: null,
      state: 'waiting',
      wanted: 'run',
      waitsFor: null,
      progress: { records: 0, published: 0, unchanged: 0, unmapped: 0, notFound: 0 },
      error: null,
      startedBy: 'operator',
    });
    expect((await show(body.id)).body).toMatchObject({ id: body.id, kind: 'backfill', startedBy: 'operator' });
    expect((await test.store.sourceOperations.get(body.id))?.traceparent).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
    const audit = await test.call('GET', `/v1/audit?subject=${shop}`);
    expect(audit.body.items[0]).toMatchObject({
      action: 'operation.start',
      actor: 'operator',
      outcome: 'done',
      details: { kind: 'backfill', entity: 'order', since: '2026-01-01T00:00:00Z' },
    });
    expect((await begin(backfill, shop, tokens.viewer)).status).toBe(403);
  });

  it('a second one of the kind on the same records is refused and names the first; another kind is not', async () => {
    const first = (await begin(backfill)).body.id;
    const second = await begin({ kind: 'backfill', entity: 'order' });
    expect(second).toMatchObject({
      status: 409,
      body: { type: 'urn:entrepot:problem:operation-under-way', errors: [{ path: 'kind', message: first }] },
    });
    expect(second.body.detail).toContain(`/v1/operations/${first}`);
    expect((await begin({ kind: 'sync', entity: 'order' })).status).toBe(202);
    expect((await begin({ kind: 'backfill', entity: 'customer' })).status).toBe(202);
    const [entry] = (await test.call('GET', `/v1/audit?subject=${shop}&limit=5`)).body.items.filter(
      ({ outcome }: { outcome: string }) => outcome !== 'done',
    );
    expect(entry).toMatchObject({ action: 'operation.start', outcome: 'refused: operation-under-way' });
  });

  it.each([
    [400, { kind: 'backfill', entity: 'order', ids: ['1'] }, 'kind'],
    [400, { kind: 'sync', entity: 'order', ids: ['1'], since: '2026-01-01T00:00:00Z' }, 'since'],
    [400, { kind: 'sync', entity: 'order', ids: [] }, 'ids'],
    [400, { kind: 'sync', entity: 'order', since: 'yesterday' }, 'since'],
    [400, { kind: 'sync', entity: 'order', since: '0000-01-01T00:00:00+23:59' }, 'since'],
    [400, { kind: 'sync', entity: 'order', since: '9999-12-31T23:59:59-23:59' }, 'since'],
    [400, { kind: 'sync', entity: 'product' }, 'entity'],
    [400, { kind: 'sweep', entity: 'order' }, 'kind'],
    [400, { kind: 'sweep', entity: 'customer', since: '2026-01-01T00:00:00Z' }, 'since'],
    [400, { kind: 'backfill', entity: 'order', mostMissingPercent: 5 }, 'mostMissingPercent'],
    [400, { kind: 'sync', entity: 'order', selection: { states: ['mismatch'] } }, 'selection'],
  ])('%i for %j', async (status, body, path) => {
    const answer = await begin(body);
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([status, path]);
  });

  it('a sweep stops when more than a tenth is missing, unless another share is given', async () => {
    const { body } = await begin({ kind: 'sweep', entity: 'customer' });
    expect(body).toMatchObject({ kind: 'sweep', mostMissingPercent: 10 });
    await ask(body.id, 'cancel');
    expect((await begin({ kind: 'sweep', entity: 'customer', mostMissingPercent: 2.5 })).body).toMatchObject({
      mostMissingPercent: 2.5,
    });
  });

  it('of an unknown connection, one without a source, and one that is switched off there is none', async () => {
    expect((await begin(backfill, 'nobody')).status).toBe(404);
    expect((await begin(backfill, erp)).body).toMatchObject({ status: 400, errors: [{ path: 'entity' }] });
    const switchTo = async (active: boolean) =>
      test.store.connections.update(shop, (await test.store.connections.get(shop))?.revision ?? 0, { active });
    await switchTo(false);
    await waitFor(async () => test.store.connections.find(shop)?.active === false || null);
    expect((await begin(backfill)).body).toMatchObject({ status: 409, type: 'urn:entrepot:problem:switched-off' });
    await switchTo(true);
    await waitFor(async () => test.store.connections.find(shop)?.active === true || null);
  });

  it('are paused, resumed and cancelled, each with its audit; an ended one is left alone', async () => {
    const { id } = (await begin(backfill)).body;
    expect(await ask(id, 'pause')).toMatchObject({ status: 202, body: { state: 'paused', wanted: 'pause' } });
    expect(await ask(id, 'resume')).toMatchObject({ status: 202, body: { state: 'waiting', wanted: 'run' } });
    const claimed = await test.store.sourceOperations.claim('shopify', [shop], 'connector', 60_000);
    expect(claimed?._id).toBe(id);
    expect(await ask(id, 'cancel')).toMatchObject({ status: 202, body: { state: 'running', wanted: 'cancel' } });
    expect(await ask(id, 'resume')).toMatchObject({ status: 409, body: { type: 'urn:entrepot:problem:cancelling' } });
    await test.store.sourceOperations.release(id, 'connector', { state: 'stopped' });
    expect((await show(id)).body).toMatchObject({ state: 'cancelled' });
    expect(await ask(id, 'pause')).toMatchObject({ status: 409, body: { type: 'urn:entrepot:problem:already-ended' } });
    expect((await ask('nobody', 'pause')).status).toBe(404);
    const entries = (await test.call('GET', `/v1/audit?subject=${id}`)).body.items as {
      action: string;
      outcome: string;
    }[];
    expect(entries.map(({ action, outcome }) => [action, outcome]).reverse()).toEqual([
      ['operation.pause', 'done'],
      ['operation.resume', 'done'],
      ['operation.cancel', 'done'],
      ['operation.resume', 'refused: cancelling'],
      ['operation.pause', 'refused: already-ended'],
    ]);
  });

  it('a retry of the release before answers under the same route, and is neither listed nor paused', async () => {
    await test.ledger.store.operations.insertOne({
      _id: 'retry-0-1-0',
      revision: 1,
      deliveryId: 'd-1',
      mode: 'refresh',
      requestedBy: 'olga',
      reason: 'Ada asked',
      state: 'succeeded',
      result: 'unchanged at Ada',
      createdAt: LONG_AGO,
      updatedAt: LONG_AGO,
    });
    const retry = {
      id: 'retry-0-1-0',
      kind: 'retry',
      deliveryId: 'd-1',
      mode: 'refresh',
      state: 'succeeded',
      requestedBy: 'olga',
      createdAt: '1970-01-01T00:00:00.000Z',
    };
    expect((await show('retry-0-1-0', tokens.operator)).body).toMatchObject({ ...retry, reason: 'Ada asked' });
    const seen = (await show('retry-0-1-0')).body;
    expect(seen).toMatchObject(retry);
    expect(JSON.stringify(seen)).not.toContain('Ada');
    expect(await ask('retry-0-1-0', 'pause')).toMatchObject({
      status: 409,
      body: { type: 'urn:entrepot:problem:is-a-retry' },
    });
    const all = (await test.call('GET', '/v1/operations?limit=200')).body.items as { id: string }[];
    expect(all.map(({ id }) => id)).not.toContain('retry-0-1-0');
  });

  it('viewers read no words of a vendor in them', async () => {
    const { id } = (await begin(backfill)).body;
    await test.store.sourceOperations.claim('shopify', [shop], 'connector', 60_000);
    await test.store.sourceOperations.keep(id, 'connector', 60_000, 'ada@example.com is rate-limited');
    expect((await show(id, tokens.operator)).body.waitsFor).toBe(
      'its connection waits: ada@example.com is rate-limited',
    );
    expect((await show(id)).body.waitsFor).toMatch(/^its connection waits: (?!.*ada)/);
    const error = { ...ERROR, code: 'E1', message: 'no access to ada@example.com' };
    await test.store.sourceOperations.release(id, 'connector', { state: 'failed', error });
    expect((await show(id, tokens.operator)).body.error.message).toContain('ada@example.com');
    expect(JSON.stringify((await show(id)).body)).not.toContain('ada@');
  });

  it('are listed newest first, by filter, page by page', async () => {
    const ids: string[] = [];
    for (const body of [backfill, { kind: 'sync', entity: 'order' }, { kind: 'sync', entity: 'customer' }])
      ids.push((await begin(body)).body.id);
    const list = async (query: string) => (await test.call('GET', `/v1/operations?connection=${shop}&${query}`)).body;
    const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);
    expect(idsOf(await list('state=waiting,running,paused'))).toEqual([...ids].reverse());
    expect(idsOf(await list('state=waiting&kind=sync'))).toEqual([ids[2], ids[1]]);
    expect(idsOf(await list('state=waiting&entity=order&kind=backfill'))).toEqual([ids[0]]);
    const first = await list('state=waiting&limit=2');
    expect(idsOf(first)).toEqual([ids[2], ids[1]]);
    expect(idsOf(await list(`state=waiting&limit=2&cursor=${first.next}`))).toEqual([ids[0]]);
  });

  it('a selection names the records whose deliveries are in a state', async () => {
    for (const id of ['s1', 's2']) {
      const event = await test.publishOrder(id, `#${id}`, 1);
      const flow = `order:${shop}:${erp}`;
      await test.report(
        routedReport({
          connection: shop,
          sourceId: id,
          number: `#${id}`,
          version: 1,
          eventId: event.eventId,
          publishedAtMicros: event.publishedAtMicros,
          decisions: [
            {
              deliveryId: `d-${shop}-${id}`,
              flow,
              flowRevision: 1,
              to: erp,
              result: 'skipped',
              reason: 'test order',
              reasonCode: 'test-order',
            },
          ],
        }),
      );
    }
    await waitFor(
      async () =>
        (await test.ledger.store.deliveries.countDocuments({ from: shop, state: 'skipped', current: true })) === 2 ||
        null,
    );
    const { body } = await begin({ kind: 'sync', entity: 'order', selection: { states: ['skipped'] } });
    expect(body).toMatchObject({ kind: 'sync', named: 2 });
    expect([...((await test.store.sourceOperations.get(body.id))?.request.sourceIds ?? [])].sort()).toEqual([
      's1',
      's2',
    ]);
  });

  it('a removed connection takes its operations with it', async () => {
    await test.call('POST', '/v1/connections', {
      id: 'leaving',
      label: 'L',
      vendor: 'shopify',
      active: true,
      settings: {},
    });
    await waitFor(async () => test.store.connections.find('leaving'));
    const { id } = (await begin(backfill, 'leaving')).body;
    const response = await fetch(`${test.url}/v1/connections/leaving`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${test.adminToken}`, 'if-match': '*' },
    });
    expect(response.status).toBe(204);
    expect((await show(id)).body).toMatchObject({ state: 'cancelled', error: { code: 'connection-removed' } });
  });
});
