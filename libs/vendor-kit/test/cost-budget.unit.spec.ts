import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type BudgetStatus, type BudgetUse, createCostBudget, type Shortage } from '../src/call.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;

/** A vendor that holds 2,000 points, gives 100 back a second and refuses what is not there. */
function openShop(available = 2_000, restoredPerSecond = 100) {
  let left = available;
  let atMs = Date.now();
  const shortages: (Shortage | null)[] = [];
  const budget = createCostBudget({ now: () => Date.now(), onShortage: (shortage) => shortages.push(shortage) });
  const status = (): BudgetStatus => {
    left = Math.min(2_000, left + ((Date.now() - atMs) / 1_000) * restoredPerSecond);
    atMs = Date.now();
    return { maximum: 2_000, available: left, restoredPerSecond };
  };
  /** One call, which takes a moment: gives when it was over. */
  const call = async (use: BudgetUse, cost: number, signal = never): Promise<number> => {
    const grant = await budget.acquire({ use, least: cost, most: cost, signal });
    const refused = status().available < cost;
    if (!refused) left -= cost;
    await Promise.resolve();
    grant.end(status());
    if (refused) throw new Error(`the shop refuses ${cost} points`);
    return Date.now();
  };
  const learn = async (): Promise<void> => void (await call('look', 0));
  return { budget, call, learn, shortages };
}

it('calls are made when their points are there, never before, and each gets its turn', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          use: fc.constantFrom<BudgetUse>('look', 'page', 'list'),
          cost: fc.integer({ min: 1, max: 1_000 }),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      async (asked) => {
        const shop = openShop(0);
        await shop.learn();
        const beganAt = Date.now();
        const calls = Promise.all(asked.map(({ use, cost }) => shop.call(use, cost)));
        await vi.advanceTimersByTimeAsync(500_000);
        const total = asked.reduce((sum, { cost }) => sum + cost, 0);
        const last = Math.max(...(await calls));
        // All that was asked for has to come back first, at 100 points a second; a timer may be a millisecond late for each.
        expect(last - beganAt).toBeGreaterThanOrEqual(total * 10 - 1);
        expect(last - beganAt).toBeLessThanOrEqual(total * 10 + 2 * asked.length);
      },
    ),
    { numRuns: 100 },
  );
});

it('a small look waits for one page of a wide record, not for all of them', async () => {
  const shop = openShop(0);
  await shop.learn();
  const beganAt = Date.now();
  const pages = Promise.all(Array.from({ length: 20 }, () => shop.call('page', 100)));
  await vi.advanceTimersByTimeAsync(1_500);
  const look = shop.call('look', 50);
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await look) - beganAt).toBeLessThanOrEqual(3_000);
  await pages;
});

it('a stream of small looks leaves wide records half of the points', async () => {
  const shop = openShop(0);
  await shop.learn();
  const stop = new AbortController();
  for (let each = 0; each < 50; each += 1)
    void (async () => {
      while (!stop.signal.aborted) await shop.call('look', 50, stop.signal);
    })().catch(() => {});
  const beganAt = Date.now();
  const pages = (async () => {
    for (let page = 0; page < 10; page += 1) await shop.call('page', 100);
    return Date.now();
  })();
  await vi.advanceTimersByTimeAsync(60_000);
  // 1,000 points at half of 100 a second.
  expect((await pages) - beganAt).toBeLessThanOrEqual(21_500);
  stop.abort();
});

it('a batch is cut to what is there', async () => {
  const shop = openShop(430);
  await shop.learn();
  const grant = await shop.budget.acquire({ use: 'look', least: 100, most: 900, signal: never });
  expect(grant.points).toBe(430);
});

it('a use is charged for what its calls took, not for what they had to ask for', async () => {
  const shop = openShop(0);
  await shop.learn();
  const order: string[] = [];
  const take = async (use: BudgetUse, asked: number, spent: number) => {
    const grant = await shop.budget.acquire({ use, least: asked, most: asked, signal: never });
    order.push(use);
    grant.end(null, spent);
  };
  // Looks ask for 200 and take 50, pages ask for 100 and take 100.
  const calls = [1, 2, 3, 4].flatMap(() => [take('page', 100, 100), take('look', 200, 50)]);
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all(calls);
  expect(order.slice(0, 5).filter((use) => use === 'look')).toHaveLength(3);
});

it('without waiting: nothing while others wait, or while it is not there', async () => {
  const shop = openShop(100);
  await shop.learn();
  expect(shop.budget.tryAcquire({ use: 'page', least: 200, most: 200, signal: never })).toBeNull();
  const waiting = shop.call('look', 150);
  expect(shop.budget.tryAcquire({ use: 'page', least: 50, most: 50, signal: never })).toBeNull();
  await vi.advanceTimersByTimeAsync(1_000);
  await waiting;
});

it('says that calls wait, how many, and when none does any more', async () => {
  const shop = openShop(0);
  await shop.learn();
  const calls = [shop.call('page', 300), shop.call('look', 100)];
  expect(shop.shortages.at(-1)).toEqual({
    waiting: 2,
    status: { maximum: 2_000, available: 0, restoredPerSecond: 100 },
  });
  await vi.advanceTimersByTimeAsync(5_000);
  await Promise.all(calls);
  expect(shop.shortages.at(-1)).toBeNull();
});

it('a moment of waiting is nothing to tell', async () => {
  const shop = openShop(0);
  await shop.learn();
  const call = shop.call('look', 90);
  await vi.advanceTimersByTimeAsync(1_000);
  await call;
  expect(shop.shortages).toEqual([]);
});

it('nobody waits for minutes in here: the connection has to, and a person is told after seconds', async () => {
  const shop = openShop(0, 10);
  await shop.learn();
  await expect(shop.call('look', 400)).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 40_000 });
  await expect(shop.call('question', 60)).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 6_000 });
});

it('who is called off leaves the line', async () => {
  const shop = openShop(0);
  await shop.learn();
  const stop = new AbortController();
  const first = shop.call('look', 1_000, stop.signal);
  const second = shop.call('look', 100);
  stop.abort();
  await expect(first).rejects.toMatchObject({ kind: 'unavailable', code: 'aborted' });
  await vi.advanceTimersByTimeAsync(1_100);
  await second;
});
