import { setTimeout as sleep } from 'node:timers/promises';
import type { Fetched } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { never, onlyFound, plainOrder, startShop, type TestShop } from './shop-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let shop: TestShop;
beforeEach(async () => {
  shop = await startShop();
});
afterEach(() => shop.close());

/** Wide orders: one budget of 2,000 points is not enough for all of them, and little comes back while they are read. */
async function placeWide(): Promise<string[]> {
  const ids: string[] = [];
  for (let order = 0; order < 5; order += 1)
    ids.push((await shop.control('POST', '/orders', { order: plainOrder({}, 250) })).id);
  return ids;
}

const fillBudget = (restoreRate: number) =>
  shop.control('PATCH', '/stores/demo.myshopify.test', { available: 2_000, restoreRate, maximumAvailable: 2_000 });

describe('orders that cost more than the budget', () => {
  it('arrive all the same, since reading goes on where the budget ended; a small order comes after them', async () => {
    const ids = await placeWide();
    const source = shop.open();
    let results: Fetched<'order'>[] = [];
    let attempts = 0;
    for (; results.length === 0 && attempts < 10; attempts += 1) {
      await fillBudget(1);
      results = await source.fetch('order', ids, never).catch((error: unknown) => {
        expect(error).toMatchObject({ kind: 'throttled' });
        return [];
      });
    }
    expect(results.map((result) => result.status)).toEqual(ids.map(() => 'found'));
    expect(attempts).toBeGreaterThan(1);
    await fillBudget(1);
    const { id } = await shop.control('POST', '/orders', { order: plainOrder() });
    expect(onlyFound(await source.fetch('order', [id], never)).number).toBe('#1006');
  });

  it('are read anew where they changed while the budget was empty', async () => {
    const ids = await placeWide();
    const source = shop.open();
    await fillBudget(1);
    await expect(source.fetch('order', ids, never)).rejects.toMatchObject({ kind: 'throttled' });
    // Stamps have whole seconds.
    await sleep(1_100);
    for (const id of ids) await shop.control('PATCH', `/orders/${id}`, { set: { note: 'changed' } });
    await fillBudget(2_000);
    const results = await source.fetch('order', ids, never);
    expect(results.map((result) => result.status === 'found' && result.entity.note)).toEqual(ids.map(() => 'changed'));
  });
});
