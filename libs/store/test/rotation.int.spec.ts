import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import {
  type KeyRotation,
  type MasterKeys,
  openKeyRotation,
  parseMasterKey,
  SecretsUnavailable,
  type Store,
} from '../src/index.ts';
import { prepareTestStores, testKey, testKeys, testKeyText, waitUntil } from './open-test-store.ts';

const LEASE_MS = 300;
const LONGEST_CALL_MS = 1_000;
/** More than one group. */
const CONNECTIONS = 60;
const newKeyText = Buffer.alloc(32, 9).toString('base64');
const newKey = parseMasterKey(newKeyText, 'new key');
const bothKeys: MasterKeys = { current: newKey, previous: testKey };
const uri = process.env.MONGODB_URI ?? '';

let stores: ReturnType<typeof prepareTestStores>;
const everything: ReturnType<typeof prepareTestStores>[] = [];
let before: Store;
const open: KeyRotation[] = [];

/** Connections with secrets, one lane with a session. */
beforeEach(async () => {
  stores = prepareTestStores();
  everything.push(stores);
  before = await stores.open();
  const create = (index: number) =>
    before.connections.create({
      id: nameOf(index),
      label: 'Shop',
      vendor: 'testshop',
      active: true,
      settings: { domain: 'demo.test' },
      secrets: { accessToken: `token-${index}` },
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => create(index)));
  const lease = await before.lanes.acquire('shop-000', 'a', 60_000);
  if (lease !== null) await before.lanes.writeSession(lease, 'the session');
}, 30_000);
afterEach(() => Promise.all(open.splice(0).map((rotation) => rotation.close())));
afterAll(() => Promise.all(everything.map((each) => each.dropAndClose())));

const nameOf = (index: number) => `shop-${String(index).padStart(3, '0')}`;

async function openRotation(keys: MasterKeys = bothKeys): Promise<KeyRotation> {
  const rotation = await openKeyRotation({ uri, database: stores.database, longestCallMs: LONGEST_CALL_MS }, keys);
  open.push(rotation);
  return rotation;
}

async function countIn(rotation: KeyRotation) {
  const counts = await rotation.count();
  return Object.fromEntries(
    counts.map(({ title, underCurrent, underPrevious }) => [title, [underCurrent, underPrevious]]),
  );
}

async function secretsOf(store: Store): Promise<unknown[]> {
  return Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, index) => (await store.connections.open(nameOf(index))).secrets),
  );
}
const SECRETS = Array.from({ length: CONNECTIONS }, (_, index) => ({ accessToken: `token-${index}` }));

async function killAt(position: number, leaseMs = LEASE_MS): Promise<NodeJS.Signals | null> {
  const env = {
    ...process.env,
    DATABASE: stores.database,
    POSITION: String(position),
    LEASE_MS: String(leaseMs),
    KEY: newKeyText,
    PREVIOUS_KEY: testKeyText,
  };
  const child = spawn(process.execPath, [new URL('./killed-rotation.ts', import.meta.url).pathname], {
    env,
    stdio: 'inherit',
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

it('counts without writing, re-seals everything, and afterwards the new key alone opens all', async () => {
  const rotation = await openRotation();
  const untouched = { 'secrets of connections': [0, CONNECTIONS], 'sessions of lanes': [0, 1] };
  expect(await countIn(rotation)).toMatchObject(untouched);
  expect(await countIn(rotation)).toMatchObject(untouched);
  expect(await rotation.run()).toEqual([]);
  expect(await countIn(rotation)).toMatchObject({
    'secrets of connections': [CONNECTIONS, 0],
    'sessions of lanes': [1, 0],
  });
  const after = await stores.open(undefined, { masterKeys: { current: newKey, previous: null } });
  expect(await secretsOf(after)).toEqual(SECRETS);
  expect(await after.lanes.readSession('shop-000')).toBe('the session');
  await expect(stores.open()).rejects.toThrow(SecretsUnavailable);
}, 30_000);

it('ends in the same, wherever the process that re-sealed was killed', async () => {
  // Before the lease is made, before it is taken, before the key is recorded, before the first value, and twice among the values. Each
  // goes on where the one before it was killed.
  for (const position of [1, 2, 3, 4, 12, 30]) expect(await killAt(position)).toBe('SIGKILL');
  // What is half done opens with both keys.
  const between = await stores.open(undefined, { masterKeys: bothKeys });
  expect(await secretsOf(between)).toEqual(SECRETS);
  const rotation = await openRotation();
  expect(await rotation.run({ leaseMs: LEASE_MS })).toEqual([]);
  expect(await countIn(rotation)).toMatchObject({
    'secrets of connections': [CONNECTIONS, 0],
    'sessions of lanes': [1, 0],
  });
}, 120_000);

it('goes on where a killed process stood', async () => {
  // The lease twice, the record, fifty values.
  expect(await killAt(54, 10_000)).toBe('SIGKILL');
  expect(await countIn(await openRotation())).toMatchObject({ 'secrets of connections': [50, CONNECTIONS - 50] });
}, 30_000);

it('is waited for by a second one, which then finds nothing to do', async () => {
  const [first, second] = [await openRotation(), await openRotation()];
  const waits: string[] = [];
  const report = (progress: object) => void ('waitsFor' in progress && waits.push(String(progress.waitsFor)));
  // Values are re-sealed one after the other, so the second one looks while the first is at work.
  const running = first.run({ report });
  await waitUntil(async () => (await countIn(second))['secrets of connections']?.[0] !== 0);
  expect(await Promise.all([running, second.run({ report })])).toEqual([[], []]);
  expect(waits.length).toBeGreaterThan(0);
  expect(waits[0]).toMatch(/\(process \d+, [0-9a-f]+\)$/);
}, 30_000);

it('leaves what a person changes meanwhile as the person changed it', async () => {
  const rotation = await openRotation();
  const beside = await stores.open(undefined, { masterKeys: bothKeys });
  const edit = async (index: number) => {
    const id = nameOf(index);
    const { revision } = (await beside.connections.get(id)) ?? { revision: 0 };
    await beside.connections.update(id, revision, { secrets: { accessToken: 'entered meanwhile' } });
  };
  await Promise.all([rotation.run(), ...[0, 30, CONNECTIONS - 1].map(edit)]);
  const after = await stores.open(undefined, { masterKeys: { current: newKey, previous: null } });
  expect((await secretsOf(after)).filter((secrets) => JSON.stringify(secrets).includes('meanwhile'))).toHaveLength(3);
}, 30_000);

it('seals under the key before until it begins, so that services with that key alone open it', async () => {
  const withBoth = await stores.open(undefined, { masterKeys: bothKeys });
  const { revision } = (await withBoth.connections.get('shop-000')) ?? { revision: 0 };
  await withBoth.connections.update('shop-000', revision, { secrets: { accessToken: 'sealed by the new service' } });
  expect((await before.connections.open('shop-000')).secrets).toEqual({ accessToken: 'sealed by the new service' });
  await (await openRotation()).run();
  const next = (await withBoth.connections.get('shop-001'))?.revision ?? 0;
  await withBoth.connections.update('shop-001', next, { secrets: { accessToken: 'sealed after it' } });
  await expect(before.connections.open('shop-001')).rejects.toThrow(SecretsUnavailable);
}, 30_000);

it('waits for what a service began to seal before it, and re-seals that too', async () => {
  const connections = before.mongoose.collection<{ _id: string; sealedSecrets: string }>('connections');
  const sealedBefore = (await connections.findOne({ _id: 'shop-000' }))?.sealedSecrets ?? '';
  const rotation = await openRotation();
  let isDone = false;
  const running = rotation.run().then((unopened) => {
    isDone = true;
    return unopened;
  });
  await waitUntil(async () => Object.values(await countIn(rotation)).every(([, underPrevious]) => underPrevious === 0));
  await new Promise((resolve) => setTimeout(resolve, LONGEST_CALL_MS / 3));
  expect(isDone).toBe(false);
  // The service read the record before it changed; its write arrives last of all.
  await connections.updateOne({ _id: 'shop-000' }, { $set: { sealedSecrets: sealedBefore } });
  expect(await running).toEqual([]);
  expect(await countIn(rotation)).toMatchObject({ 'secrets of connections': [CONNECTIONS, 0] });
}, 30_000);

it('does not end while a value under the key before remains, and says which and what to do', async () => {
  const collection = before.mongoose.collection<{ _id: string; sealedSecrets: string }>('connections');
  const sealed = (await collection.findOne({ _id: 'shop-007' }))?.sealedSecrets ?? '';
  await collection.updateOne({ _id: 'shop-007' }, { $set: { sealedSecrets: `${sealed.slice(0, -4)}AAAA` } });
  const rotation = await openRotation();
  expect(await rotation.run()).toEqual([
    {
      connection: 'shop-007',
      message: 'the secrets of connection shop-007 were altered or belong elsewhere: enter them again',
      advice: 'enter the secrets of the connection again',
    },
  ]);
  const done = async () => (await before.mongoose.collection('keyRotations').findOne({}))?.doneAt;
  expect(await done()).toBeNull();
  const withBoth = await stores.open(undefined, { masterKeys: bothKeys });
  const { revision } = (await withBoth.connections.get('shop-007')) ?? { revision: 0 };
  await withBoth.connections.update('shop-007', revision, { secrets: { accessToken: 'entered again' } });
  expect(await rotation.run()).toEqual([]);
  expect(await done()).toBeInstanceOf(Date);
}, 30_000);

it('refuses without a previous key, and with two keys of which the store knows none', async () => {
  await expect(openRotation(testKeys)).rejects.toThrow(/no previous master key/);
  const strange = parseMasterKey(Buffer.alloc(32, 8).toString('base64'), 'test');
  await expect(openRotation({ current: newKey, previous: strange })).rejects.toThrow(testKey.keyId);
});
