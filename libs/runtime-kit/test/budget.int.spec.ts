import { setTimeout as sleep } from 'node:timers/promises';
import { openTestWorld } from '@entrepot/embedded/testing';
import { createSilentLogger } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import type { BudgetLimits } from '@entrepot/vendor-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionBudget } from '../src/budget/connection-budget.ts';
import { createClock } from '../src/clock.ts';

const world = openTestWorld('budget');
const stores: Store[] = [];
beforeAll(async () => {
  // Two processes: each has a connection to the database of its own.
  stores.push(await world.openStore({ vendors: [] }), await world.openStore({ vendors: [] }));
}, 60_000);
afterAll(() => world.close(), 60_000);

const CALL_MS = 20;
const clock = createClock();

/** A vendor that counts the calls of all who call it. */
class Vendor {
  readonly made = new Map<string, number[]>();
  underWay = 0;
  mostUnderWay = 0;

  async keepCalling(side: string, budget: ConnectionBudget, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const call = budget.call(signal);
      const end = await call.admit().catch(() => null);
      if (end === null) return;
      call.beforeSend(1_000);
      this.made.set(side, [...(this.made.get(side) ?? []), performance.now()]);
      this.underWay += 1;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
      await sleep(CALL_MS);
      this.underWay -= 1;
      end();
    }
  }

  get times(): number[] {
    return [...this.made.values()].flat().sort((a, b) => a - b);
  }
}

function openSide(connection: string, holder: string, limits: BudgetLimits): ConnectionBudget {
  const store = stores[holder.startsWith('sink') ? 0 : 1];
  if (store === undefined) throw new Error('the stores are not open');
  const log = createSilentLogger();
  return new ConnectionBudget({ connection, holder, limits, shares: store.budgets, clock, log });
}

const readWrites = async (connection: string): Promise<number> => {
  const budget = await stores[0]?.mongoose
    .collection<{ _id: string; revision: number }>('budgets')
    .findOne({ _id: connection });
  return budget?.revision ?? 0;
};

describe('connector and sink in two processes', () => {
  it('under one seat never call at once, and neither starves; writes follow the time', async () => {
    const vendor = new Vendor();
    const limits = { concurrency: 1, requests: [], points: false };
    const stop = new AbortController();
    const sides = ['connector', 'sink'].map((name) => openSide('seat', `${name} 1`, limits));
    const work = sides.flatMap((side, at) =>
      [1, 2].map(() => vendor.keepCalling(at === 0 ? 'connector' : 'sink', side, stop.signal)),
    );
    await sleep(12_000);
    stop.abort(new Error('over'));
    await Promise.all(work);
    await Promise.all(sides.map((side) => side.close()));
    expect(vendor.mostUnderWay).toBe(1);
    for (const side of ['connector', 'sink']) expect(vendor.made.get(side)?.length ?? 0).toBeGreaterThan(30);
    // Four a second and side, and the returns.
    expect(await readWrites('seat')).toBeLessThanOrEqual(2 * 4 * 12 + 10);
  }, 30_000);

  it('keep to the calls that an interval allows, together', async () => {
    const vendor = new Vendor();
    const limits = { concurrency: 8, requests: [{ count: 10, seconds: 1 }], points: false };
    const stop = new AbortController();
    const sides = ['connector', 'sink'].map((name) => openSide('interval', `${name} 1`, limits));
    const work = sides.flatMap((side, at) =>
      [1, 2, 3, 4].map(() => vendor.keepCalling(at === 0 ? 'connector' : 'sink', side, stop.signal)),
    );
    await sleep(10_000);
    stop.abort(new Error('over'));
    await Promise.all(work);
    await Promise.all(sides.map((side) => side.close()));
    const { times } = vendor;
    // The timer that ends a wait may be a millisecond early by the clock that is read here.
    for (const [at, madeMs] of times.entries())
      expect((times[at + 10] ?? madeMs + 1_000) - madeMs).toBeGreaterThan(995);
    expect(times.length).toBeGreaterThan(50);
    for (const side of ['connector', 'sink']) expect(vendor.made.get(side)?.length ?? 0).toBeGreaterThan(15);
  }, 30_000);
});
