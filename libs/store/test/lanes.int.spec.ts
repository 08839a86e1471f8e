import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../src/index.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
beforeAll(async () => {
  store = await stores.open();
});
afterAll(() => stores.dropAndClose());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Of a lease that must last while some commands are answered, also by a busy machine. */
const SHORT_LEASE_MS = 2_000;

describe('lanes', () => {
  it('has one owner at a time; the epoch rises with each acquisition', async () => {
    const { lanes } = store;
    const first = await lanes.acquire('one', 'a', 60_000);
    expect(first?.epoch).toBe(1);
    expect(first?.outlives(50_000)).toBe(true);
    expect(first?.outlives(60_000)).toBe(false);
    expect(await lanes.acquire('one', 'b', 60_000)).toBeNull();
    expect((await lanes.acquire('one', 'a', 60_000))?.epoch).toBe(2);
  });

  it('passes to another owner when it expires; the former one learns it', async () => {
    const { lanes } = store;
    const first = await lanes.acquire('two', 'a', 50);
    await sleep(80);
    expect(first?.remainingMs()).toBeLessThan(0);
    const second = await lanes.acquire('two', 'b', 60_000);
    expect(second?.epoch).toBe(2);
    if (first === null) throw new Error('not acquired');
    expect(await lanes.renew(first, 60_000)).toBe(false);
    expect(first.outlives(0)).toBe(false);
    expect(await lanes.writeSession(first, 'late')).toBe(false);
    await lanes.release(first);
    expect((await lanes.get('two'))?.owner).toBe('b');
  });

  it('is prolonged in place, and free at once after release', async () => {
    const { lanes } = store;
    const lease = await lanes.acquire('three', 'a', SHORT_LEASE_MS);
    if (lease === null) throw new Error('not acquired');
    expect(await lanes.renew(lease, 60_000)).toBe(true);
    expect(lease.outlives(30_000)).toBe(true);
    await lanes.release(lease);
    expect(lease.outlives(0)).toBe(false);
    expect((await lanes.acquire('three', 'b', 60_000))?.epoch).toBe(2);
  });

  it('is prolonged together with others, each by itself', async () => {
    const { lanes } = store;
    const leases = await Promise.all(['eight', 'nine', 'ten'].map((id) => lanes.acquire(id, 'a', 60_000)));
    await lanes.acquire('nine', 'a', 60_000);
    const renewed = await Promise.all(leases.map((lease) => lease !== null && lanes.renew(lease, 60_000)));
    expect(renewed).toEqual([true, false, true]);
  });

  it('gives exactly one of many contenders the lane', async () => {
    const owners = Array.from({ length: 20 }, (_, index) => `owner-${index}`);
    const leases = await Promise.all(owners.map((owner) => store.lanes.acquire('four', owner, 60_000)));
    expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('keeps the session sealed for the successor', async () => {
    const { lanes } = store;
    const lease = await lanes.acquire('five', 'a', 60_000);
    if (lease === null) throw new Error('not acquired');
    expect(await lanes.readSession('five')).toBeNull();
    expect(await lanes.writeSession(lease, 'B1SESSION=abc')).toBe(true);
    expect((await lanes.get('five'))?.sealedSession).not.toContain('abc');
    await lanes.release(lease);
    expect(await lanes.readSession('five')).toBe('B1SESSION=abc');
  });
});

describe('cursors', () => {
  it('has one poller at a time, who alone moves the cursor', async () => {
    const { cursors } = store;
    const first = await cursors.acquirePoller('shop', 'order', 'a', SHORT_LEASE_MS);
    expect(first?.cursor).toBeNull();
    expect(await cursors.acquirePoller('shop', 'order', 'b', 60_000)).toBeNull();
    expect(await cursors.acquirePoller('shop', 'customer', 'b', 60_000)).not.toBeNull();
    if (first === null) throw new Error('not acquired');
    expect(await cursors.set(first, 'page-1')).toBe(true);
    await sleep(SHORT_LEASE_MS + 30);
    const second = await cursors.acquirePoller('shop', 'order', 'b', 60_000);
    expect(second?.cursor).toBe('page-1');
    expect(await cursors.set(first, 'page-0')).toBe(false);
    expect(await cursors.renewPoller(first, 1_000)).toBe(false);
    if (second === null) throw new Error('not acquired');
    await cursors.releasePoller(second, true);
    const document = await cursors.get('shop', 'order');
    expect(document).toMatchObject({ cursor: 'page-1', owner: null });
    expect(document?.polledAt).toBeInstanceOf(Date);
  });
});
