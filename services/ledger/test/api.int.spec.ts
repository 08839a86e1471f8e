import { tellHeld } from '@entrepot/broker';
import { deliveryId, describeDeadLetter, eventId, type WaitingKey } from '@entrepot/canonical';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CommandAnswers } from '../src/reprocess/command-answers.ts';
import type { Delivery } from '../src/states/delivery.ts';
import { supersede } from '../src/states/transitions.ts';
import { startTestLedger, type TestLedger } from './ledger-process.ts';
import { attemptReport, rejected, routedReport } from './reports.ts';
import { waitFor } from './wait.ts';

let test: TestLedger;
let shop: string;
let erp: string;
let flow: string;

beforeAll(async () => {
  test = await startTestLedger();
  const connections = (await test.call('GET', '/v1/connections')).body.items as { id: string; vendor: string }[];
  shop = connections.find((connection) => connection.vendor === 'shopify')?.id ?? '';
  erp = connections.find((connection) => connection.vendor === 'sap-b1')?.id ?? '';
  flow = `order:${shop}:${erp}`;
}, 60_000);

afterAll(() => test?.close());

/** Unlike those of earlier runs on the same Kafka: their reports are read again. */
function deliveryIdOf(id: string, version: number): string {
  return `d-${shop}-${id}-${version}`;
}

/** Publishes an order and reports its routing; gives the delivery's id. */
async function route(
  id: string,
  version = 1,
  result: 'matched' | 'skipped' = 'matched',
): Promise<{ id: string; eventId: string }> {
  const event = await test.publishOrder(id, `#${id}`, version);
  const deliveryId = deliveryIdOf(id, version);
  const decision = {
    deliveryId,
    flow,
    flowRevision: 1,
    to: erp,
    result,
    ...(result === 'skipped' ? { reason: 'test order', reasonCode: 'test-order' } : {}),
    lane: { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: '1000000' },
  };
  await test.report(
    routedReport({
      connection: shop,
      sourceId: id,
      number: `#${id}`,
      version,
      eventId: event.eventId,
      publishedAtMicros: event.publishedAtMicros,
      decisions: [decision],
    }),
  );
  return { id: deliveryId, eventId: event.eventId };
}

function attempted(id: string, version: number, eventId: string, change: Parameters<typeof attemptReport>[0]) {
  return attemptReport({
    deliveryId: deliveryIdOf(id, version),
    connection: shop,
    sourceId: id,
    number: `#${id}`,
    version,
    eventId,
    flow,
    to: erp,
    ...change,
  });
}

async function show(id: string) {
  return (await test.call('GET', `/v1/deliveries/${id}`)).body;
}

async function inState(id: string, state: string) {
  return waitFor(async () => {
    const shown = await show(id);
    return shown.state === state ? shown : null;
  });
}

describe('what the ledger shows', () => {
  it('one delivery with its record, attempts and target number', async () => {
    const { id, eventId } = await route('2001');
    await test.report(attempted('2001', 1, eventId, { outcome: 'verified' }));
    const shown = await inState(id, 'verified');
    expect(shown).toMatchObject({
      number: '#2001',
      from: shop,
      to: erp,
      targetNumber: '512',
      attempts: 1,
    });
    const whole = await waitFor(async () => {
      const now = await show(id);
      return now.payload === null ? null : now;
    });
    expect(whole.payload).toMatchObject({ source: { id: '2001' }, email: 'ada@example.com' });
    expect(whole.record).toMatchObject({ topic: 'entrepot.order.v1' });
    expect(whole.attemptLog).toHaveLength(1);
  });

  it('an order whose first attempt told the routing along, whichever of event and attempt comes first', async () => {
    for (const [id, isEventFirst] of [
      ['2003', true],
      ['2004', false],
    ] as const) {
      const identity = { entity: 'order', connection: shop, id, version: 1, contentHash: 'hash-1' } as const;
      const told = (publishedAtMicros: number) =>
        test.report(
          attempted(id, 1, eventId(identity), {
            routing: { sinkVendor: 'sap-b1', publishedAtMicros, flowRevision: 7 },
          }),
        );
      const publishedAtMicros = Date.now() * 1_000;
      if (!isEventFirst) await told(publishedAtMicros);
      const event = await test.publishOrder(id, `#${id}`, 1, publishedAtMicros);
      if (isEventFirst) await told(publishedAtMicros);
      const shown = await inState(deliveryIdOf(id, 1), 'verified');
      expect(shown).toMatchObject({ flowRevision: 7, lane: { offset: '7' }, attempts: 1 });
      const message = await waitFor(() =>
        test.ledger.store.messages.findOne({ eventId: event.eventId, bytes: { $ne: null }, undelivered: false }),
      );
      expect(message).toMatchObject({ routedBy: ['sap-b1'], vendor: 'shopify' });
      const [row] = (await test.call('GET', `/v1/orders?q=${id}&connection=${shop}`)).body.items;
      expect(row).toMatchObject({ status: 'imported', version: 1, targets: [{ targetNumber: '512' }] });
    }
  });

  it('a skipped order with the reason, and the order list with import status', async () => {
    const { id } = await route('2002', 1, 'skipped');
    expect(await inState(id, 'skipped')).toMatchObject({ reason: 'test order', reasonCode: 'test-order' });
    const order = await waitFor(async () => {
      const [found] = (await test.call('GET', `/v1/orders?q=2002&connection=${shop}`)).body.items;
      return found?.status === 'not-wanted' ? found : null;
    });
    expect(order).toMatchObject({ number: '#2002' });
  });

  it('records of every entity, each under its own', async () => {
    const decision = {
      deliveryId: `d-${shop}-c-77`,
      flow: `customer:${shop}:${erp}`,
      flowRevision: 1,
      to: erp,
    } as const;
    const lane = { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: '1000000' };
    await test.report(
      routedReport({
        entity: 'customer',
        connection: shop,
        sourceId: '77',
        number: 'ada@example.com',
        version: 3,
        eventId: `customer-77-${shop}`,
        decisions: [{ ...decision, result: 'matched', lane }],
      }),
    );
    const [row] = await waitFor(async () => {
      const { items } = (await test.call('GET', `/v1/records?entity=customer&connection=${shop}&q=77`)).body;
      return items.length === 0 ? null : items;
    });
    expect(row).toMatchObject({
      entity: 'customer',
      id: '77',
      status: 'open',
      targets: [{ state: 'pending', to: erp }],
    });
    expect((await test.call('GET', `/v1/orders?connection=${shop}&q=77`)).body.items).toEqual([]);
    const orders = (await test.call('GET', `/v1/orders?connection=${shop}&limit=200`)).body.items;
    expect((await test.call('GET', `/v1/records?entity=order&connection=${shop}&limit=200`)).body.items).toEqual(
      orders,
    );
    expect(orders.every(({ entity }: { entity: string }) => entity === 'order')).toBe(true);
  });

  it('refuses records of no entity, and of an unknown one, by naming those that there are', async () => {
    for (const query of ['', '?entity=orders']) {
      const { status, body } = await test.call('GET', `/v1/records${query}`);
      expect(status).toBe(400);
      expect(body.errors).toEqual([
        { path: 'entity', message: expect.stringMatching(/customer.*product.*order.*inventory/) },
      ]);
    }
  });

  it('an event that no router can read counts as a record of its own topic', async () => {
    const publisher = await test.broker.publisher();
    await publisher.send('entrepot.customer.v1', { key: `${shop}/unreadable`, value: Buffer.from([1, 2, 3]) });
    await publisher.close();
    const isIn = async (entity: string) => {
      const { items } = (await test.call('GET', `/v1/records?entity=${entity}&status=attention&limit=200`)).body;
      return items.some((item: { id: string }) => item.id === 'unreadable');
    };
    await waitFor(async () => ((await isIn('customer')) ? true : null));
    expect(await isIn('order')).toBe(false);
  });

  it('what flows left out, with the reason, until a later version is let in', async () => {
    for (const id of ['2051', '2052', '2053']) await route(id, 1, 'skipped');
    await inState(deliveryIdOf('2053', 1), 'skipped');
    const list = async (query: string) =>
      (await test.call('GET', `/v1/skipped?connection=${shop}&${query}`)).body as {
        items: { sourceId: string }[];
        next: string | null;
      };
    const ids = async (query: string) => (await list(query)).items.map(({ sourceId }) => sourceId);
    const { items } = await list('limit=200');
    expect(items.find(({ sourceId }) => sourceId === '2051')).toEqual({
      entity: 'order',
      connection: shop,
      sourceId: '2051',
      number: '#2051',
      version: 1,
      flow,
      to: erp,
      deliveryId: deliveryIdOf('2051', 1),
      reason: 'test order',
      reasonCode: 'test-order',
      at: expect.any(String),
    });
    const pages: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page = await list(`limit=2${next === '' ? '' : `&cursor=${next}`}`);
      pages.push(...page.items.map(({ sourceId }) => sourceId));
      next = page.next;
    }
    expect(pages).toEqual(items.map(({ sourceId }) => sourceId));
    expect(await ids(`flow=${flow}&reasonCode=test-order&entity=order&limit=200`)).toEqual(pages);
    for (const none of ['flow=order:a:b', 'reasonCode=flow-inactive', 'entity=customer'])
      expect(await ids(none)).toEqual([]);
    await route('2052', 2);
    await waitFor(async () => ((await ids('limit=200')).includes('2052') ? null : true));
    expect(await ids('limit=200')).toEqual(expect.arrayContaining(['2051', '2053']));
  });

  it('finds by number with and without #, by state, and pages with cursors', async () => {
    for (const id of ['2101', '2102', '2103']) await route(id);
    await inState(deliveryIdOf('2103', 1), 'pending');
    expect((await test.call('GET', `/v1/deliveries?number=2102&from=${shop}`)).body.items).toHaveLength(1);
    expect(
      (await test.call('GET', `/v1/deliveries?number=${encodeURIComponent('#2102')}&from=${shop}`)).body.items,
    ).toHaveLength(1);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = (await test.call('GET', `/v1/deliveries?state=pending&limit=1&from=${shop}${cursor}`)).body;
      seen.push(...page.items.map((item: { id: string }) => item.id));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(
      expect.arrayContaining([deliveryIdOf('2101', 1), deliveryIdOf('2102', 1), deliveryIdOf('2103', 1)]),
    );
  });

  it('messages by the state of their deliveries, page by page, newest first', async () => {
    for (const id of ['2151', '2152', '2153', '2154']) {
      const event = await test.publishOrder(id, `#${id}`, 1);
      const { eventId } = event;
      // A real id: pages are found by the time it begins with.
      const real = deliveryId(flow, eventId, event.publishedAtMicros);
      const outcome = id === '2152' ? 'verified' : 'mismatch';
      await test.report(attempted(id, 1, eventId, { deliveryId: real, outcome }));
      await inState(real, outcome);
      await waitFor(async () => ((await show(real)).payload === null ? null : true));
    }
    const seen: { number: string; at: string }[] = [];
    let cursor = '';
    do {
      const query = `deliveryState=mismatch&connection=${shop}&limit=1${cursor}`;
      const page = (await test.call('GET', `/v1/messages?${query}`)).body;
      seen.push(...page.items);
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(seen.map(({ number }) => number).sort()).toEqual(['#2151', '#2153', '#2154']);
    expect(seen.map(({ at }) => at)).toEqual(
      seen
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    for (const none of ['state=unmapped', 'open=true']) {
      const query = `deliveryState=mismatch&connection=${shop}&${none}`;
      expect((await test.call('GET', `/v1/messages?${query}`)).body.items).toEqual([]);
    }
  });

  it('pages through orders of any status without leaving one out', async () => {
    const all = (await test.call('GET', `/v1/orders?connection=${shop}&limit=200`)).body.items as { id: string }[];
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = (await test.call('GET', `/v1/orders?connection=${shop}&limit=2${cursor}`)).body;
      seen.push(...page.items.map((item: { id: string }) => item.id));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  it('failures by cause; an unmapped record is one too, until a good version comes', async () => {
    for (const id of ['2201', '2202']) {
      const { eventId } = await route(id);
      await test.report(
        attempted(id, 1, eventId, { outcome: 'failed', documents: [], error: rejected(`Item "X${id}" unknown`) }),
      );
    }
    await inState(deliveryIdOf('2202', 1), 'failed');
    const groups = (await test.call('GET', '/v1/failure-groups')).body.items;
    expect(groups).toContainEqual(expect.objectContaining({ kind: 'delivery', count: 2, title: 'Item "…" unknown' }));
    const unmapped = (again: number) => ({
      kind: 'unmapped' as const,
      reportId: `unmapped-${again}`,
      entity: 'order' as const,
      vendor: 'shopify',
      connection: shop,
      sourceId: '2203',
      number: '#2203',
      error: { kind: 'source', code: 'totals', message: 'totals differ by 0.02 USD', advice: null, fields: [] },
      atMicros: Date.now() * 1000,
    });
    await test.report(unmapped(1));
    await test.report(unmapped(2));
    const open = await waitFor(async () => {
      const found = (await test.call('GET', `/v1/messages?open=true&q=2203&connection=${shop}`)).body.items;
      return found.length === 1 ? found[0] : null;
    });
    expect(open).toMatchObject({ state: 'unmapped', open: true, error: { message: 'totals differ by 0.02 USD' } });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await test.publishOrder('2203', '#2203', 2);
    await waitFor(
      async () =>
        (await test.call('GET', `/v1/messages?open=true&q=2203&connection=${shop}`)).body.items.length === 0 || null,
    );
  });

  it('a dead letter, by the name that the API has for it', async () => {
    const record = { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: 17n, headers: {} };
    await test.report(describeDeadLetter({ ...record, key: 'zoo', timestampMs: Date.now() }, 'it is no delivery'));
    const kept = await waitFor(async () => {
      const { items } = (await test.call('GET', '/v1/messages?state=dead-letter')).body;
      return items.length === 1 ? items[0] : null;
    });
    expect(kept).toMatchObject({ state: 'dead-letter', open: true, entity: null, error: { code: 'stray-record' } });
    const groups = (await test.call('GET', '/v1/failure-groups')).body.items;
    expect(groups).toContainEqual(expect.objectContaining({ kind: 'dead-letter', sample: kept.id }));
    const refresh = await test.call('POST', `/v1/messages/${kept.id}/refresh`, { reason: 'try' });
    expect(refresh).toMatchObject({ status: 409, body: { type: 'urn:entrepot:problem:dead-letter' } });
    expect((await test.call('GET', '/v1/messages?state=stray')).status).toBe(400);
  });

  it('a partition that a service cannot read on, until it can', async () => {
    const held = {
      groupId: 'entrepot.sink.sap-b1',
      topic: 'entrepot.order.v1',
      partition: 3,
      offset: 17n,
      cause: 'its compression, number 5, is not known to this build',
    };
    expect((await test.call('GET', '/v1/attention')).body).toEqual({ items: [], next: null });
    await test.store.serviceTroubles.tell('sink-sap-b1', 'process', tellHeld([held]));
    const { status, body } = await test.call('GET', '/v1/attention');
    expect(status).toBe(200);
    expect(body.items).toEqual([
      {
        service: 'sink-sap-b1',
        subject: 'entrepot.order.v1/3',
        message:
          'entrepot.sink.sap-b1 cannot read entrepot.order.v1/3 on: the batch at offset 17 cannot be decoded, its compression, number 5, is not known to this build',
        advice: expect.stringContaining('once the batch is deleted'),
        since: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    await test.store.serviceTroubles.tell('sink-sap-b1', 'process', []);
    expect((await test.call('GET', '/v1/attention')).body.items).toEqual([]);
  });

  it('a newer version overtakes an older failed one', async () => {
    const first = await route('2301', 1);
    await test.report(attempted('2301', 1, first.eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
    await inState(deliveryIdOf('2301', 1), 'failed');
    const second = await route('2301', 2);
    await test.report(attempted('2301', 2, second.eventId, { outcome: 'verified' }));
    expect(await inState(deliveryIdOf('2301', 1), 'superseded')).toMatchObject({ supersededBy: 2 });
    const order = await waitFor(async () => {
      const [found] = (await test.call('GET', `/v1/orders?q=2301&connection=${shop}`)).body.items;
      return found?.status === 'imported' ? found : null;
    });
    expect(order).toMatchObject({ version: 2 });
  });

  it('an older one that failed is overtaken also when the newer one was told first', async () => {
    const first = await route('2302', 1);
    const second = await route('2302', 2);
    await test.report(attempted('2302', 2, second.eventId, { outcome: 'verified' }));
    await inState(deliveryIdOf('2302', 2), 'verified');
    await test.report(attempted('2302', 1, first.eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
    expect(await inState(deliveryIdOf('2302', 1), 'superseded')).toMatchObject({ supersededBy: 2 });
    expect(await show(deliveryIdOf('2302', 2))).toMatchObject({ state: 'verified' });
  });

  it('an older one that failed stays open beside a newer one of which nothing is known yet', async () => {
    const first = await route('2303', 1);
    await route('2303', 2);
    await inState(deliveryIdOf('2303', 2), 'pending');
    await test.report(attempted('2303', 1, first.eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
    expect(await inState(deliveryIdOf('2303', 1), 'failed')).toMatchObject({ supersededBy: null });
  });
});

describe('what operators do', () => {
  it('retry as is appends the stored record to the lane of that target and shows the operation until it is answered', async () => {
    const { id, eventId } = await route('3001');
    await test.report(attempted('3001', 1, eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
    await inState(id, 'failed');
    await waitFor(async () => ((await show(id)).payload === null ? null : true));
    const asked = await test.call('POST', `/v1/deliveries/${id}/retry`, { mode: 'as-is', reason: 'item was blocked' });
    expect(asked.status).toBe(202);
    expect(await show(id)).toMatchObject({
      state: 'failed',
      retry: { mode: 'as-is', stage: 'sent', requestedBy: 'ENTREPOT_ADMIN_TOKEN' },
    });
    const again = await test.call('POST', `/v1/deliveries/${id}/retry`, { mode: 'as-is', reason: 'twice' });
    expect(again).toMatchObject({ status: 409, body: { type: 'urn:entrepot:problem:retry-under-way' } });
    await test.report(attempted('3001', 1, eventId, { outcome: 'verified', operationId: asked.body.id, attempt: 2 }));
    expect(await inState(id, 'verified')).toMatchObject({ retry: null, attempts: 2 });
    expect((await test.call('GET', `/v1/operations/${asked.body.id}`)).body).toMatchObject({
      state: 'succeeded',
      result: 'verified',
    });
  });

  it('retry names what is to be created anew: documents that the target took and has yet to confirm, none that it has', async () => {
    const { id, eventId } = await route('3005');
    const words = { message: 'The target took the order', advice: null, fields: [] };
    const error = { kind: 'accepted', code: 'confirmation-overdue', ...words };
    const blank = { role: 'order', subId: null, externalRef: 'shop/3005', targetNumber: null };
    const taken = { ...blank, targetId: null, draft: true };
    const paid = {
      ...blank,
      role: 'payment',
      subId: '1',
      externalRef: 'shop/3005/payment/1',
      targetId: '9',
      draft: false,
    };
    await test.report(attempted('3005', 1, eventId, { outcome: 'failed', documents: [taken, paid], error }));
    await inState(id, 'failed');
    await waitFor(async () => ((await show(id)).payload === null ? null : true));
    const retry = (createAnew: string[]) =>
      test.call('POST', `/v1/deliveries/${id}/retry`, { mode: 'as-is', reason: 'not there', createAnew });
    expect(await retry(['shop/3005', 'shop/3005/payment/1'])).toMatchObject({
      status: 409,
      body: {
        type: 'urn:entrepot:problem:in-target',
        detail: expect.stringContaining('names shop/3005/payment/1, which the target has as 9'),
      },
    });
    expect((await retry(['shop/3005'])).status).toBe(202);
    expect((await show(id)).retry).toMatchObject({ stage: 'sent' });
    const { items } = (await test.call('GET', `/v1/audit?subject=${id}`)).body;
    expect(items).toContainEqual(
      expect.objectContaining({ details: expect.objectContaining({ createAnew: ['shop/3005'] }) }),
    );
  });

  it('refresh and retry: unchanged sends the stored record; a new version leaves the field to it', async () => {
    const { id, eventId } = await route('3002');
    await test.report(attempted('3002', 1, eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
    await inState(id, 'failed');
    await waitFor(async () => ((await show(id)).payload === null ? null : true));
    const asked = (
      await test.call('POST', `/v1/deliveries/${id}/retry`, { mode: 'refresh', reason: 'fixed in the shop' })
    ).body;
    expect((await show(id)).retry).toMatchObject({ stage: 'refreshing' });
    const answer = {
      kind: 'command' as const,
      reportId: `answer-${asked.id}`,
      commandId: asked.id,
      connection: shop,
      entity: 'order' as const,
      sourceId: '3002',
      eventId: null,
      version: null,
      error: null,
      atMicros: Date.now() * 1000,
    };
    await test.report({ ...answer, result: 'unchanged' });
    await waitFor(async () => ((await show(id)).retry?.stage === 'sent' ? true : null));
    await test.report(
      attempted('3002', 1, eventId, {
        outcome: 'failed',
        operationId: asked.id,
        attempt: 2,
        documents: [],
        error: rejected('no'),
      }),
    );
    await waitFor(async () => ((await show(id)).retry === null ? true : null));
    const second = (await test.call('POST', `/v1/deliveries/${id}/retry`, { mode: 'refresh', reason: 'again' })).body;
    await test.report({ ...answer, commandId: second.id, reportId: 'answer-2', result: 'new-version', version: 9 });
    await waitFor(async () => ((await show(id)).retry === null ? true : null));
    expect((await test.call('GET', `/v1/operations/${second.id}`)).body).toMatchObject({ state: 'succeeded' });
  });

  it('a report of a sink whose wait lies beyond all dates is taken in', async () => {
    const { id, eventId } = await route('3023');
    const waiting = { outcome: 'waiting', documents: [], waitingOn: [], notBeforeMicros: 1e300 } as const;
    await test.report(attempted('3023', 1, eventId, { ...waiting, error: rejected('item is missing') }));
    expect(await inState(id, 'waiting')).toMatchObject({ nextAttemptAt: expect.any(String) });
  });

  it('a wait for a counterpart ends by the report that made it at the source, or at once if its link is there', async () => {
    const { links } = test.store;
    const waitForOrder = async (id: string, targetId: string) => {
      const awaited = {
        entity: 'order',
        sourceKey: `${erp}/${targetId}`,
        match: `SO-${targetId}`,
        counterpart: true,
      } as const;
      const deliveryId = `d-${erp}-${id}-1`;
      await test.report(
        attemptReport({
          deliveryId,
          entity: 'shipment',
          connection: erp,
          to: shop,
          flow: `shipment:${erp}:${shop}`,
          sourceId: id,
          outcome: 'waiting',
          documents: [],
          waitingOn: [awaited],
          error: rejected('order is missing'),
        }),
      );
      return deliveryId;
    };
    // A wait by itself is looked at again after three minutes. A release makes it due, and within milliseconds the scheduler has claimed
    // it, found no event of it to send here, and put it off by half a minute: only that lasts long enough to be seen for certain.
    const isReleased = async (id: string) => {
      const { state, retry, nextAttemptAt } = await show(id);
      return state !== 'waiting' || retry !== null || Date.parse(nextAttemptAt) < Date.now() + 90_000;
    };
    const before = await waitForOrder('SH-1', '7001');
    expect((await inState(before, 'waiting')).waitingOn).toEqual([
      { entity: 'order', sourceKey: `${erp}/7001`, match: 'SO-7001', counterpart: true, lines: [] },
    ]);
    expect(await isReleased(before)).toBe(false);
    const { eventId } = await route('7301');
    const document = {
      role: 'order',
      subId: null,
      externalRef: `${shop}/7301`,
      targetId: '7001',
      targetNumber: null,
      draft: false,
    };
    await test.report(attempted('7301', 1, eventId, { documents: [document] }));
    await waitFor(async () => ((await isReleased(before)) ? true : null));
    // The other order: first the shop's order is in the ERP, then the wait is told.
    await links.recordDocument(
      { target: erp, entity: 'order', sourceKey: `${shop}/7302` },
      { ...document, targetId: '7002' },
      1,
    );
    const after = await waitForOrder('SH-2', '7002');
    await waitFor(async () => ((await isReleased(after)) ? true : null));
    // A payment that has the order's number there is not that order.
    await links.recordDocument(
      { target: erp, entity: 'order', sourceKey: `${shop}/7303` },
      { ...document, role: 'payment', subId: 'p', targetId: '7003' },
      1,
    );
    const other = await waitForOrder('SH-3', '7003');
    await inState(other, 'waiting');
    // The links are asked after the wait is written: only what is read to its end has had its chance to be released.
    await waitFor(async () => ((await test.ledger.catchUp()) ? true : null));
    expect(await isReleased(other)).toBe(false);
  });

  it('a delivery that failed for an overdue record goes on when that is confirmed, however late', async () => {
    const customer: WaitingKey = { entity: 'customer', sourceKey: `${shop}/C7`, match: 'c7@example.com' };
    const code = 'confirmation-overdue';
    const error = { kind: 'accepted', code, message: 'not confirmed', advice: null, fields: [] };
    const fail = async (sourceId: string, waitingOn: WaitingKey[]): Promise<string> => {
      const { id, eventId } = await route(sourceId);
      await test.report(
        attempted(sourceId, 1, eventId, { outcome: 'failed', documents: [], counterparts: [], error, waitingOn }),
      );
      await inState(id, 'failed');
      return id;
    };
    const needing = await fail('7320', [customer]);
    const other = await fail('7321', [{ ...customer, sourceKey: `${shop}/C8`, match: 'c8@example.com' }]);
    const document = {
      role: 'customer',
      subId: null,
      externalRef: `${shop}/C7`,
      targetId: 'C20000',
      targetNumber: null,
    };
    await test.report({
      kind: 'confirmed',
      reportId: 'confirmed/c7',
      entity: 'customer',
      connection: shop,
      sourceId: 'C7',
      to: erp,
      document: { ...document, draft: false },
      atMicros: Date.now() * 1_000,
    });
    await waitFor(async () => ((await show(needing)).retry === null ? null : true));
    expect(await show(other)).toMatchObject({ state: 'failed', retry: null, nextAttemptAt: null });
  });

  it('shows through what a counterpart was found', async () => {
    const { id, eventId } = await route('7310');
    const found = { entity: 'order', sourceKey: 'erp/9', targetId: '1001', through: 'reverse' } as const;
    await test.report(attempted('7310', 1, eventId, { counterparts: [found] }));
    expect((await inState(id, 'verified')).counterparts).toEqual([found]);
  });

  it('a retry ends also when a newer version overtakes its delivery before it was tried', async () => {
    const { id, eventId } = await route('3011');
    await test.report(attempted('3011', 1, eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
    await inState(id, 'failed');
    await waitFor(async () => ((await show(id)).payload === null ? null : true));
    const asked = (await test.call('POST', `/v1/deliveries/${id}/retry`, { mode: 'as-is', reason: 'again' })).body;
    const newer = await route('3011', 2);
    await test.report(attempted('3011', 2, newer.eventId, { outcome: 'verified' }));
    await inState(id, 'superseded');
    const ended = await waitFor(async () => {
      const { body } = await test.call('GET', `/v1/operations/${asked.id}`);
      return body.state === 'requested' ? null : body;
    });
    expect(ended).toMatchObject({ state: 'succeeded', result: expect.stringContaining('newer') });
  });

  it('a refresh ends also when a newer version overtakes its delivery in the moment of the answer', async () => {
    const { id, eventId } = await route('3012');
    await test.report(attempted('3012', 1, eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
    await inState(id, 'failed');
    const asked = (await test.call('POST', `/v1/deliveries/${id}/retry`, { mode: 'refresh', reason: 'fixed' })).body;
    const { store } = test.ledger;
    const { deliveries } = store.changes;
    const update: typeof deliveries.update = async (delivery, change) => {
      const overtake = (current: Delivery | null) =>
        current === null ? null : supersede(current, 2, 'a newer version is there', new Date());
      await deliveries.update(delivery, overtake);
      return deliveries.update(delivery, change);
    };
    const sent: string[] = [];
    const answers = new CommandAnswers({
      store: {
        ...store,
        changes: { ...store.changes, deliveries: Object.assign(Object.create(deliveries), { update }) },
      },
      send: async (delivery) => {
        sent.push(delivery._id);
        return delivery;
      },
      now: () => new Date(),
    });
    await answers.apply({
      kind: 'command',
      reportId: `answer-${asked.id}`,
      commandId: asked.id,
      connection: shop,
      entity: 'order',
      sourceId: '3012',
      eventId: null,
      version: 2,
      result: 'unchanged',
      error: null,
      atMicros: Date.now() * 1000,
    });
    expect((await test.call('GET', `/v1/operations/${asked.id}`)).body).toMatchObject({ state: 'succeeded' });
    expect(await show(id)).toMatchObject({ state: 'superseded' });
    expect(sent).toEqual([]);
  });

  it('discard and resolve end it, are audited, and leave a mark for the sink', async () => {
    for (const [id, action, state] of [
      ['3003', 'discard', 'discarded'],
      ['3004', 'resolve', 'resolved'],
    ] as const) {
      const { id: deliveryId, eventId } = await route(id);
      await test.report(attempted(id, 1, eventId, { outcome: 'failed', documents: [], error: rejected('no') }));
      await inState(deliveryId, 'failed');
      const done = await test.call('POST', `/v1/deliveries/${deliveryId}/${action}`, { reason: 'typed in by hand' });
      expect(done).toMatchObject({ status: 200, body: { state, endedBy: 'ENTREPOT_ADMIN_TOKEN' } });
      const link = await test.store.links.get({ target: erp, entity: 'order', sourceKey: `${shop}/${id}` });
      expect(link?.marks).toContainEqual(expect.objectContaining({ kind: state, reason: 'typed in by hand' }));
      const audit = (await test.call('GET', `/v1/audit?subject=${deliveryId}`)).body.items;
      expect(audit).toContainEqual(
        expect.objectContaining({ action: `delivery.${action}`, outcome: 'done', reason: 'typed in by hand' }),
      );
    }
  });

  it('tests a connection', async () => {
    await test.store.connections.setAttention(shop, 'credentials refused');
    const tested = await test.call('POST', `/v1/connections/${shop}/test`);
    expect(tested).toMatchObject({ status: 200, body: { ok: true, checks: [{ name: 'reach', ok: true }] } });
    expect((await test.call('GET', `/v1/connections/${shop}`)).body).toMatchObject({ attention: null });
    expect((await test.call('POST', '/v1/connections/none/test')).status).toBe(404);
  });

  it('says which connection waits for its vendor, since when and why, unless that was long ago', async () => {
    const since = new Date(Date.now() - 90_000);
    const longest = [{ entity: 'order' as const, sourceId: '820982911946154508', since }];
    const throttled = { since, reason: '40 of 2000 points are left', records: 6, longest, seenAt: new Date() };
    const show = async () => (await test.call('GET', `/v1/connections/${shop}`)).body.throttled;
    await test.store.connections.setThrottled(shop, throttled);
    expect(await show()).toEqual({
      since: since.toISOString(),
      reason: '40 of 2000 points are left',
      records: 6,
      longest: [{ entity: 'order', sourceId: '820982911946154508', since: since.toISOString() }],
    });
    await test.store.connections.setThrottled(shop, { ...throttled, seenAt: since });
    expect(await show()).toBeNull();
    await test.store.connections.setThrottled(shop, null);
    expect(await show()).toBeNull();
  });
});

describe('who is let in, and what is refused', () => {
  it('nobody without a token; each role as far as it goes', async () => {
    expect(await test.call('GET', '/v1/deliveries', undefined, null)).toMatchObject({
      status: 401,
      body: { type: 'urn:entrepot:problem:no-token' },
    });
    expect((await test.call('GET', '/v1/deliveries', undefined, 'wrong')).status).toBe(401);
    const tokens: Record<string, string> = {};
    for (const role of ['viewer', 'operator']) {
      tokens[role] = (await test.call('POST', '/v1/tokens', { label: role, role })).body.token;
    }
    const reason = { reason: 'x' };
    expect((await test.call('GET', '/v1/deliveries', undefined, tokens.viewer)).status).toBe(200);
    expect((await test.call('POST', '/v1/deliveries/none/discard', reason, tokens.viewer)).status).toBe(403);
    expect((await test.call('POST', '/v1/deliveries/none/discard', reason, tokens.operator)).status).toBe(404);
    expect((await test.call('GET', '/v1/tokens', undefined, tokens.operator)).status).toBe(403);
    const listed = (await test.call('GET', '/v1/tokens')).body.items;
    expect(JSON.stringify(listed)).not.toContain(tokens.viewer);
  });

  it('says what is wrong with a request, field by field', async () => {
    expect(await test.call('GET', '/v1/deliveries?state=lost&limit=0')).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ path: 'limit' })]) },
    });
    expect((await test.call('GET', '/v1/deliveries?cursor=nonsense')).status).toBe(400);
    expect((await test.call('POST', '/v1/deliveries/x/retry', '{"mode":')).status).toBe(400);
    expect(await test.call('POST', '/v1/deliveries/x/retry', { mode: 'as-is' })).toMatchObject({
      status: 400,
      body: { errors: [expect.objectContaining({ path: 'reason' })] },
    });
    expect((await test.call('GET', '/v1/nothing')).status).toBe(404);
    expect((await test.call('GET', '/v1/deliveries/none')).status).toBe(404);
    expect((await test.call('GET', '/v1/deliveries?q[$gt]=')).status).toBe(400);
  });

  it('describes itself', async () => {
    const { body } = await test.call('GET', '/v1/openapi.json', undefined, null);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/deliveries',
        '/v1/deliveries/{id}/retry',
        '/v1/failure-groups',
        '/v1/messages',
        '/v1/orders',
        '/v1/records',
        '/v1/skipped',
      ]),
    );
  });

  it('a report that runs into a defect of ours is shown with that defect, and holds up nobody', async () => {
    const { ingest } = test.ledger;
    const takeIn = ingest.report.bind(ingest);
    const key = `${shop}/4002`;
    const defect = vi.spyOn(ingest, 'report').mockImplementation(async (record) => {
      if (record.key === key) throw new TypeError("Cannot read properties of undefined (reading 'flow')");
      await takeIn(record);
    });
    const broken = await route('4002');
    const shown = await waitFor(async () => {
      const { items } = (await test.call('GET', '/v1/messages?open=true&limit=200')).body;
      return items.find((message: { error: { kind: string } | null }) => message.error?.kind === 'bug') ?? null;
    });
    expect(shown.error).toMatchObject({ code: 'TypeError', message: expect.stringContaining("reading 'flow'") });
    const { id, eventId } = await route('4003');
    await test.report(attempted('4003', 1, eventId, { outcome: 'verified' }));
    await inState(id, 'verified');
    expect(defect.mock.calls.filter(([record]) => record.key === key)).toHaveLength(3);
    expect((await test.call('GET', `/v1/deliveries/${broken.id}`)).status).toBe(404);
    defect.mockRestore();
  });

  it('an unreadable report harms nobody', async () => {
    const publisher = await test.broker.publisher();
    await publisher.send('entrepot.internal.attempt.v1', { key: 'x', value: Buffer.from('not json') });
    await publisher.send('entrepot.order.v1', { key: `${shop}/bad`, value: Buffer.from([1, 2, 3]) });
    await publisher.close();
    const { id, eventId } = await route('4001');
    await test.report(attempted('4001', 1, eventId, { outcome: 'verified' }));
    await inState(id, 'verified');
  });
});
