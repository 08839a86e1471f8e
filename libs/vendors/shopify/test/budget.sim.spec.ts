import { setTimeout as sleep } from 'node:timers/promises';
import { type Fetched, type ReadProgress, VendorError } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { never, plainOrder, type SourceOfShop, startShop, type TestShop } from './shop-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

let shop: TestShop;
beforeEach(async () => {
  shop = await startShop();
});
afterEach(() => shop.close());

const setBudget = (budget: { available?: number; restoreRate?: number; maximumAvailable?: number }) =>
  shop.control('PATCH', '/stores/demo.myshopify.test', budget);

/** Line properties as shops have them: ten of 400 characters. */
const PROPERTIES = Array.from({ length: 10 }, (_, index) => ({ name: `Property ${index}`, value: 'x'.repeat(400) }));

async function placeOrders(count: number, width: number, properties: readonly unknown[] = []): Promise<string[]> {
  const order = plainOrder({}, width);
  const lineItems = order.lineItems.map((line) => ({ ...line, properties }));
  const orders = Array.from({ length: count }, () => ({ order: { ...order, lineItems } }));
  const made = await shop.control<{ orders: { id: string }[] }>('POST', '/seed', { orders });
  return made.orders.map(({ id }) => id);
}

/** Reads all of them as the runtime does: hands back what was read, and asks again after a failure. */
async function readAll(source: Pick<SourceOfShop, 'fetch'>, entity: 'order' | 'customer', ids: readonly string[]) {
  const progress = new Map<string, ReadProgress>();
  const whole: Fetched[] = [];
  const failures: string[] = [];
  for (let wanted = [...ids]; wanted.length > 0 && failures.length < 5; ) {
    const results = await source
      .fetch(entity, wanted, never, { progress, begins: () => {} })
      .catch((error: unknown) => {
        if (!(error instanceof VendorError)) throw error;
        failures.push(error.kind);
        return null;
      });
    if (results === null) continue;
    expect(results.map(({ sourceId }) => sourceId).sort()).toEqual([...wanted].sort());
    wanted = [];
    for (const result of results) {
      if (result.status !== 'unfinished') whole.push(result);
      else {
        wanted.push(result.sourceId);
        if (result.progress !== null) progress.set(result.sourceId, result.progress);
      }
    }
  }
  return { whole, failures };
}

const countQueries = (field?: string): number =>
  shop.sandbox.faults.requests.list().filter(({ operation }) => field === undefined || operation === field).length;
const widthOf = (result: Fetched | undefined): number =>
  result?.status === 'found' && 'lines' in result.entity ? result.entity.lines.length : -1;

describe('orders that cost more than the budget', () => {
  // As a standard plan's, 100 points a second and 2,000 at once, ten times as quick; nothing is there when it begins.
  it.each([
    [5, 250, []],
    [6, 250, PROPERTIES],
    [2, 400, []],
    [1, 900, PROPERTIES],
    [40, 60, []],
    [60, 1, []],
  ])('%i orders of %i lines are all read, and no page is read twice', async (count, width, properties) => {
    const ids = await placeOrders(count, width, properties);
    await setBudget({ available: 0, restoreRate: 1_000 });
    const { whole } = await readAll(shop.openInParts(), 'order', ids);
    expect(whole.map(({ sourceId }) => sourceId).sort()).toEqual([...ids].sort());
    expect(new Set(whole.map(widthOf))).toEqual(new Set([width]));
    // Lines and lines to ship, 250 at once, and the stamp at the end. A look each: two where the first came right after the change.
    const pages = 2 * Math.max(0, Math.ceil((width - 50) / 250));
    expect([countQueries('node'), countQueries('order')]).toEqual([count * pages, pages === 0 ? 0 : count]);
    expect(countQueries('nodes')).toBeLessThanOrEqual(2 * count);
  });

  it('what was read stays read when the budget ends: the next fetch goes on from there', async () => {
    const [id = ''] = await placeOrders(1, 900);
    const source = shop.openInParts();
    await setBudget({ available: 300, restoreRate: 20 });
    const first = await source.fetch('order', [id], never);
    const [unfinished] = first;
    expect(unfinished).toMatchObject({ status: 'unfinished', progress: { bytes: expect.any(Number) } });
    if (unfinished?.status !== 'unfinished' || unfinished.progress === null) throw new Error('nothing was kept');
    const before = countQueries();
    await setBudget({ available: 2_000 });
    const progress = new Map([[id, unfinished.progress]]);
    const [result] = await source.fetch('order', [id], never, { progress, begins: () => {} });
    expect(widthOf(result as Fetched)).toBe(900);
    // Of nine queries in all, some were made before.
    expect(countQueries() - before).toBeLessThan(9);
  });

  it('a small order does not wait for the wide ones it is fetched with', async () => {
    const wide = await placeOrders(2, 250);
    const [small = ''] = await placeOrders(1, 1);
    await setBudget({ available: 700, restoreRate: 100 });
    const results = await shop.openInParts().fetch('order', [...wide, small], never);
    expect(results.map(({ sourceId, status }) => [sourceId, status])).toEqual([
      [small, 'found'],
      ...wide.map((id) => [id, 'unfinished']),
    ]);
  });

  it('an order that changed while it was read is read anew', async () => {
    const [id = ''] = await placeOrders(1, 900);
    const source = shop.openInParts();
    await setBudget({ available: 300, restoreRate: 20 });
    const [unfinished] = await source.fetch('order', [id], never);
    if (unfinished?.status !== 'unfinished' || unfinished.progress === null) throw new Error('nothing was kept');
    // Stamps have whole seconds.
    await sleep(1_100);
    await shop.control('PATCH', `/orders/${id}`, { set: { note: 'changed' } });
    await setBudget({ available: 2_000, restoreRate: 2_000 });
    const begins = vi.fn();
    let wanted = new Map([[id, unfinished.progress]]);
    for (;;) {
      const [result] = await source.fetch('order', [id], never, { progress: wanted, begins });
      if (result?.status === 'unfinished') {
        wanted = new Map(result.progress === null ? [] : [[id, result.progress]]);
        continue;
      }
      expect(result).toMatchObject({ status: 'found', entity: { note: 'changed' } });
      break;
    }
    expect(begins).toHaveBeenCalledWith([id]);
  });

  it('says that calls wait, with the numbers, and when they do not any more', async () => {
    const ids = await placeOrders(4, 1);
    await setBudget({ available: 0, restoreRate: 100 });
    await readAll(shop.openInParts(), 'order', ids);
    expect(shop.shortages[0]).toMatchObject({ waiting: 1, status: { maximum: 2_000, restoredPerSecond: 100 } });
    expect(shop.shortages.at(-1)).toBeNull();
  });

  it('a first look that was asked too much is asked less, as soon as it is known what one costs', async () => {
    const ids = await placeOrders(6, 1);
    // Three are asked for at first, which cost more than 600; one costs some 200.
    await setBudget({ available: 450, restoreRate: 10 });
    const began = Date.now();
    const results = await shop.openInParts().fetch('order', ids, never);
    expect(results.filter(({ status }) => status === 'found')).toHaveLength(2);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('a page that takes too long is asked for in smaller sizes, and what was read is kept', async () => {
    const [id = ''] = await placeOrders(1, 120);
    const source = shop.openInParts({ timeoutMs: 1_000 });
    const match = { operation: 'node' };
    await shop.control('POST', '/faults', { match, fault: { type: 'latency', ms: 3_000 }, times: 3 });
    const { whole, failures } = await readAll(source, 'order', [id]);
    expect(widthOf(whole[0])).toBe(120);
    expect(failures.every((kind) => kind === 'timeout')).toBe(true);
    // Three in vain, of 250, 125 and 62 lines; three of 31 for the 70 that the look left; and one for all that is to be shipped.
    expect(countQueries('node')).toBe(7);
  });
});

it('customers with many addresses are read whole by a small budget', async () => {
  const addresses = Array.from({ length: 120 }, (_, index) => ({
    address1: `${index} Road`,
    city: 'Town',
    countryCode: 'US',
  }));
  const made = await shop.control<{ customers: string[] }>('POST', '/seed', {
    customers: Array.from({ length: 5 }, (_, index) => ({
      email: `c${index}@example.com`,
      firstName: 'Ann',
      addresses,
    })),
  });
  await setBudget({ available: 0, restoreRate: 100, maximumAvailable: 200 });
  const { whole } = await readAll(shop.openInParts(), 'customer', made.customers);
  expect(
    whole.map((result) => result.status === 'found' && (result.entity as { addresses: unknown[] }).addresses.length),
  ).toEqual(made.customers.map(() => 120));
});
