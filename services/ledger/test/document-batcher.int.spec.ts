import { openTestWorld } from '@entrepot/embedded/testing';
import type { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocumentBatcher } from '../src/store/document-batcher.ts';

interface Counter {
  readonly _id: string;
  readonly revision: number;
  readonly count: number;
}

const add = (current: Counter | null): Counter => ({
  _id: current?._id ?? '',
  revision: current?.revision ?? 0,
  count: (current?.count ?? 0) + 1,
});

describe('DocumentBatcher on a real MongoDB', () => {
  const world = openTestWorld('ledger');
  let collection: mongo.Collection<Counter>;

  beforeAll(async () => {
    const { db } = (await world.openStore({ vendors: [] })).mongoose;
    if (db === undefined) throw new Error('no database');
    collection = db.collection<Counter>('counters');
  });

  afterAll(() => world.close());

  const addTo = (batcher: DocumentBatcher<Counter>, id: string) =>
    batcher.update(id, (current) => ({ ...add(current), _id: id }));

  it('loses no change of many to the same and to different documents', async () => {
    const batcher = new DocumentBatcher(collection);
    await Promise.all(Array.from({ length: 3_000 }, (_, i) => addTo(batcher, `a${i % 50}`)));
    const stored = await collection.find({ _id: /^a/ }).toArray();
    expect(stored).toHaveLength(50);
    expect(stored.every((document) => document.count === 60)).toBe(true);
  });

  it('refuses a document that cannot be written, alone: those of its group are written', async () => {
    const batcher = new DocumentBatcher(collection);
    const odd = { more: { _bsontype: 'Nothing' } };
    const bad = batcher.update('p-bad', () => ({ _id: 'p-bad', revision: 0, count: 1, ...odd }));
    const good = Array.from({ length: 20 }, (_, i) => addTo(batcher, `p-good-${i}`));
    await expect(bad).rejects.toThrow();
    await Promise.all(good);
    expect(await collection.countDocuments({ _id: /^p-good/ })).toBe(20);
  });

  it('loses no change when two writers race for the same documents', async () => {
    const [one, other] = [new DocumentBatcher(collection), new DocumentBatcher(collection)];
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => addTo(i % 2 === 0 ? one : other, `b${i % 5}`)));
    }
    const stored = await collection.find({ _id: /^b/ }).toArray();
    expect(stored.map((document) => document.count)).toEqual([400, 400, 400, 400, 400]);
  });

  it('gives every caller the document as written, and writes nothing when nothing changes', async () => {
    const batcher = new DocumentBatcher(collection);
    expect(await addTo(batcher, 'c')).toMatchObject({ count: 1, revision: 1 });
    expect(await batcher.update('c', (current) => current)).toMatchObject({ count: 1, revision: 1 });
    expect(await batcher.update('none', () => null)).toBeNull();
  });

  it('refuses a change that throws alone', async () => {
    const batcher = new DocumentBatcher(collection);
    const refused = batcher.update('d', () => {
      throw new Error('no');
    });
    const accepted = addTo(batcher, 'd');
    await expect(refused).rejects.toThrow('no');
    expect(await accepted).toMatchObject({ count: 1 });
  });

  it('inserts what is expected to be new, and reads what was there all the same', async () => {
    const [one, other] = [new DocumentBatcher(collection), new DocumentBatcher(collection)];
    const addNew = (batcher: DocumentBatcher<Counter>, id: string) =>
      batcher.update(id, (current) => ({ ...add(current), _id: id }), 'new');
    expect(await addNew(one, 'e1')).toMatchObject({ count: 1, revision: 1 });
    const written = await Promise.all(['e1', 'e2', 'e1'].map((id) => addNew(other, id)));
    expect(written.map((document) => document?.count)).toEqual([3, 1, 3]);
    expect(await collection.findOne({ _id: 'e1' })).toMatchObject({ count: 3, revision: 2 });
  });

  it('keeps the order of changes of one document while groups overlap', async () => {
    const batcher = new DocumentBatcher<Counter & { readonly log?: readonly number[] }>(collection, { maxGroup: 4 });
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        batcher.update(`f${index % 5}`, (current) => ({
          ...add(current),
          _id: `f${index % 5}`,
          log: [...(current?.log ?? []), index],
        })),
      ),
    );
    for (const { log } of await collection.find<{ log: number[] }>({ _id: /^f/ }).toArray()) {
      expect(log).toHaveLength(40);
      expect(log).toEqual([...log].sort((a, b) => a - b));
    }
  });

  it('trusts what it remembers of a document only as far as nobody else has changed it', async () => {
    const batcher = new DocumentBatcher(collection, { maxRecent: 10 });
    await addTo(batcher, 'g');
    await collection.updateOne({ _id: 'g' }, { $set: { count: 10 }, $inc: { revision: 1 } });
    expect(await addTo(batcher, 'g')).toMatchObject({ count: 11, revision: 3 });
    await collection.updateOne({ _id: 'g' }, { $set: { count: 20 }, $inc: { revision: 1 } });
    expect(await batcher.update('g', (current) => current)).toMatchObject({ count: 20, revision: 4 });
    await collection.deleteOne({ _id: 'g' });
    expect(await addTo(batcher, 'g')).toMatchObject({ count: 1, revision: 1 });
  });

  it('refuses a change for what is stored, not for what it remembers', async () => {
    const batcher = new DocumentBatcher(collection, { maxRecent: 10 });
    const whenTwenty = (current: Counter | null): Counter => {
      if (current?.count !== 20) throw new Error(`count is ${current?.count}`);
      return { ...current, count: 21 };
    };
    await addTo(batcher, 'i');
    await collection.updateOne({ _id: 'i' }, { $set: { count: 20 }, $inc: { revision: 1 } });
    expect(await batcher.update('i', whenTwenty)).toMatchObject({ count: 21, revision: 3 });
    await expect(batcher.update('i', whenTwenty)).rejects.toThrow('count is 21');
    expect(await addTo(batcher, 'i')).toMatchObject({ count: 22 });
  });

  it('refuses a change for what is stored, not for what was expected to be new', async () => {
    const batcher = new DocumentBatcher(collection);
    await collection.insertOne({ _id: 'k', revision: 1, count: 20 });
    const onlyIfThere = (current: Counter | null): Counter => {
      if (current === null) throw new Error('not there');
      return { ...current, count: current.count + 1 };
    };
    const [first, second] = await Promise.all([
      batcher.update('k', (current) => current ?? { _id: 'k', revision: 0, count: 0 }, 'new'),
      batcher.update('k', onlyIfThere),
    ]);
    expect([first?.count, second?.count]).toEqual([21, 21]);
    await expect(batcher.update('l', onlyIfThere, 'new')).rejects.toThrow('not there');
  });

  it('does not apply again what has been answered, when the write of its group fails', async () => {
    const batcher = new DocumentBatcher(collection);
    await collection.insertMany([
      { _id: 'm', revision: 1, count: 1 },
      { _id: 'n', revision: 1, count: 1 },
    ]);
    let asked = 0;
    const refused = batcher.update('m', () => {
      asked += 1;
      throw new Error('refused');
    });
    // A field that the database refuses makes the write of the group fail.
    const broken = batcher.update('m', (current) => ({ ...(current as Counter), $bad: 1 }) as unknown as Counter);
    const well = batcher.update('n', (current) => ({ ...(current as Counter), count: 2 }));
    await expect(refused).rejects.toThrow('refused');
    await expect(broken).rejects.toThrow();
    expect(await well).toMatchObject({ count: 2 });
    expect(asked).toBe(1);
  });

  it('remembers only what may be kept', async () => {
    const batcher = new DocumentBatcher(collection, { maxRecent: 10, mayKeep: ({ count }) => count < 2 });
    await addTo(batcher, 'j');
    await addTo(batcher, 'j');
    // Remembered, it would be written as it was, without being looked at, and would be refused by its revision first.
    await collection.updateOne({ _id: 'j' }, { $set: { count: 30 } });
    expect(await addTo(batcher, 'j')).toMatchObject({ count: 31, revision: 3 });
  });

  it('leaves fields that are not read as they are stored', async () => {
    type Loaded = Counter & { readonly load?: Readonly<Record<string, string>> };
    const loads = collection as unknown as mongo.Collection<Loaded>;
    const batcher = new DocumentBatcher<Loaded>(loads, { unread: ['load'], maxRecent: 10 });
    const load = { 'a.b': '1', $c: '2' };
    await batcher.update('h', () => ({ _id: 'h', revision: 0, count: 1, load }), 'new');
    expect(await batcher.update('h', (current) => ({ ...add(current), _id: 'h' }))).not.toHaveProperty('load');
    expect(await loads.findOne({ _id: 'h' })).toMatchObject({ count: 2, load });
    await batcher.update('h', (current) => ({ ...add(current), _id: 'h', load: { ...load, d: '3' } }));
    expect((await loads.findOne({ _id: 'h' }))?.load).toEqual({ ...load, d: '3' });
  });
});
