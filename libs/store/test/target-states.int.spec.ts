import type { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store, TargetStateContent, TargetStateDocument } from '../src/index.ts';
import { migrateCollections } from '../src/migrations/migrate.ts';
import { STORE_COLLECTIONS } from '../src/migrations/store-collections.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
let database: mongo.Db;
beforeAll(async () => {
  store = await stores.open();
  if (store.mongoose.db === undefined) throw new Error('the store has no database');
  database = store.mongoose.db;
});
afterAll(() => stores.dropAndClose());

const documents = () => database.collection<TargetStateDocument>('targetStates');
const keyOf = (targetId: string, connection = 'erp') => ({ connection, role: 'customer', targetId });

const CONTENT: TargetStateContent = {
  hash: 'h1',
  fields: { name: 'n1', phone: 'p1' },
  writtenFor: 'shop',
  record: 'erp|customer|C1',
  shownSince: 7,
  changedAtMicros: 1_764_527_926_123_456,
  inStep: [{ connection: 'shop', recordId: '42', fields: { name: 'n1' } }],
  writing: { source: 'shop', groups: ['phone'] },
};

async function readAll(key: ReturnType<typeof keyOf>): Promise<TargetStateDocument> {
  const state = await store.targetStates.get(key);
  if (state === null) throw new Error('nothing is stored');
  return state;
}

describe('the state of a document', () => {
  it('is kept as it was given, under its place, and stamped by the database', async () => {
    const key = keyOf('C|1');
    expect(await store.targetStates.get(key)).toBeNull();
    expect(await store.targetStates.replace(key, null, CONTENT)).toBe(true);
    const state = await readAll(key);
    const { localTime } = await database.admin().command({ hello: 1 });
    expect(state).toEqual({ _id: 'erp|customer|C|1', ...CONTENT, version: 1, at: expect.any(Date) });
    expect(Math.abs(localTime.getTime() - state.at.getTime())).toBeLessThan(5_000);
  });

  it('is replaced whole: groups that are gone are gone, and what looks like an expression is text', async () => {
    const key = keyOf('whole');
    await store.targetStates.replace(key, null, CONTENT);
    const after = { ...CONTENT, hash: '$version', fields: { name: '$$NOW' }, inStep: [], writing: null };
    expect(await store.targetStates.replace(key, await readAll(key), after)).toBe(true);
    expect(await readAll(key)).toEqual({ _id: 'erp|customer|whole', ...after, version: 2, at: expect.any(Date) });
  });

  it('is moved by one of those who saw the same one; the other is told and sees what the first wrote', async () => {
    const key = keyOf('raced');
    const other = await stores.open();
    const first = await Promise.all([
      store.targetStates.replace(key, null, { ...CONTENT, hash: 'one' }),
      other.targetStates.replace(key, null, { ...CONTENT, hash: 'other' }),
    ]);
    expect(first.toSorted()).toEqual([false, true]);
    const before = await readAll(key);
    expect(before).toMatchObject({ version: 1, hash: first[0] ? 'one' : 'other' });
    const second = await Promise.all([
      store.targetStates.replace(key, before, { ...CONTENT, hash: 'one again' }),
      other.targetStates.replace(key, before, { ...CONTENT, hash: 'other again' }),
    ]);
    expect(second.toSorted()).toEqual([false, true]);
    expect(await other.targetStates.get(key)).toMatchObject({
      version: 2,
      hash: second[0] ? 'one again' : 'other again',
    });
    // Who saw none, or an older one, is late.
    expect(await store.targetStates.replace(key, null, CONTENT)).toBe(false);
    expect(await store.targetStates.replace(key, before, CONTENT)).toBe(false);
  });

  it('stays deleted when one who saw it before moves it; who sees that none is stored may store one', async () => {
    const key = keyOf('deleted');
    await store.targetStates.replace(key, null, CONTENT);
    const before = await readAll(key);
    await documents().deleteOne({ _id: before._id });
    const beside = keyOf('beside the deleted');
    await store.targetStates.replace(beside, null, CONTENT);
    const stored = await readAll(beside);
    const moved = await Promise.all([
      store.targetStates.replace(key, before, { ...CONTENT, hash: 'moved' }),
      store.targetStates.replace(beside, stored, { ...CONTENT, hash: 'moved' }),
    ]);
    expect(moved).toEqual([false, true]);
    expect(await documents().findOne({ _id: before._id })).toBeNull();
    expect(await documents().countDocuments({ version: 2, hash: 'moved' })).toBe(1);
    expect(await store.targetStates.replace(key, null, CONTENT)).toBe(true);
    expect(await readAll(key)).toMatchObject({ version: 1, hash: 'h1' });
  });

  it('counts each move of many writers once', async () => {
    const key = keyOf('counted');
    const writers = [store, await stores.open(), await stores.open()];
    const moves = 8;
    await Promise.all(
      writers.flatMap((writer) =>
        Array.from({ length: moves }, async () => {
          for (;;) {
            const before = await writer.targetStates.get(key);
            const shownSince = (before?.shownSince ?? 0) + 1;
            if (await writer.targetStates.replace(key, before, { ...CONTENT, shownSince })) return;
          }
        }),
      ),
    );
    expect(await readAll(key)).toMatchObject({ version: writers.length * moves, shownSince: writers.length * moves });
  });

  it('is found by the record that shows it', async () => {
    const record = 'erp|customer|shown';
    for (const id of ['a', 'b']) await store.targetStates.replace(keyOf(id), null, { ...CONTENT, record });
    await store.targetStates.replace(keyOf('c'), null, { ...CONTENT, record: null });
    const found = await store.targetStates.ofRecord(record);
    expect(found.map(({ _id }) => _id).toSorted()).toEqual(['erp|customer|a', 'erp|customer|b']);
    expect(await store.targetStates.ofRecord('erp|customer|unseen')).toEqual([]);
  });
});

describe('the states of a connection', () => {
  const settings = { vendor: 'testshop', active: true, settings: { domain: 'x' } } as const;

  it('go with it, and with no other whose id begins alike', async () => {
    const leaving = await store.connections.create({ id: 'leaving', label: 'Leaving', ...settings });
    await store.targetStates.replace(keyOf('C1', 'leaving'), null, CONTENT);
    await store.targetStates.replace(keyOf('C2', 'leaving'), null, CONTENT);
    await store.targetStates.replace(keyOf('C1', 'leaving-2'), null, CONTENT);
    // One that stays since it was changed meanwhile keeps what is known of it.
    await expect(store.connections.remove('leaving', leaving.revision + 1)).rejects.toThrow('changed meanwhile');
    expect(await store.targetStates.get(keyOf('C1', 'leaving'))).not.toBeNull();
    await store.connections.remove('leaving', leaving.revision);
    expect(await store.targetStates.get(keyOf('C1', 'leaving'))).toBeNull();
    expect(await store.targetStates.get(keyOf('C2', 'leaving'))).toBeNull();
    expect(await store.targetStates.get(keyOf('C1', 'leaving-2'))).not.toBeNull();
  });
});

describe('a store of an earlier release', () => {
  it('gets the collection and its index as the ledger starts, without a version that others would wait for', async () => {
    await documents().drop();
    await database.collection<{ _id: string }>('schema').deleteOne({ _id: 'targetStates' });
    await migrateCollections(database, STORE_COLLECTIONS, {});
    expect(Object.keys(await documents().indexInformation())).toEqual(['_id_', 'record_1']);
    const plan = await documents().find({ record: 'erp|customer|C1' }).explain('queryPlanner');
    expect(JSON.stringify(plan.queryPlanner.winningPlan)).toContain('record_1');
    expect(await store.targetStates.replace(keyOf('C1'), null, CONTENT)).toBe(true);
  });
});
