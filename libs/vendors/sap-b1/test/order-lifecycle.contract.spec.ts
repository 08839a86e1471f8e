import { Decimal, type Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type {
  FoundDocument,
  LineMapping,
  PlannedDocument,
  ResolvedDependency,
  VendorError,
} from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { ORDER_CASES } from './map-cases.ts';
import { type LineInput, makeFlow, makeOrder } from './orders-for-tests.ts';
import { documentOf } from './sandbox-for-tests.ts';
import { call, target, test, useSandbox } from './sandbox-under-test.ts';

useSandbox();

async function plan(
  order: Order,
  flow: FlowSettings<'order'> = makeFlow(),
  lines: readonly LineMapping[] = [],
  resolved: readonly ResolvedDependency[] = [],
  nowMs = Date.now(),
) {
  const profile = await target.companyProfile(call);
  const sourceKey = `shop/${order.source.id}`;
  const outcome = target.entity('order').map(order, {
    flow,
    resolved,
    profile,
    sourceKey,
    existing: () => (lines.length === 0 ? null : { targetId: '1', lines }),
    now: () => nowMs,
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return { document: outcome.documents[0] as PlannedDocument, lines: outcome.documents[0]?.lines ?? [] };
}

async function deliver(order: Order, flow: FlowSettings<'order'> = makeFlow()) {
  const planned = await plan(order, flow);
  await target.entity('order').create(planned.document, call);
  return { ...planned, current: await find(planned.document) };
}

async function find(document: PlannedDocument): Promise<FoundDocument> {
  const hits = await target.entity('order').find(document, call);
  expect(hits).toHaveLength(1);
  return hits[0] as FoundDocument;
}

const failure = (promise: Promise<unknown>): Promise<VendorError> =>
  promise.then(
    (value) => Promise.reject(new Error(`did not fail: ${JSON.stringify(value)}`)),
    (error) => error as VendorError,
  );
const orderOf = (...lines: LineInput[]) => makeOrder({ lines });
const bodyOf = (document: FoundDocument) =>
  document.body as {
    DocumentLines: Record<string, unknown>[];
    DocumentAdditionalExpenses: Record<string, unknown>[];
  } & Record<string, unknown>;

describe('every fixture is taken, and read back as planned', () => {
  for (const [name, makeCase] of Object.entries(ORDER_CASES)) {
    if (name === 'cancelled') continue;
    it(name, async () => {
      const { order, flow } = makeCase();
      const { document, current } = await deliver(order, flow);
      expect(target.entity('order').compare(document, current, flow)).toEqual([]);
    });
  }
});

describe('creating', () => {
  it('answers the id; the number people know comes with the next reading', async () => {
    const { document } = await plan(orderOf({ price: '12.50' }));
    expect(await target.entity('order').create(document, call)).toEqual({
      targetId: '1',
      targetNumber: null,
      status: 'created',
    });
    expect(await target.entity('order').read(documentOf('order'), '1', call)).toMatchObject({ targetNumber: '1000' });
  });

  it.each([null, 'de'])('an approval draft is accepted, found, not made twice (language %s)', async (language) => {
    if (language !== null) await test.control('PATCH', '/settings', { language });
    await test.control('PATCH', '/settings', { approvals: true });
    const { document } = await plan(orderOf({ price: '12.50' }));
    expect(await target.entity('order').create(document, call)).toMatchObject({
      status: 'accepted',
      targetId: 'draft:1',
    });
    const draft = await find(document);
    expect(draft.state).toBe('pending');
    await test.control('POST', '/drafts/1/approve');
    const order = await target.entity('order').read(documentOf('order'), 'draft:1', call);
    expect(order).toBeNull();
    expect(await find(document)).toMatchObject({ state: 'posted', targetId: '2' });
  });

  it('a refusal by a rule of the site comes with its own words', async () => {
    await test.control('POST', '/rules', { itemCode: 'POSTER-A2', text: 'Posters are not sold on the web' });
    const { document } = await plan(orderOf({ sku: 'POSTER-A2', price: '17.50' }));
    const error = await failure(target.entity('order').create(document, call));
    expect(error).toMatchObject({ kind: 'rejected', code: '-1116' });
    expect(error.message).toContain('Posters are not sold on the web');
    expect(await target.entity('order').find(document, call)).toEqual([]);
  });

  it('an unknown item is a refusal, not a draft', async () => {
    const { document } = await plan(orderOf({ sku: 'NEW-MUG-2026', price: '13.50' }));
    expect(await failure(target.entity('order').create(document, call))).toMatchObject({
      kind: 'rejected',
      code: '-2028',
    });
  });

  it('committed after we gave up: in doubt, absent at first, there later, once', async () => {
    const hasty = test.open(test.connect({ requestTimeoutMs: 500 }));
    test.sandbox.faults.add({
      match: { method: 'POST', operation: 'Orders' },
      times: 1,
      fault: { type: 'commitLate', ms: 700, hang: true },
    });
    const { document } = await plan(orderOf({ price: '12.50' }));
    expect(await failure(hasty.entity('order').create(document, call))).toMatchObject({
      kind: 'timeout',
      answerUnknown: true,
    });
    expect(await target.entity('order').find(document, call)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await find(document);
    await hasty.close();
  });

  it('502 after the commit: in doubt; the look-up after a draft fails: in doubt too', async () => {
    const { document } = await plan(orderOf({ price: '12.50' }));
    test.sandbox.faults.add({
      match: { method: 'POST', operation: 'Orders' },
      times: 1,
      fault: { type: 'status', code: 502 },
    });
    expect(await failure(target.entity('order').create(document, call))).toMatchObject({
      kind: 'unavailable',
      answerUnknown: true,
    });
    await test.control('PATCH', '/settings', { approvals: true });
    test.sandbox.faults.add({ match: { method: 'GET', operation: 'Orders' }, fault: { type: 'status', code: 503 } });
    expect(await failure(target.entity('order').create(document, call))).toMatchObject({ answerUnknown: true });
  });

  it('two orders with one reference are both shown', async () => {
    const { document } = await deliver(orderOf({ price: '12.50' }));
    await target.entity('order').create(document, call);
    expect(await target.entity('order').find(document, call)).toHaveLength(2);
  });
});

describe('changing', () => {
  const first = { id: 'a', price: '10.00', quantity: '2' };
  const second = { id: 'b', sku: 'CAP-NAVY', price: '19.99' };

  async function change(lines: LineInput[], before = [first, second]) {
    const delivered = await deliver(orderOf(...before));
    const next = await plan(orderOf(...lines), makeFlow(), delivered.lines);
    const outcome = await target.entity('order').update(next.document, delivered.current, call);
    return { outcome, next, delivered, after: await find(next.document) };
  }

  it('a quantity', async () => {
    const { outcome, next, after } = await change([{ ...first, quantity: '5' }, second]);
    expect(outcome).toEqual({ status: 'applied' });
    expect(target.entity('order').compare(next.document, after, makeFlow())).toEqual([]);
    expect(bodyOf(after).DocumentLines.map((line) => [line.LineNum, line.Quantity])).toEqual([
      [0, 5],
      [1, 1],
    ]);
  });

  it('a line more', async () => {
    const { outcome, next, after } = await change([first, { id: 'c', sku: 'TOTE-NATURAL', price: '14.00' }, second]);
    expect(outcome).toEqual({ status: 'applied' });
    expect(target.entity('order').compare(next.document, after, makeFlow())).toEqual([]);
    expect(next.lines).toEqual([
      { sourceLineId: 'a', targetLine: '0' },
      { sourceLineId: 'c', targetLine: '2' },
      { sourceLineId: 'b', targetLine: '1' },
    ]);
  });

  it('a line less, the others keep their numbers', async () => {
    const { outcome, next, after } = await change([second]);
    expect(outcome).toEqual({ status: 'applied' });
    expect(bodyOf(after).DocumentLines.map((line) => [line.LineNum, line.ItemCode])).toEqual([[1, 'CAP-NAVY']]);
    expect(target.entity('order').compare(next.document, after, makeFlow())).toEqual([]);
  });

  it('a line less while another is delivered: that one stays as it is', async () => {
    const third = { id: 'c', sku: 'TOTE-NATURAL', price: '14.00' };
    const delivered = await deliver(orderOf(first, second, third));
    await test.control('POST', `/orders/${delivered.current.targetId}/deliver`, { quantities: { 0: 2 } });
    const next = await plan(orderOf(first, third), makeFlow(), delivered.lines);
    expect(await target.entity('order').update(next.document, await find(next.document), call)).toEqual({
      status: 'applied',
    });
    const after = await find(next.document);
    expect(bodyOf(after).DocumentLines.map((line) => [line.LineNum, line.LineStatus])).toEqual([
      [0, 'bost_Close'],
      [2, 'bost_Open'],
    ]);
    expect(target.entity('order').compare(next.document, after, makeFlow())).toEqual([]);
  });

  it('a discount that is taken back', async () => {
    const flow = makeFlow({ discounts: 'percent' });
    const delivered = await deliver(orderOf({ ...first, discount: '2.00' }), flow);
    expect(bodyOf(delivered.current).DocumentLines[0]).toMatchObject({
      UnitPrice: 10,
      DiscountPercent: 10,
      LineTotal: 18,
    });
    const next = await plan(orderOf(first), flow, delivered.lines);
    expect(await target.entity('order').update(next.document, delivered.current, call)).toEqual({ status: 'applied' });
    expect(target.entity('order').compare(next.document, await find(next.document), flow)).toEqual([]);
  });

  it('prices with tax, and freight', async () => {
    const flow = makeFlow();
    const included = (price: string, tax: string, shipping: string) =>
      makeOrder({
        taxesIncluded: true,
        lines: [{ id: 'a', price, tax: { rate: '0.19', amount: tax } }],
        shipping: { price: shipping },
      });
    const delivered = await deliver(included('19.99', '3.19', '4.90'), flow);
    const next = await plan(included('24.99', '3.99', '6.90'), flow, delivered.lines);
    expect(await target.entity('order').update(next.document, delivered.current, call)).toEqual({ status: 'applied' });
    const after = await find(next.document);
    expect(target.entity('order').compare(next.document, after, flow)).toEqual([]);
    expect(bodyOf(after).DocumentAdditionalExpenses).toHaveLength(1);
  });

  it('with a stale state: conflict, nothing changed', async () => {
    const delivered = await deliver(orderOf(first));
    const next = await plan(orderOf({ ...first, quantity: '3' }), makeFlow(), delivered.lines);
    expect(await target.entity('order').update(next.document, delivered.current, call)).toEqual({ status: 'applied' });
    const other = await plan(orderOf({ ...first, quantity: '4' }), makeFlow(), delivered.lines);
    expect(await failure(target.entity('order').update(other.document, delivered.current, call))).toMatchObject({
      kind: 'conflict',
      code: '-2039',
    });
    expect(await target.entity('order').update(other.document, await find(other.document), call)).toEqual({
      status: 'applied',
    });
  });

  it('below what is delivered is refused with words; above is applied', async () => {
    const delivered = await deliver(orderOf({ ...first, quantity: '5' }, second));
    await test.control('POST', `/orders/${delivered.current.targetId}/deliver`, { quantities: { 0: 3 } });
    const less = await plan(orderOf({ ...first, quantity: '2' }, second), makeFlow(), delivered.lines);
    const refused = await target.entity('order').update(less.document, await find(less.document), call);
    expect(refused).toMatchObject({ status: 'refused', error: { code: 'line-delivered' } });
    if (refused.status === 'refused')
      expect(refused.error.message).toContain('3 of 5 are delivered already, the shop now wants 2');
    const more = await plan(orderOf({ ...first, quantity: '6' }, second), makeFlow(), delivered.lines);
    expect(await target.entity('order').update(more.document, await find(more.document), call)).toEqual({
      status: 'applied',
    });
  });

  it('a closed order, another customer, a draft: refused for a person', async () => {
    const delivered = await deliver(orderOf(first));
    const next = await plan(
      orderOf({ ...first, quantity: '3' }),
      makeFlow({ customers: { mode: 'collective', cardCode: 'OTHER' } }),
      delivered.lines,
    );
    expect(await target.entity('order').update(next.document, delivered.current, call)).toMatchObject({
      status: 'refused',
      error: { code: 'fixed-field' },
    });
    await test.control('POST', `/orders/${delivered.current.targetId}/deliver`, {});
    const same = await plan(orderOf({ ...first, quantity: '3' }), makeFlow(), delivered.lines);
    expect(await target.entity('order').update(same.document, await find(same.document), call)).toMatchObject({
      status: 'refused',
      error: { code: 'order-closed' },
    });
    await test.control('PATCH', '/settings', { approvals: true });
    const draft = await deliver(makeOrder({ id: '2002', lines: [first] }));
    const changed = await plan(
      makeOrder({ id: '2002', lines: [{ ...first, quantity: '9' }] }),
      makeFlow(),
      draft.lines,
    );
    expect(await target.entity('order').update(changed.document, draft.current, call)).toMatchObject({
      status: 'refused',
      error: { code: 'draft-pending' },
    });
    expect(await target.entity('order').update(draft.document, draft.current, call)).toEqual({ status: 'unchanged' });
  });
});

describe('cancelling', () => {
  const cancelled = (order: Order): Order => ({
    ...order,
    orderStatus: 'CANCELLED',
    cancelledAt: Date.UTC(2026, 2, 3) * 1000,
  });

  it('an open order is cancelled; once', async () => {
    const order = orderOf({ price: '10.00' });
    const { current } = await deliver(order);
    const { document } = await plan(cancelled(order));
    expect(target.entity('order').compare(document, current, makeFlow())).toHaveLength(1);
    expect(await target.entity('order').update(document, current, call)).toEqual({ status: 'applied' });
    const after = await find(document);
    expect(target.entity('order').compare(document, after, makeFlow())).toEqual([]);
    expect(await target.entity('order').update(document, after, call)).toEqual({ status: 'unchanged' });
  });

  it('a partly delivered one is refused in the words of SAP', async () => {
    const order = orderOf({ price: '10.00', quantity: '3' });
    const { current } = await deliver(order);
    await test.control('POST', `/orders/${current.targetId}/deliver`, { quantities: { 0: 1 } });
    const { document } = await plan(cancelled(order));
    expect(await target.entity('order').update(document, await find(document), call)).toMatchObject({
      status: 'refused',
      error: { code: '-5006' },
    });
  });
});

describe('read-back', () => {
  it('names what somebody changed in SAP', async () => {
    const { document, current } = await deliver(orderOf({ price: '10.00', quantity: '2' }));
    const changed = structuredClone(current.body) as Record<string, unknown> & {
      DocumentLines: Record<string, unknown>[];
    };
    Object.assign(changed.DocumentLines[0] ?? {}, { Quantity: 3, LineTotal: 30 });
    Object.assign(changed, { DocTotal: 30, NumAtCard: 'other' });
    const differences = target.entity('order').compare(document, { ...current, body: changed }, makeFlow());
    expect(differences.map((difference) => difference.path)).toEqual([
      'NumAtCard',
      'DocumentLines[LineNum=0].Quantity',
      'DocumentLines[LineNum=0].LineTotal',
      'DocTotal',
    ]);
    expect(target.entity('order').stateHash(documentOf('order'), { ...current, body: changed })).not.toBe(
      target.entity('order').stateHash(documentOf('order'), current),
    );
  });

  it('the noise of doubles is no difference', async () => {
    const order = orderOf({
      price: '19.99',
      quantity: '3',
      tax: { rate: '0.0725', amount: new Decimal('4.35').toFixed() },
    });
    const { document, current } = await deliver(order);
    const before = target.entity('order').stateHash(documentOf('order'), current);
    await test.control('PATCH', '/settings', { noisyDoubles: true });
    const noisy = await find(document);
    expect(target.entity('order').compare(document, noisy, makeFlow())).toEqual([]);
    expect(target.entity('order').stateHash(documentOf('order'), noisy)).toBe(before);
  });
});

it('an order dated by the day of writing keeps that day when it is looked at later', async () => {
  const flow = makeFlow({ docDate: 'today' });
  const order = orderOf({ price: '10.00' });
  const { current, lines } = await deliver(order, flow);
  const later = await plan(order, flow, lines, [], Date.now() + 3 * 86_400_000);
  expect(await target.entity('order').update(later.document, current, call)).toEqual({ status: 'unchanged' });
  expect(target.entity('order').compare(later.document, current, flow)).toEqual([]);
});
