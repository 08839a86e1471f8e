import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeptState, Store } from '../src/index.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
beforeAll(async () => {
  store = await stores.open();
});
afterAll(() => stores.dropAndClose());

const PAIR = { vendor: 'shop', entity: 'inventory', connection: 'erp' } as const;

function state(sourceId: string, version: number, rest: Partial<KeptState> = {}): KeptState {
  const value = Buffer.from(`${sourceId} v${version}`);
  return { ...PAIR, sourceId, orderingKey: null, version, offset: BigInt(version), deleted: false, value, ...rest };
}

async function textsOf(which: Parameters<Store['latestStates']['collect']>[0], limit = 100): Promise<string[]> {
  return (await store.latestStates.collect(which, limit)).map(({ value }) => value.toString());
}

describe('the latest state of a record', () => {
  it('only moves to newer versions; of one version the later in the topic counts', async () => {
    const { latestStates } = store;
    const of = { ...PAIR, sourceId: 'a' };
    await latestStates.keep(state('a', 5));
    await latestStates.keep(state('a', 4, { offset: 9n }));
    expect(await textsOf(of)).toEqual(['a v5']);
    await latestStates.keep(state('a', 5, { offset: 7n, value: Buffer.from('equal version, later') }));
    await latestStates.keep(state('a', 5, { offset: 5n }));
    expect(await textsOf(of)).toEqual(['equal version, later']);
    await latestStates.keep(state('a', 6, { offset: 8n }));
    expect(await textsOf(of)).toEqual(['a v6']);
  });

  it('is the newest, whatever the order in which many writers bring it', async () => {
    const versions = Array.from({ length: 40 }, (_, index) => index + 1).sort(
      (a, b) => ((a * 17) % 41) - ((b * 17) % 41),
    );
    const other = await stores.open();
    await Promise.all(
      versions.map((version) => (version % 2 === 0 ? store : other).latestStates.keep(state('b', version))),
    );
    expect(await textsOf({ ...PAIR, sourceId: 'b' })).toEqual(['b v40']);
  });

  it('is collected with all others about one record, at most so many; not what is gone, nor what others collect', async () => {
    const orderingKey = { entity: 'product', sourceId: 'p' } as const;
    for (const id of ['l2', 'l1', 'l3']) await store.latestStates.keep(state(id, 1, { orderingKey }));
    await store.latestStates.keep(state('l3', 2, { orderingKey, deleted: true }));
    await store.latestStates.keep(state('l4', 1, { orderingKey: { entity: 'product', sourceId: 'q' } }));
    await store.latestStates.keep(state('l5', 1, { orderingKey, connection: 'erp-2' }));
    await store.latestStates.keep(state('l6', 1, { orderingKey, vendor: 'another' }));
    expect(await textsOf({ ...PAIR, orderingKey })).toEqual(['l1 v1', 'l2 v1']);
    expect(await textsOf({ ...PAIR, orderingKey }, 1)).toEqual(['l1 v1']);
    // A record about none but itself has its own key.
    expect(await textsOf({ ...PAIR, orderingKey: { entity: 'inventory', sourceId: 'a' } })).toEqual(['a v6']);
  });

  it('is erased by a tombstone, and not brought back by a writer that was stopped before it', async () => {
    const { latestStates } = store;
    const of = { ...PAIR, sourceId: 'e' };
    await latestStates.keep(state('e', 3, { offset: 10n }));
    await latestStates.erase({ ...of, offset: 12n });
    await latestStates.keep(state('e', 4, { offset: 11n }));
    expect(await textsOf(of)).toEqual([]);
    const kept = await store.mongoose.collection('latestStates').find({ sourceId: 'e' }).toArray();
    expect(JSON.stringify(kept)).not.toContain('e v');
    // The record came again.
    await latestStates.keep(state('e', 5, { offset: 13n }));
    await latestStates.erase({ ...of, offset: 12n });
    expect(await textsOf(of)).toEqual(['e v5']);
  });

  it('goes with its connection', async () => {
    const connection = await store.connections.create({
      id: 'leaving',
      label: 'Leaving',
      vendor: 'testshop',
      active: true,
      settings: { domain: 'x' },
    });
    await store.latestStates.keep(state('x', 1, { connection: 'leaving' }));
    const pair = { ...PAIR, connection: 'leaving' };
    await store.stateFills.begin(pair, 'one', 60_000);
    await store.connections.remove('leaving', connection.revision);
    expect(await textsOf({ ...pair, sourceId: 'x' })).toEqual([]);
    expect(await store.stateFills.list('shop')).toEqual([]);
  });
});

describe('the fill of what passed before', () => {
  const pair = { vendor: 'filled', entity: 'price', connection: 'erp' } as const;

  it('is one process at a time, and done once', async () => {
    const { stateFills } = store;
    expect(await stateFills.isDone(pair)).toBe(false);
    const [one, two] = await Promise.all([
      stateFills.begin(pair, 'one', 60_000),
      stateFills.begin(pair, 'two', 60_000),
    ]);
    expect([one, two].filter((fill) => fill !== null)).toHaveLength(1);
    const fill = one ?? two;
    if (fill === null) throw new Error('nobody has it');
    expect(await stateFills.renew(fill, 60_000)).toBe(true);
    expect(await stateFills.isDone(pair)).toBe(false);
    expect(await stateFills.finish(fill)).toBe(true);
    expect(await stateFills.isDone(pair)).toBe(true);
    expect(await stateFills.begin(pair, 'three', 60_000)).toBeNull();
  });

  it('is undone as soon as states are let pass, and neither renewed nor finished by who had begun before', async () => {
    const { stateFills } = store;
    await stateFills.invalidate(pair);
    expect(await stateFills.isDone(pair)).toBe(false);
    const fill = await stateFills.begin(pair, 'one', 60_000);
    if (fill === null) throw new Error('it is free');
    await stateFills.invalidate(pair);
    expect(await stateFills.renew(fill, 60_000)).toBe(false);
    expect(await stateFills.finish(fill)).toBe(false);
    await stateFills.giveBack(fill);
    expect(await stateFills.isDone(pair)).toBe(false);
  });

  it('is taken over from a process that died', async () => {
    const dying = { ...pair, connection: 'dying' };
    const first = await store.stateFills.begin(dying, 'one', 50);
    await new Promise((resolve) => setTimeout(resolve, 80));
    const second = await store.stateFills.begin(dying, 'two', 60_000);
    expect(second).toMatchObject({ owner: 'two' });
    if (first !== null) expect(await store.stateFills.finish(first)).toBe(false);
  });

  it('begins without the states of an earlier one; discarded, it leaves none', async () => {
    const { stateFills, latestStates } = store;
    const emptied = { ...pair, connection: 'emptied' };
    for (const id of ['1', '2']) await latestStates.keep(state(id, 1, emptied));
    await latestStates.erase({ ...emptied, sourceId: '2', offset: 5n });
    const fill = await stateFills.begin(emptied, 'one', 60_000);
    if (fill === null) throw new Error('it is free');
    while (await stateFills.forgetSome(fill));
    expect(await textsOf({ ...emptied, sourceId: '1' })).toEqual([]);
    // What was erased stays so.
    await latestStates.keep(state('2', 9, { ...emptied, offset: 4n }));
    expect(await textsOf({ ...emptied, sourceId: '2' })).toEqual([]);
    await stateFills.discard(fill);
    expect((await stateFills.list('filled')).map(({ connection }) => connection)).not.toContain('emptied');
  });
});
