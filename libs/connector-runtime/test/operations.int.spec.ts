import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BrokerRecord } from '@entrepot/broker';
import { entityTopic, parseEventHeaders } from '@entrepot/canonical';
import { openTestWorld } from '@entrepot/embedded/testing';
import { createMetrics, type Metrics } from '@entrepot/service-kit';
import type { OperationInput, OperationWish, SourceOperationDocument, Store } from '@entrepot/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningConnector, startConnector } from '../src/service/start-connector.ts';
import { FakeShop } from './fake-shop.ts';
import { newOperation } from './new-operation.ts';

const world = openTestWorld('operations');
const { run, log, codec } = world;
const RECORDS = 200;
const connection = `shop-${run}`;
const far = `far-${run}`;
const shop = new FakeShop(`fake-${run}`);
const farShop = new FakeShop(`far-${run}`);
const sweptShop = new FakeShop(`swept-${run}`, 'sweep');
const swept = `swept-${run}`;
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROCESS = fileURLToPath(new URL('./connector-process/src/main.ts', import.meta.url)).replace('/src/main.ts', '');

let store: Store;
let metrics: Metrics;
const replicas: RunningConnector[] = [];
const received: BrokerRecord[] = [];

async function startReplica(of = shop): Promise<void> {
  metrics = createMetrics({ service: 'test', processMetrics: false });
  replicas.push(
    await startConnector({
      vendor: of.vendor,
      store: await world.openStore({ vendors: [of.vendor] }),
      broker: await world.connectBroker('operations', metrics),
      codec,
      log,
      metrics,
      pollIntervalMs: null,
      republishPerSecond: 100,
      maxWebhookBytesInFlight: 64 * 1024 * 1024,
      absenceConfirmMs: 50,
    }),
  );
}

beforeAll(async () => {
  store = await world.openStore({ vendors: [shop.vendor, farShop.vendor, sweptShop.vendor] });
  const common = { label: 'Shop', active: true, settings: {}, secrets: { secret: 's' } };
  await store.connections.create({ id: connection, vendor: shop.vendor.name, ...common });
  await store.connections.create({ id: swept, vendor: sweptShop.vendor.name, ...common });
  await store.connections.create({ id: far, vendor: farShop.vendor.name, ...common });
  for (let id = 1; id <= RECORDS; id += 1) shop.write(String(id), `record ${id}`, { changedAtSeconds: id });
  const broker = await world.connectBroker('reader');
  await startReplica();
  await startReplica();
  const consumption = broker.consume({
    groupId: `operations-test-${run}`,
    topics: [entityTopic('order')],
    handler: async (record) => {
      received.push(record);
    },
    onBug: async () => {},
  });
  await consumption.ready;
  await until(async () => (await store.cursors.get(connection, 'order'))?.polledAt != null);
}, 60_000);

afterAll(async () => {
  for (const replica of replicas) await replica.stop();
  await world.close();
}, 40_000);

beforeEach(() => {
  shop.fault = null;
  shop.fetchDelayMs = 0;
});

async function until<T>(look: () => Promise<T | false | null | undefined>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('it did not come in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function start(fields: Partial<OperationInput> = {}): Promise<string> {
  const { operation } = await store.sourceOperations.start(
    newOperation({ vendor: shop.vendor.name, connection, ...fields }),
  );
  return operation._id;
}
const show = async (id: string): Promise<SourceOperationDocument> => {
  const found = await store.sourceOperations.get(id);
  if (found === null) throw new Error('it is gone');
  return found;
};
const inState = (id: string, state: SourceOperationDocument['state'], timeoutMs?: number) =>
  until(async () => {
    const found = await show(id);
    return found.state === state && found;
  }, timeoutMs);
const hasDone = (id: string, records: number) => until(async () => (await show(id)).progress.records >= records);
const ask = (id: string, wish: OperationWish) => store.sourceOperations.ask(id, wish);
const eventsOf = (of: string) => received.filter(({ key }) => key?.startsWith(`${of}/`));
const switchTo = async (active: boolean) =>
  store.connections.update(connection, (await store.connections.get(connection))?.revision ?? 0, { active });

describe('two replicas', () => {
  it('a backfill from a look-back date reads oldest first, as snapshots, by one of them', async () => {
    const [listings, fetches] = [shop.listedFrom.length, shop.fetches.length];
    // The record with id n was changed n seconds after 1970.
    const id = await start({ request: { sinceMicros: 151 * 1e6, sourceIds: null } });
    const done = await inState(id, 'completed');
    expect(done.progress).toEqual({ records: 50, published: 50, unchanged: 0, unmapped: 0, notFound: 0 });
    expect(shop.listedFrom.slice(listings)).toEqual([null]);
    const events = await until(async () => eventsOf(connection).length === 50 && eventsOf(connection));
    const headers = events.map((record) => parseEventHeaders(record.headers));
    expect(new Set(headers.map(({ snapshot }) => snapshot))).toEqual(new Set([true]));
    const expected = Array.from({ length: 50 }, (_, index) => 151 + index);
    expect(headers.map(({ sourceId }) => Number(sourceId)).sort((a, b) => a - b)).toEqual(expected);
    // Page by page of ten; the records of a page are read in any order.
    const read = shop.fetches.slice(fetches).flat().map(Number);
    expect(read.map((id) => Math.floor((id - 151) / 10))).toEqual(expected.map((_, index) => Math.floor(index / 10)));
    expect(headers[0]?.traceparent).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(await store.cursors.get(connection, 'order')).toMatchObject({ cursor: null });
  });

  it('paused it stops within seconds and stays; resumed it goes on from its cursor', async () => {
    shop.fetchDelayMs = 100;
    const id = await start();
    await hasDone(id, 10);
    await ask(id, 'pause');
    const paused = await inState(id, 'paused', 3_000);
    expect(paused.progress.records).toBeLessThan(RECORDS);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await show(id)).progress).toEqual(paused.progress);
    const listings = shop.listedFrom.length;
    await ask(id, 'resume');
    const done = await inState(id, 'completed');
    expect(shop.listedFrom.slice(listings)).toEqual([paused.cursor]);
    expect(done.progress).toMatchObject({ records: RECORDS, unmapped: 0, notFound: 0 });
    expect(done.progress.published + done.progress.unchanged).toBe(RECORDS);
  }, 30_000);

  it('cancelled it ends within seconds', async () => {
    shop.fetchDelayMs = 200;
    const id = await start();
    await hasDone(id, 10);
    await ask(id, 'cancel');
    const ended = await inState(id, 'cancelled', 3_000);
    expect(ended.progress.records).toBeLessThan(RECORDS);
    expect(ended.endedAt).not.toBeNull();
  }, 30_000);

  it('a source that is away: it says what it waits for, and obeys all the same', async () => {
    shop.fault = 'unavailable';
    const id = await start();
    await until(async () => (await show(id)).waitsFor === 'the shop is unavailable');
    await ask(id, 'pause');
    await inState(id, 'paused', 3_000);
    shop.fault = null;
    await ask(id, 'resume');
    expect((await inState(id, 'completed', 40_000)).progress.records).toBe(RECORDS);
  }, 60_000);

  it('a connection switched off meanwhile: it waits, and goes on once that is on again', async () => {
    shop.fetchDelayMs = 100;
    const id = await start();
    await hasDone(id, 10);
    await switchTo(false);
    const stopped = await inState(id, 'waiting');
    expect(stopped.owner).toBeNull();
    await switchTo(true);
    expect((await inState(id, 'completed')).progress.records).toBe(RECORDS);
  }, 30_000);

  it('a sync of ids reads those alone, and counts what became of each', async () => {
    shop.write('odd', 'bad', { unmapped: true });
    shop.write('7', 'changed');
    const listings = shop.listedFrom.length;
    const id = await start({ kind: 'sync', request: { sinceMicros: null, sourceIds: ['7', '8', 'odd', 'nobody'] } });
    const done = await inState(id, 'completed');
    expect(done.progress).toEqual({ records: 4, published: 1, unchanged: 1, unmapped: 1, notFound: 1 });
    expect(shop.listedFrom).toHaveLength(listings);
    const last = await until(async () => {
      const newest = eventsOf(connection).at(-1);
      return newest !== undefined && parseEventHeaders(newest.headers).sourceId === '7' && newest;
    });
    expect(parseEventHeaders(last.headers).snapshot).toBe(false);
    shop.remove('odd');
  });

  it('a vendor that refuses the listing: failed with its reason; resumed it goes on', async () => {
    shop.fault = 'rejected';
    const id = await start();
    expect((await inState(id, 'failed')).error).toMatchObject({ kind: 'rejected', message: 'the shop is rejected' });
    shop.fault = null;
    await ask(id, 'resume');
    expect(await inState(id, 'completed')).toMatchObject({ error: null, progress: { records: RECORDS } });
  });

  it('stopped with its process, it is taken over immediately', async () => {
    shop.fetchDelayMs = 100;
    const id = await start();
    await hasDone(id, 10);
    const { owner } = await show(id);
    // The second one's metrics are at hand; whichever runs it is stopped.
    const shows = (await metrics.render()).body.includes('entrepot_operations_running{');
    const [leaving] = replicas.splice(shows ? replicas.length - 1 : 0, 1);
    await leaving?.stop();
    await until(async () => {
      const now = await show(id);
      return now.owner !== owner && now.owner !== null;
    }, 3_000);
    expect((await inState(id, 'completed')).progress.records).toBe(RECORDS);
  }, 30_000);
});

describe('a sweep', () => {
  const sweep = (mostMissingPercent: number) =>
    start({
      kind: 'sweep',
      vendor: sweptShop.vendor.name,
      connection: swept,
      request: { sinceMicros: null, sourceIds: null, mostMissingPercent },
    });
  const deleted = () =>
    eventsOf(swept)
      .map(({ headers }) => parseEventHeaders(headers))
      .filter((event) => event.deleted)
      .map(({ sourceId }) => sourceId)
      .sort();

  it('publishes as deleted what the source neither lists nor gives, and nothing else', async () => {
    for (let id = 1; id <= 20; id += 1) sweptShop.write(String(id), `record ${id}`);
    await startReplica(sweptShop);
    await until(async () => eventsOf(swept).length === 20);
    sweptShop.remove('3');
    // It is there, but was left out of the list.
    sweptShop.unlisted.add('4');
    const done = await inState(await sweep(10), 'completed');
    expect(done.progress).toEqual({ records: 2, published: 1, unchanged: 1, unmapped: 0, notFound: 0 });
    await until(async () => deleted().length > 0);
    expect(deleted()).toEqual(['3']);
    sweptShop.unlisted.clear();
    expect((await inState(await sweep(0), 'completed')).progress.records).toBe(0);
  });

  it('stops when more than the given share is missing, and deletes nothing', async () => {
    for (const id of ['5', '6']) sweptShop.remove(id);
    // Two of nineteen are 10.5 %.
    const failed = await inState(await sweep(10), 'failed');
    expect(failed.error).toMatchObject({ code: 'too-many-missing', message: expect.stringContaining('2 of 19') });
    expect(deleted()).toEqual(['3']);
    await inState(await sweep(11), 'completed');
    await until(async () => deleted().length === 3);
    expect(deleted()).toEqual(['3', '5', '6']);
  });

  it('alone decides: a read that does not find a record deletes nothing', async () => {
    sweptShop.remove('7');
    const id = await start({
      kind: 'sync',
      vendor: sweptShop.vendor.name,
      connection: swept,
      request: { sinceMicros: null, sourceIds: ['7'] },
    });
    expect((await inState(id, 'completed')).progress).toMatchObject({ records: 1, unmapped: 1 });
    expect(deleted()).toEqual(['3', '5', '6']);
  });
});

describe('a connector process that is killed in the middle, twice', () => {
  const children = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  function spawnConnector(): { readonly child: ChildProcess; readonly listedFrom: string[] } {
    const child = spawn(process.execPath, [`${PROCESS}/dist/main.js`], {
      cwd: ROOT,
      env: {
        ...process.env,
        DATABASE: store.mongoose.name,
        MASTER_KEY: world.masterKey,
        VENDOR: farShop.vendor.name,
        RECORDS: String(RECORDS),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    const listedFrom: string[] = [];
    child.stdout?.on('data', (chunk: Buffer) => {
      listedFrom.push(...[...String(chunk).matchAll(/listed from (\S+)/g)].map(([, cursor = '']) => cursor));
    });
    return { child, listedFrom };
  }

  it('goes on from its cursor; nothing is lost, and every record is counted once', async () => {
    execFileSync(process.execPath, ['node_modules/rolldown/bin/cli.mjs', '--config', 'rolldown.config.ts'], {
      cwd: ROOT,
      env: { ...process.env, SERVICE: PROCESS },
    });
    const id = await start({ vendor: farShop.vendor.name, connection: far });
    let connector = spawnConnector();
    for (const records of [40, 110]) {
      await until(async () => (await show(id)).progress.records >= records, 30_000);
      connector.child.kill('SIGKILL');
      await once(connector.child, 'exit');
      const { cursor, state, progress } = await show(id);
      expect(state).toBe('running');
      expect(cursor).toBe(String(progress.records));
      connector = spawnConnector();
      const { listedFrom } = connector;
      await until(async () => listedFrom.includes(String(cursor)), 30_000);
    }
    const { progress, cursor } = await inState(id, 'completed', 30_000);
    expect(cursor).toBe(String(RECORDS));
    expect(progress).toMatchObject({ records: RECORDS, unmapped: 0, notFound: 0 });
    expect(progress.published + progress.unchanged).toBe(RECORDS);
    const keys = await until(async () => {
      const found = new Set(eventsOf(far).map(({ key }) => key));
      return found.size === RECORDS && found;
    });
    expect(keys).toContain(`${far}/1`);
    // Acknowledged before the kill, but not yet counted: read again, and unchanged.
    expect(progress.unchanged).toBeLessThanOrEqual(2 * 10);
  }, 120_000);
});
