import { OpenClients } from '@entrepot/runtime-kit/clients';
import { WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { BudgetModel } from '@entrepot/runtime-kit/testing';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import { type Change, type Connection, type Connections, SecretsUnavailable, type Throttled } from '@entrepot/store';
import type { ClientBudget, FetchCall, GuardedClientContext, SourceDefinition, Vendor } from '@entrepot/vendor-kit';
import { createMemoryVault } from '@entrepot/vendor-kit/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createConnectorMetrics } from '../src/metrics.ts';
import { createOpenConnections, type OpenConnections } from '../src/sources/open-connections.ts';

const vendor = {
  name: 'shop-vendor',
  title: 'Shop',
  budget: () => ({ concurrency: 1, requests: [], points: false }),
} as unknown as Vendor;
const shop = { id: 'shop', vendor: 'shop-vendor', active: true, accessRevision: 1, attention: null } as Connection;

/** Database and source whose opening fails as often as `failure` is set. */
function setUp(concurrency = 1) {
  const state = {
    failure: null as Error | null,
    /** What the connection's own source says to its new settings. */
    refusal: null as Error | null,
    secrets: { webhookSecret: 'old' },
    revision: 1,
    tries: 0,
    /** What was fetched, and by which secrets. */
    fetches: [] as { readonly by: object; readonly ids: readonly string[]; readonly signal: AbortSignal }[],
    fetching: Promise.resolve(),
    closed: [] as object[],
    attention: null as string | null,
    /** When each note that was written says that reads waited; null: that none waits. */
    noted: [] as (number | null)[],
    noting: Promise.resolve(),
    shares: new BudgetModel(WALL_CLOCK),
    openCall: null as ClientBudget['openCall'] | null,
  };
  let tell: (change: Change<Connection>) => void = () => {};
  const connections = {
    snapshot: () => [shop],
    find: () => ({ ...shop, attention: state.attention }),
    onChange: (listener: typeof tell) => {
      tell = listener;
      return () => {};
    },
    setAttention: async (_id: string, message: string | null) => {
      state.attention = message;
    },
    setThrottled: (_id: string, throttled: Throttled | null) => {
      state.noted.push(throttled?.seenAt.getTime() ?? null);
      return state.noting;
    },
    open: async () => {
      state.tries += 1;
      if (state.failure !== null) throw state.failure;
      return { id: 'shop', label: 'Shop', revision: state.revision, settings: {}, secrets: state.secrets };
    },
  } as unknown as Connections;
  const fetch = async (client: { readonly secrets: object }, ids: readonly string[], { call }: FetchCall) => {
    state.fetches.push({ by: client.secrets, ids, signal: call.signal });
    await state.fetching;
    return ids.map((sourceId) => ({ status: 'not-found', sourceId }));
  };
  const order = { batch: { count: 10 }, settings: z.strictObject({}), fetch };
  const definition = { entities: { order } } as unknown as SourceDefinition;
  const client = {
    open: ({ connection, openCall }: GuardedClientContext<unknown, object>) => {
      state.openCall = openCall;
      if (state.refusal !== null) throw state.refusal;
      return { secrets: connection.secrets };
    },
    close: async ({ secrets }: { readonly secrets: object }) => void state.closed.push(secrets),
  };
  const start = (): OpenConnections =>
    createOpenConnections({
      vendor: {
        ...vendor,
        budget: () => ({ concurrency, requests: [], points: false }),
        client,
        source: definition,
        target: null,
      },
      definition,
      connections,
      clients: new OpenClients({
        instance: 'test',
        credentials: { vault: () => createMemoryVault() },
        shares: state.shares,
        clock: WALL_CLOCK,
        log: createSilentLogger(),
      }),
      waits: { observe: () => {} },
      log: createSilentLogger(),
      metrics: createConnectorMetrics(createMetrics({ service: 'test' })),
      nowMicros: () => 0,
    });
  return { state, start, change: (change: Change<Connection>) => tell(change) };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function findShop(open: OpenConnections) {
  const found = open.find('shop');
  if (typeof found === 'string') throw new Error(`the shop is ${found}`);
  return found;
}

const isOpen = (open: OpenConnections) => findShop(open).source() !== null;

it('a connection that cannot be opened says why, is tried again after 30 s, and says nothing once it is open', async () => {
  const { state, start } = setUp();
  state.failure = new SecretsUnavailable('the secrets were sealed with another key');
  const open = start();
  await vi.advanceTimersByTimeAsync(29_000);
  expect([state.tries, isOpen(open)]).toEqual([1, false]);
  expect(state.attention).toBe('The connection cannot be used: the secrets were sealed with another key');
  state.failure = null;
  await vi.advanceTimersByTimeAsync(1_500);
  expect([state.tries, isOpen(open), state.attention]).toEqual([2, true, null]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(state.tries).toBe(2);
  await open.close();
});

it('what the database keeps from opening is tried again after 2 s, without a word to people', async () => {
  const { state, start } = setUp();
  state.failure = Object.assign(new Error('no primary'), { retriable: true });
  const open = start();
  await vi.advanceTimersByTimeAsync(1_900);
  state.failure = null;
  await vi.advanceTimersByTimeAsync(200);
  expect([state.tries, isOpen(open), state.attention]).toEqual([2, true, null]);
  await open.close();
});

it('waits with one timer and nothing else however often it fails, and with none once it is switched off', async () => {
  const warned: unknown[] = [];
  const note = (warning: unknown) => warned.push(warning);
  process.on('warning', note);
  const { state, start, change } = setUp();
  state.failure = new SecretsUnavailable('the secrets were sealed with another key');
  const open = start();
  await vi.advanceTimersByTimeAsync(30_000 * 20 + 1_000);
  expect(state.tries).toBe(21);
  // Changed again and again while it waits.
  for (let accessRevision = 2; accessRevision < 7; accessRevision += 1) {
    change({ id: 'shop', before: shop, after: { ...shop, accessRevision } });
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(state.tries).toBe(26);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(state.tries).toBe(27);
  change({ id: 'shop', before: shop, after: { ...shop, active: false } });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(state.tries).toBe(27);
  await open.close();
  vi.useRealTimers();
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('warning', note);
  expect(warned).toEqual([]);
});

it('that reads wait is written once for all that was to be told while the database did not answer', async () => {
  const { state, start } = setUp();
  let answer = (): void => {};
  state.noting = new Promise((resolve) => {
    answer = resolve;
  });
  const open = start();
  await vi.advanceTimersByTimeAsync(10);
  // Another process has the one place.
  const seat = { name: 'concurrency', count: 1, windowMs: 0 };
  const taken = {
    holder: 'sink',
    needs: [{ limit: seat, held: 1, wanted: 1 }],
    pauseMs: null,
    waiting: 0,
    waitingMs: 0,
  };
  await state.shares.renew('shop', { ...taken, turn: 1, leaseMs: 3_600_000 });
  const waits = state.openCall?.(new AbortController().signal).admit();
  await vi.advanceTimersByTimeAsync(1_000);
  const beganAtMs = Date.now();
  await vi.advanceTimersByTimeAsync(125_000);
  expect(state.noted).toEqual([beganAtMs]);
  answer();
  await vi.advanceTimersByTimeAsync(10);
  expect(state.noted).toEqual([beganAtMs, beganAtMs + 120_000]);
  await state.shares.release('shop', { holder: 'sink', turn: 2, used: {} });
  await vi.advanceTimersByTimeAsync(6_000);
  (await waits)?.();
  expect(state.noted.at(-1)).toBe(null);
  await open.close();
});

it.each([
  ['whose settings its vendor refuses serves the new secrets alone', 'refusal', { webhookSecret: 'new' }],
  ['whose secrets cannot be read serves none', 'failure', undefined],
] as const)('a changed connection %s', async (_what, kind, served) => {
  const { state, start, change } = setUp();
  const open = start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(findShop(open).view()?.secrets).toEqual({ webhookSecret: 'old' });
  state[kind] = new SecretsUnavailable('not with these settings');
  state.secrets = { webhookSecret: 'new' };
  change({ id: 'shop', before: shop, after: { ...shop, accessRevision: 2 } } as Change<Connection>);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(findShop(open).view()?.secrets).toEqual(served);
  await open.close();
});

it('new settings do not disturb a read that is under way: it ends by the former client, which closes after it', async () => {
  const { state, start, change } = setUp(4);
  const open = start();
  await vi.advanceTimersByTimeAsync(10);
  let end = (): void => {};
  state.fetching = new Promise((resolve) => {
    end = resolve;
  });
  const reader = findShop(open).reader('order');
  const first = reader.read('1', 'live');
  await vi.advanceTimersByTimeAsync(10);
  state.secrets = { webhookSecret: 'new' };
  state.revision = 2;
  change({ id: 'shop', before: shop, after: { ...shop, accessRevision: 2 } });
  await vi.advanceTimersByTimeAsync(1_000);
  const second = reader.read('2', 'live');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(state.fetches.map(({ by, ids, signal }) => [by, ids, signal.aborted])).toEqual([
    [{ webhookSecret: 'old' }, ['1'], false],
    [{ webhookSecret: 'new' }, ['2'], false],
  ]);
  expect(state.closed).toEqual([]);
  end();
  await vi.advanceTimersByTimeAsync(10);
  expect((await first).fetched.status).toBe('not-found');
  expect((await second).fetched.status).toBe('not-found');
  expect(state.closed).toEqual([{ webhookSecret: 'old' }]);
  await open.close();
  expect(state.closed).toHaveLength(2);
});
