import { randomUUID } from 'node:crypto';
import { createConnection, type mongo } from 'mongoose';
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
  let connection: Awaited<ReturnType<ReturnType<typeof createConnection>['asPromise']>>;
  let collection: mongo.Collection<Counter>;

  beforeAll(async () => {
    connection = await createConnection(process.env.MONGODB_URI ?? '', {
      dbName: `ledger-${randomUUID()}`,
    }).asPromise();
    if (connection.db === undefined) throw new Error('no database');
    collection = connection.db.collection<Counter>('counters');
  });

  afterAll(async () => {
    await connection.dropDatabase();
    await connection.close();
  });

  const addTo = (batcher: DocumentBatcher<Counter>, id: string) =>
    batcher.update(id, (current) => ({ ...add(current), _id: id }));

  it('loses no change of many to the same and to different documents', async () => {
    const batcher = new DocumentBatcher(collection);
    await Promise.all(Array.from({ length: 3_000 }, (_, i) => addTo(batcher, `a${i % 50}`)));
    const stored = await collection.find({ _id: /^a/ }).toArray();
    expect(stored).toHaveLength(50);
    expect(stored.every((document) => document.count === 60)).toBe(true);
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
});
