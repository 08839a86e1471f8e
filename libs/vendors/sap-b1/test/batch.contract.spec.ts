import type { PlannedDocument, VendorError } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFlow, makeOrder } from './orders-for-tests.ts';
import { documentOf, openCall, startTestSandbox, type TestSandbox, type TestTarget } from './sandbox-for-tests.ts';

let test: TestSandbox;
let target: TestTarget;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 2, 2);
  test = await startTestSandbox({ now: () => nowMs });
  target = test.open();
  await target.fence(openCall());
  test.sandbox.faults.requests.clear();
});
afterEach(async () => {
  await target.close();
  await test.close();
});

const ORDER_READ = { method: 'GET', operation: 'Orders' };
const DRAFT_READ = { method: 'GET', operation: 'Drafts' };
const BATCH = { operation: '$batch' };

const listOperations = () =>
  test.sandbox.faults.requests.list().map(({ method, operation }) => `${method} ${operation}`);

async function planOrder(from: TestTarget = target): Promise<PlannedDocument> {
  const order = makeOrder({ lines: [{ price: '12.50', tax: { rate: '0.08875', amount: '1.11' } }] });
  const mapped = from.entity('order').map(order, {
    flow: makeFlow(),
    resolved: [],
    profile: await from.companyProfile(openCall()),
    sourceKey: 'shop/1001',
    existing: () => null,
    now: () => nowMs,
  });
  if (!mapped.ok) throw new Error(mapped.error.message);
  test.sandbox.faults.requests.clear();
  return mapped.documents[0] as PlannedDocument;
}

const find = (document: PlannedDocument, call = openCall()) => target.entity('order').find(document, call);

async function failure(promise: Promise<unknown>): Promise<VendorError> {
  return promise.then(
    () => {
      throw new Error('should have failed');
    },
    (error) => error as VendorError,
  );
}

describe('look-up of an order', () => {
  it('is one request; an order is three: look-up, create, read', async () => {
    const document = await planOrder();
    expect(await find(document)).toEqual([]);
    expect(listOperations()).toEqual(['POST $batch']);
    const { targetId } = await target.entity('order').create(document, openCall());
    await target.entity('order').read(documentOf('order'), targetId ?? '', openCall());
    expect(listOperations()).toEqual(['POST $batch', 'POST Orders', 'GET Orders']);
    expect(await find(document)).toMatchObject([{ targetId, state: 'posted' }]);
  });

  it('leaves evidence of each read, without secrets', async () => {
    const document = await planOrder();
    await target.entity('order').create(document, openCall());
    const call = openCall();
    await find(document, call);
    expect(call.exchanges.map(({ method, status }) => `${method} ${status}`)).toEqual(['GET 200', 'GET 200']);
    const service = `${test.url}/sap-b1/b1s/v2`;
    expect(call.exchanges.map(({ url }) => decodeURIComponent(url))).toEqual([
      `${service}/Drafts?$filter=(U_EntrepotRef eq 'shop/1001' and DocObjectCode eq 'oOrders')&$orderby=DocEntry`,
      `${service}/Orders?$filter=(U_EntrepotRef eq 'shop/1001')&$orderby=DocEntry`,
    ]);
    expect(call.exchanges[1]?.requestBody).toBe(`(part 2 of 2 of one request: POST ${service}/$batch)`);
    expect(JSON.parse(call.exchanges[0]?.responseBody ?? '')).toMatchObject({ value: [] });
    expect(call.exchanges[1]?.responseBody).toContain('"NumAtCard":"#1001"');
    expect(call.exchanges.every(({ durationMs, startedAtMicros }) => durationMs > 0 && startedAtMicros > 0)).toBe(true);
    expect(JSON.stringify(call.exchanges)).not.toContain('B1SESSION');
  });

  it('asks the lease before it is sent', async () => {
    const document = await planOrder();
    const lost = new Error('lease lost');
    const call = {
      ...openCall(),
      beforeSend: () => {
        throw lost;
      },
    };
    await expect(target.entity('order').find(document, call)).rejects.toBe(lost);
    expect(listOperations()).toEqual([]);
  });

  it('of more documents than a page holds: all of them', async () => {
    const rows = Array.from({ length: 230 }, (_, index) => ({ DocEntry: 1_000 + index, U_EntrepotRef: 'shop/1001' }));
    await test.control('POST', '/seed', { sets: { Orders: rows } });
    const hits = await find(await planOrder());
    expect(hits.map(({ targetId }) => Number(targetId))).toEqual(rows.map(({ DocEntry }) => DocEntry));
    expect(listOperations()).toEqual(['POST $batch', 'GET Orders', 'GET Orders']);
  });
});

describe('a read that fails inside a batch', () => {
  const faults = [400, 403, 404, 429, 500, 502, 503, 504].map((code) => ({ type: 'status', code }) as const);
  const bodies = ['-1000', '-6006', '-5002', '-2028', '201', '407', 'x'].map((code) => ({
    type: 'status' as const,
    code: 400,
    body: JSON.stringify({ error: { code, message: 'said so' } }),
  }));

  it.each([...faults, ...bodies])('means what it means alone: $code $body', async (fault) => {
    const document = await planOrder();
    for (const match of [ORDER_READ, DRAFT_READ]) {
      test.sandbox.faults.add({ match, fault });
      const inside = await failure(find(document));
      test.sandbox.faults.add({ match: BATCH, fault: { type: 'status', code: 404 } });
      const single = test.open();
      const alone = await failure(single.entity('order').find(document, openCall()));
      await single.close();
      test.sandbox.faults.clear();
      expect(inside).toMatchObject({ name: 'VendorError', answerUnknown: false });
      expect({ ...inside, message: inside.message }).toEqual({ ...alone, message: alone.message });
    }
  });

  it('a field that the company lacks is named', async () => {
    const other = test.open(test.connect({ udfExternalRef: 'U_WebOrder' }));
    const document = await planOrder();
    expect(await failure(other.entity('order').find(document, openCall()))).toMatchObject({
      kind: 'rejected',
      code: '201',
      message: expect.stringContaining('U_WebOrder'),
    });
    await other.close();
  });
});

describe('session', () => {
  const countLogins = () => listOperations().filter((operation) => operation === 'POST Login').length;

  it('dead before the batch: renewed, and the batch repeated', async () => {
    const document = await planOrder();
    await test.control('POST', '/sessions/expire');
    expect(await find(document)).toEqual([]);
    expect(listOperations()).toEqual(['POST $batch', 'POST Login', 'POST $batch']);
  });

  it('dead in the middle of the batch: renewed, and the whole batch repeated, once', async () => {
    const document = await planOrder();
    test.sandbox.faults.add({ match: ORDER_READ, times: 1, fault: { type: 'expiredSession' } });
    const call = openCall();
    expect(await find(document, call)).toEqual([]);
    expect(listOperations()).toEqual(['POST $batch', 'POST Login', 'POST $batch']);
    expect(call.exchanges.map(({ status }) => status)).toEqual([200, 401, 200, 200]);
    test.sandbox.faults.add({ match: ORDER_READ, fault: { type: 'expiredSession' } });
    expect(await failure(find(document))).toMatchObject({ kind: 'unavailable', code: '301' });
    expect(countLogins()).toBe(2);
  });

  it('refused credentials stop the look-up', async () => {
    const document = await planOrder();
    await test.control('PATCH', '/settings', { password: 'changed' });
    await test.control('POST', '/sessions/expire');
    expect(await failure(find(document))).toMatchObject({ kind: 'unauthorized', code: '-304' });
  });
});

describe('a batch that fails as a whole', () => {
  it.each([
    { type: 'cutBeforeCommit' },
    { type: 'cutAfterCommit' },
    { type: 'status', code: 502 },
    { type: 'status', code: 503 },
    { type: 'status', code: 429 },
  ] as const)('$type $code: the system is away, nothing is in doubt, nothing is "not found"', async (fault) => {
    const document = await planOrder();
    test.sandbox.faults.add({ match: BATCH, times: 1, fault });
    const call = openCall();
    expect(await failure(find(document, call))).toMatchObject({ kind: 'unavailable', answerUnknown: false });
    expect(call.exchanges).toMatchObject([{ method: 'POST', url: expect.stringMatching(/\/\$batch$/) }]);
    expect(await find(document)).toEqual([]);
    expect(listOperations()).toEqual(['POST $batch', 'POST $batch']);
  });

  it('no answer in time: a timeout without doubt', async () => {
    const hasty = test.open(test.connect({ requestTimeoutMs: 500 }));
    const document = await planOrder();
    test.sandbox.faults.add({ match: BATCH, fault: { type: 'latency', ms: 2_000 } });
    expect(await failure(hasty.entity('order').find(document, openCall()))).toMatchObject({
      kind: 'timeout',
      answerUnknown: false,
    });
    await hasty.close();
  });

  it.each([404, 405, 400, 501, 302])(
    'HTTP %i: the server takes none, and is asked one by one for ten minutes',
    async (code) => {
      const document = await planOrder();
      await target.entity('order').create(document, openCall());
      test.sandbox.faults.requests.clear();
      test.sandbox.faults.add({ match: BATCH, times: 1, fault: { type: 'status', code } });
      expect(await find(document)).toHaveLength(1);
      expect(await find(document)).toHaveLength(1);
      const singly = ['GET Drafts', 'GET Orders'];
      expect(listOperations()).toEqual(['POST $batch', ...singly, ...singly]);
      nowMs += 10 * 60_000;
      expect(await find(document)).toHaveLength(1);
      expect(listOperations().at(-1)).toBe('POST $batch');
    },
  );

  it('three times in a row: single requests are tried, since it may be batches alone that a proxy answers so', async () => {
    const document = await planOrder();
    test.sandbox.faults.add({ match: BATCH, fault: { type: 'status', code: 502 } });
    for (let time = 0; time < 3; time += 1) expect((await failure(find(document))).kind).toBe('unavailable');
    expect(await find(document)).toEqual([]);
    expect(listOperations()).toEqual(['POST $batch', 'POST $batch', 'POST $batch', 'GET Drafts', 'GET Orders']);
  });

  it('a read that fails inside it is no failure of the batch', async () => {
    const document = await planOrder();
    test.sandbox.faults.add({ match: ORDER_READ, times: 3, fault: { type: 'status', code: 500 } });
    for (let time = 0; time < 3; time += 1) await failure(find(document));
    expect(await find(document)).toEqual([]);
    expect(new Set(listOperations().filter((operation) => operation.startsWith('POST')))).toEqual(
      new Set(['POST $batch']),
    );
    expect(listOperations().at(-3)).toBe('POST $batch');
  });

  const NOTHING = 'Content-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{"value":[]}';

  it.each([
    ['cut off', `--b\r\n${NOTHING}\r\n--b\r\n${NOTHING.slice(0, -1)}`],
    ['an answer short', `--b\r\n${NOTHING}\r\n--b--`],
    ['empty', ''],
    ["a proxy's page", '<html></html>'],
  ])('an answer that is %s: an error to be tried again, then one by one', async (_name, body) => {
    const document = await planOrder();
    await target.entity('order').create(document, openCall());
    const headers = { 'content-type': 'multipart/mixed;boundary=b' };
    test.sandbox.faults.add({ match: BATCH, times: 1, fault: { type: 'status', code: 200, body, headers } });
    const call = openCall();
    expect(await failure(find(document, call))).toMatchObject({
      kind: 'unavailable',
      code: 'unreadable-batch',
      answerUnknown: false,
    });
    expect(call.exchanges).toMatchObject([{ method: 'POST', status: 200, responseBody: body }]);
    test.sandbox.faults.requests.clear();
    expect(await find(document)).toHaveLength(1);
    expect(listOperations()).toEqual(['GET Drafts', 'GET Orders']);
  });

  it.each(['', '\r\n', '\r\n--b', '\r\n--b\r\n', '\r\n--b-'])(
    'ends in %j instead of its last boundary: taken',
    async (end) => {
      const document = await planOrder();
      const headers = { 'content-type': 'multipart/mixed;boundary=b' };
      const body = `--b\r\n${NOTHING}\r\n--b\r\n${NOTHING}${end}`;
      test.sandbox.faults.add({ match: BATCH, times: 1, fault: { type: 'status', code: 200, body, headers } });
      expect(await find(document)).toEqual([]);
      expect(listOperations()).toEqual(['POST $batch']);
    },
  );

  it.each([
    ['{}', 'unexpected'],
    ['{"value":null}', 'unexpected'],
    ['{"value":"', 'unavailable'],
    ['null', 'unavailable'],
    ['', 'unavailable'],
  ])('a part that says %j says not that nothing is there', async (body, kind) => {
    const document = await planOrder();
    for (const match of [ORDER_READ, DRAFT_READ]) {
      test.sandbox.faults.add({ match, times: 1, fault: { type: 'status', code: 200, body } });
      expect((await failure(find(document))).kind).toBe(kind);
    }
  });
});

it('a draft that becomes an order between the two readings is found', async () => {
  const document = await planOrder();
  await test.control('PATCH', '/settings', { approvals: true });
  expect(await target.entity('order').create(document, openCall())).toMatchObject({ status: 'accepted' });
  const [draft] = await find(document);
  // One by one, so that something can happen in between.
  test.sandbox.faults.add({ match: BATCH, fault: { type: 'status', code: 404 } });
  test.sandbox.faults.add({ match: ORDER_READ, fault: { type: 'latency', ms: 300 } });
  test.sandbox.faults.requests.clear();
  const finding = find(document);
  await expect.poll(listOperations, { timeout: 5_000 }).toContain('GET Orders');
  await test.control('POST', `/drafts/${draft?.targetId.replace('draft:', '')}/approve`);
  expect(await finding).toMatchObject([{ state: 'posted' }]);
});
