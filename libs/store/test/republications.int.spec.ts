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
/** Long beside the commands that must be answered within it, also by a busy machine. */
const QUIET_MS = 1_000;
const goal = new Map([
  [0, 7n],
  [1, 0n],
]);

describe('the work of publishing states once more', () => {
  it('is noted once: the goal of the first replica holds for all', async () => {
    const { republications } = store;
    expect(await republications.get('shop', 'order/v2')).toBeNull();
    const begun = await republications.begin('shop', 'order/v2', goal);
    expect(begun).toMatchObject({ _id: 'shop|order/v2', republished: 0, doneAt: null });
    expect(begun.goal).toEqual([
      { partition: 0, offset: '7' },
      { partition: 1, offset: '0' },
    ]);
    expect(await republications.begin('shop', 'order/v2', new Map([[0, 99n]]))).toEqual(begun);
  });

  it('is done at once where the topic is empty', async () => {
    const begun = await store.republications.begin('shop', 'customer/v2', new Map([[0, 0n]]));
    expect(begun.doneAt).toBeInstanceOf(Date);
  });

  it('ends when nothing older has come for a while, for every replica', async () => {
    const { republications } = store;
    await republications.begin('shop', 'order/v3', goal);
    await sleep(QUIET_MS + 10);
    await republications.note('shop', 'order/v3', 3);
    await republications.note('shop', 'order/v3', 4);
    expect(await republications.finish('shop', 'order/v3', QUIET_MS)).toBe(false);
    await sleep(QUIET_MS + 10);
    expect(await republications.finish('shop', 'order/v3', QUIET_MS)).toBe(true);
    expect(await republications.finish('shop', 'order/v3', 3_600_000)).toBe(true);
    const ended = await republications.get('shop', 'order/v3');
    expect(ended).toMatchObject({ republished: 7 });
    expect(ended?.doneAt).toBeInstanceOf(Date);
  });
});
