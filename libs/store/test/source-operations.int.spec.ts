import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OperationInput, OperationOpen, type SourceOperations, type Store } from '../src/index.ts';
import { prepareTestStores, waitUntil } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
let operations: SourceOperations;
beforeAll(async () => {
  store = await stores.open();
  operations = store.sourceOperations;
});
afterAll(() => stores.dropAndClose());

const LEASE_MS = 60_000;
const ERROR = { kind: 'rejected', code: 'no', message: 'the source refuses', advice: null, fields: [] };
let made = 0;

function input(connection: string, fields: Partial<OperationInput> = {}): OperationInput {
  made += 1;
  return {
    _id: `operation-${String(made).padStart(4, '0')}`,
    kind: 'backfill',
    tenant: 'default',
    vendor: 'testshop',
    connection,
    entity: 'order',
    request: { sinceMicros: null, sourceIds: null },
    startedBy: 'olga',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    createdAt: new Date(),
    ...fields,
  };
}
const begin = async (connection: string, fields: Partial<OperationInput> = {}) =>
  (await operations.start(input(connection, fields))).operation._id;
const claim = (connection: string, owner: string, ttlMs = LEASE_MS) =>
  operations.claim('testshop', [connection], owner, ttlMs);
const page = { records: 3, published: 1, unchanged: 1, unmapped: 1, notFound: 0 };

describe('operations on a source', () => {
  it('of a kind on the records of an entity there is one at a time; another kind or entity is free', async () => {
    const first = await operations.start(input('one'));
    expect(first.started).toBe(true);
    expect(await operations.start(input('one'))).toMatchObject({
      started: false,
      operation: { _id: first.operation._id },
    });
    expect((await operations.start(input('one', { kind: 'sync' }))).started).toBe(true);
    expect((await operations.start(input('one', { entity: 'customer' }))).started).toBe(true);
    await operations.ask(first.operation._id, 'cancel');
    expect((await operations.start(input('one'))).started).toBe(true);
  });

  it('two processes never hold one; syncs are taken before backfills', async () => {
    const backfill = await begin('two');
    const sync = await begin('two', { kind: 'sync' });
    const taken = await Promise.all(['a', 'b', 'c'].map((owner) => claim('two', owner)));
    expect(taken.map((each) => each?._id).sort()).toEqual([backfill, sync, undefined].sort());
    expect(await claim('two', 'd')).toBeNull();
    const alone = await begin('two-b', { kind: 'backfill' });
    const urgent = await begin('two-b', { kind: 'sync' });
    expect((await claim('two-b', 'a'))?._id).toBe(urgent);
    expect((await claim('two-b', 'a'))?._id).toBe(alone);
  });

  it('only operations of connections that are served are taken', async () => {
    await begin('three');
    expect(await operations.claim('testshop', ['other'], 'a', LEASE_MS)).toBeNull();
    expect(await operations.claim('testerp', ['three'], 'a', LEASE_MS)).toBeNull();
  });

  it('cursor and counts move together; the next holder goes on from there, and the former one moves nothing', async () => {
    const id = await begin('four');
    await claim('four', 'a', 1);
    expect(await operations.advance(id, 'a', 'p1', page)).toBe(true);
    await waitUntil(async () => (await claim('four', 'b')) !== null);
    expect(await operations.advance(id, 'a', 'p9', page)).toBe(false);
    expect(await operations.keep(id, 'a', LEASE_MS, null)).toBeNull();
    await operations.release(id, 'a', { state: 'completed' });
    expect(await operations.advance(id, 'b', 'p2', page)).toBe(true);
    expect(await operations.get(id)).toMatchObject({
      state: 'running',
      owner: 'b',
      cursor: 'p2',
      progress: { records: 6, published: 2, unchanged: 2, unmapped: 2, notFound: 0 },
    });
    await operations.release(id, 'b', { state: 'completed' });
    const ended = await operations.get(id);
    expect(ended).toMatchObject({ state: 'completed', owner: null, error: null });
    expect(ended?.endedAt).toBeInstanceOf(Date);
    expect(ended).not.toHaveProperty('open');
  });

  it('what a process holds hears what is wanted; what nobody holds obeys immediately', async () => {
    const id = await begin('five');
    expect(await operations.ask(id, 'pause')).toMatchObject({ state: 'paused' });
    expect(await claim('five', 'a')).toBeNull();
    expect(await operations.ask(id, 'resume')).toMatchObject({ state: 'waiting', wanted: 'run' });
    await claim('five', 'a');
    expect(await operations.ask(id, 'pause')).toMatchObject({ state: 'running', wanted: 'pause' });
    expect(await operations.keep(id, 'a', LEASE_MS, 'the shop is away')).toBe('pause');
    expect((await operations.get(id))?.waitsFor).toBe('the shop is away');
    await operations.release(id, 'a', { state: 'stopped' });
    expect(await operations.get(id)).toMatchObject({ state: 'paused', owner: null, waitsFor: null });
    await operations.ask(id, 'resume');
    await claim('five', 'a');
    await operations.ask(id, 'cancel');
    expect(await operations.ask(id, 'resume')).toBeNull();
    expect(await operations.keep(id, 'a', LEASE_MS, null)).toBe('cancel');
    await operations.release(id, 'a', { state: 'stopped' });
    expect(await operations.get(id)).toMatchObject({ state: 'cancelled' });
    expect(await operations.ask(id, 'cancel')).toBeNull();
  });

  it('a wish that its holder did not live to obey is obeyed by the next one', async () => {
    const id = await begin('six');
    await claim('six', 'a', 300);
    await operations.ask(id, 'pause');
    await waitUntil(async () => (await claim('six', 'b')) !== null);
    expect(await operations.get(id)).toMatchObject({ state: 'paused', owner: null });
  });

  it('stopped for another reason it waits for the next holder', async () => {
    const id = await begin('seven');
    await claim('seven', 'a');
    await operations.release(id, 'a', { state: 'stopped' });
    expect(await operations.get(id)).toMatchObject({ state: 'waiting', owner: null });
    expect((await claim('seven', 'b'))?._id).toBe(id);
  });

  it('a failed one resumes from its cursor, unless another has begun since', async () => {
    const id = await begin('eight');
    await claim('eight', 'a');
    await operations.advance(id, 'a', 'p1', page);
    await operations.release(id, 'a', { state: 'failed', error: ERROR });
    expect(await operations.get(id)).toMatchObject({ state: 'failed', error: ERROR });
    const other = await begin('eight');
    await expect(operations.ask(id, 'resume')).rejects.toThrow(OperationOpen);
    await operations.ask(other, 'cancel');
    expect(await operations.ask(id, 'resume')).toMatchObject({ state: 'waiting', error: null, endedAt: null });
    expect(await claim('eight', 'a')).toMatchObject({ _id: id, cursor: 'p1', progress: page });
  });

  it('those of a removed connection are cancelled, whoever holds them', async () => {
    const id = await begin('nine');
    await claim('nine', 'a');
    await operations.cancelOf('nine', ERROR);
    expect(await operations.get(id)).toMatchObject({ state: 'cancelled', error: ERROR, owner: null });
    expect(await operations.keep(id, 'a', LEASE_MS, null)).toBeNull();
  });

  it('are listed newest first, by filter, in pages', async () => {
    const ids = [await begin('ten'), await begin('ten', { kind: 'sync' }), await begin('ten', { entity: 'customer' })];
    await operations.ask(ids[1] ?? '', 'cancel');
    const list = async (filter: Parameters<SourceOperations['list']>[0], before: string | null = null, limit = 10) =>
      (await operations.list({ connection: 'ten', ...filter }, before, limit)).map(({ _id }) => _id);
    expect(await list({})).toEqual([...ids].reverse());
    expect(await list({}, null, 2)).toEqual([ids[2], ids[1]]);
    expect(await list({}, ids[1])).toEqual([ids[0]]);
    expect(await list({ kinds: ['sync'] })).toEqual([ids[1]]);
    expect(await list({ states: ['waiting'], entity: 'order' })).toEqual([ids[0]]);
  });
});
