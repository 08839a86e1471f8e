import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BudgetLimit, ShareRequest, Store } from '../src/index.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let [connector, sink]: Store[] = [];
beforeAll(async () => {
  connector = await stores.open();
  sink = await stores.open();
});
afterAll(() => stores.dropAndClose());

const LEASE_MS = 400;
const seat: BudgetLimit = { name: 'concurrency', count: 1, windowMs: 0 };
const ask = (holder: string, turn: number, held = 0, further: Partial<ShareRequest> = {}): ShareRequest => ({
  holder,
  turn,
  needs: [{ limit: seat, held, wanted: 1 }],
  leaseMs: LEASE_MS,
  pauseMs: null,
  waiting: 1,
  waitingMs: 0,
  ...further,
});
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const budgetsOf = (store: Store | undefined) => {
  if (store === undefined) throw new Error('the store is not open');
  return store.budgets;
};

describe('shares of a budget in the database', () => {
  it('go to one of two processes that ask at the same moment', async () => {
    const [one, other] = [budgetsOf(connector), budgetsOf(sink)];
    for (let round = 0; round < 20; round += 1) {
      const id = `race-${round}`;
      const shares = await Promise.all([one.renew(id, ask('connector', 1)), other.renew(id, ask('sink', 1))]);
      const caps = shares.map(({ allowances }) => allowances[0]?.cap ?? 0);
      expect(caps[0]! + caps[1]!).toBe(1);
    }
  });

  it('end by the clock of the database, unless they are renewed', async () => {
    const [one, other] = [budgetsOf(connector), budgetsOf(sink)];
    const share = await one.renew('erp', ask('connector', 1));
    expect(share.allowances[0]?.cap).toBe(1);
    expect(share.remainingMs()).toBeLessThan(LEASE_MS);
    let turn = 0;
    const beganMs = performance.now();
    let cap = 0;
    while (cap === 0) {
      turn += 1;
      cap = (await other.renew('erp', ask('sink', turn))).allowances[0]?.cap ?? 0;
      await sleep(20);
    }
    expect(performance.now() - beganMs).toBeGreaterThan(LEASE_MS / 2);
    expect(share.remainingMs()).toBeLessThanOrEqual(0);
  });

  it('are free at once when they are given back', async () => {
    const [one, other] = [budgetsOf(connector), budgetsOf(sink)];
    await one.renew('given-back', ask('connector', 1));
    await one.release('given-back', { holder: 'connector', turn: 2, used: {} });
    expect((await other.renew('given-back', ask('sink', 1))).allowances[0]?.cap).toBe(1);
  });

  it('show people who holds what, and until when the vendor asked for a pause', async () => {
    const [one, other] = [budgetsOf(connector), budgetsOf(sink)];
    expect(await one.view('shown')).toBeNull();
    await one.renew('shown', ask('connector', 1, 0, { pauseMs: 60_000 }));
    expect((await other.renew('shown', ask('sink', 1, 0, { waitingMs: 1_500 }))).pausedForMs).toBeGreaterThan(55_000);
    const view = await one.view('shown');
    expect(view?.pausedUntil?.getTime()).toBeGreaterThan(Date.now() + 50_000);
    expect(view?.holders.map(({ id, waiting, parts }) => [id, waiting, parts[0]?.cap])).toEqual([
      ['connector', 1, 1],
      ['sink', 1, 0],
    ]);
    expect(view?.holders[1]?.waitsSince).toBeInstanceOf(Date);
    await sleep(LEASE_MS);
    expect((await one.view('shown'))?.holders).toEqual([]);
  });
});
