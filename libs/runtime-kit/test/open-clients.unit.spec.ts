import { createSilentLogger } from '@entrepot/service-kit';
import {
  type ConnectionView,
  defineSource,
  defineTarget,
  defineVendor,
  noSettings,
  sourceEntity,
} from '@entrepot/vendor-kit';
import { createMemoryVault, freeCall } from '@entrepot/vendor-kit/testing';
import { beforeEach, expect, it } from 'vitest';
import { OpenClients } from '../src/clients/index.ts';
import { BudgetModel, VirtualClock } from '../src/testing/index.ts';

/** A client of the model: it signs in with its first call. */
interface Client {
  readonly secrets: unknown;
  session: Promise<string> | null;
}

let clock: VirtualClock;
/** What each sign-in was made by, in order. */
let signIns: unknown[];
let closed: unknown[];
let attend: (message: string | null) => void;
let answer: Promise<void>;

function signIn(client: Client): Promise<string> {
  client.session ??= Promise.resolve().then(() => {
    signIns.push(client.secrets);
    return `session ${signIns.length}`;
  });
  return client.session;
}

const vendor = defineVendor({
  name: 'model',
  title: 'Model',
  settings: noSettings,
  secrets: noSettings,
  budget: () => ({ concurrency: 2, requests: [], points: false }),
  client: {
    open: ({ connection, raiseAttention }): Client => {
      attend = raiseAttention;
      return { secrets: connection.secrets, session: null };
    },
    close: async ({ secrets }) => void closed.push(secrets),
  },
  source: defineSource({
    test: async () => ({ ok: true, checks: [] }),
    scopes: [],
    values: {
      warehouse: async (client: Client) => [{ value: await signIn(client), label: 'of the source' }],
      slow: async (client: Client) => {
        const value = await signIn(client);
        await answer;
        return [{ value, label: 'late' }];
      },
    },
    entities: {
      order: sourceEntity('order', {
        settings: noSettings,
        batch: { count: 1 },
        pollIntervalMs: 60_000,
        absence: 'unknown',
        fetch: async () => [],
        poll: async function* () {},
      }),
    },
  }),
  target: defineTarget<{ settings: unknown; client: Client; profile: unknown; state: unknown }>({
    test: async () => ({ ok: true, checks: [] }),
    values: { terms: async (client) => [{ value: await signIn(client), label: 'of the target' }] },
    entities: {},
  }),
});

const never = new AbortController().signal;
const connectionOf = (revision: number, secrets = `secret ${revision}`): ConnectionView => ({
  id: 'erp',
  label: 'ERP',
  settings: {},
  secrets,
  revision,
});

beforeEach(() => {
  clock = new VirtualClock();
  signIns = [];
  closed = [];
  answer = Promise.resolve();
});

const openProcess = (instance = 'one', shares = new BudgetModel(clock)) =>
  new OpenClients({
    instance,
    credentials: { vault: () => createMemoryVault() },
    shares,
    clock,
    log: createSilentLogger(),
  });

const askSource = (opened: ReturnType<OpenClients['open']>, kind = 'warehouse') =>
  opened.source?.listValues(kind, never).then(([listed]) => listed?.value);
const askTarget = (opened: ReturnType<OpenClients['open']>) =>
  opened.target?.listValues('terms', freeCall()).then(([listed]) => listed?.value);

it('both sides of a connection work with one client, one session and one budget; another process has its own', async () => {
  const process = openProcess();
  const connector = process.open(vendor, connectionOf(1), {});
  const sink = process.open(vendor, connectionOf(1), {});
  expect(await Promise.all([askSource(connector), askTarget(sink)])).toEqual(['session 1', 'session 1']);
  expect(sink.budget).toBe(connector.budget);
  expect(signIns).toHaveLength(1);
  const other = openProcess('another').open(vendor, connectionOf(1), {});
  expect(await askTarget(other)).toBe('session 2');
});

it('one side lets go and the other works on; the last one closes it, once', async () => {
  const process = openProcess();
  const connector = process.open(vendor, connectionOf(1), {});
  const sink = process.open(vendor, connectionOf(1), {});
  await askSource(connector);
  await connector.release();
  await connector.release();
  expect(closed).toEqual([]);
  expect(await askTarget(sink)).toBe('session 1');
  await sink.release();
  expect(closed).toEqual(['secret 1']);
  // Who comes later begins anew.
  expect(await askSource(process.open(vendor, connectionOf(1), {}))).toBe('session 2');
});

it('new settings make one new client for both; a call that is under way ends with the former, which closes after it', async () => {
  const process = openProcess();
  const [connector, sink] = [process.open(vendor, connectionOf(1), {}), process.open(vendor, connectionOf(1), {})];
  let end = (): void => {};
  answer = new Promise((resolve) => {
    end = resolve;
  });
  const underWay = askSource(connector, 'slow');
  const leaving = connector.release();
  const [connectorAnew, sinkAnew] = [
    process.open(vendor, connectionOf(2), {}),
    process.open(vendor, connectionOf(2), {}),
  ];
  const left = Promise.all([leaving, sink.release()]);
  expect(await askTarget(sinkAnew)).toBe('session 2');
  expect(await askSource(connectorAnew)).toBe('session 2');
  expect(closed).toEqual([]);
  end();
  expect(await underWay).toBe('session 1');
  await left;
  await process.closed();
  expect(closed).toEqual(['secret 1']);
  expect(signIns).toEqual(['secret 1', 'secret 2']);
});

it('a call that never ends keeps a client open for half a minute', async () => {
  const process = openProcess();
  const opened = process.open(vendor, connectionOf(1), {});
  answer = new Promise(() => {});
  void askSource(opened, 'slow');
  await Promise.resolve();
  void opened.release();
  await clock.drive(clock.sleep(29_000, never), 29_000);
  expect(closed).toEqual([]);
  await clock.drive(process.closed(), 2_000);
  expect(closed).toEqual(['secret 1']);
});

it('a client whose credentials were refused is not given to who opens the connection next', async () => {
  const process = openProcess();
  const former = process.open(vendor, connectionOf(1), {});
  await askSource(former);
  former.spend();
  const next = process.open(vendor, connectionOf(1), {});
  expect(await askSource(next)).toBe('session 2');
  await former.release();
  expect(await askSource(process.open(vendor, connectionOf(1), {}))).toBe('session 2');
});

it('who joins later is told what the client said before, without its secrets', () => {
  const process = openProcess();
  const told: (string | null)[] = [];
  process.open(vendor, connectionOf(1, 'a-long-secret'), {});
  attend('a-long-secret ends today');
  process.open(vendor, connectionOf(1), { raiseAttention: (message) => told.push(message) });
  attend(null);
  expect(told).toEqual([expect.stringMatching(/^\S+ ends today$/), null]);
  expect(told.join()).not.toContain('a-long-secret');
});
