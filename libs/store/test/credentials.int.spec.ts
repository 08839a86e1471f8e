import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeyRotation, parseMasterKey, type Store } from '../src/index.ts';
import { prepareTestStores, testKey } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
let other: Store;
beforeAll(async () => {
  store = await stores.open();
  other = await stores.open();
});
afterAll(() => stores.dropAndClose());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const documents = () => store.mongoose.collection<{ _id: string; sealed: string }>('credentials');

describe('a vault', () => {
  it('is empty at first, and the same in every process', async () => {
    expect(await store.credentials.vault('one').read()).toEqual({ value: null, revision: 0, ageMs: 0 });
    expect(await store.credentials.vault('one').write('a token', 0)).toBe(true);
    expect(await other.credentials.vault('one').read()).toMatchObject({ value: 'a token', revision: 1 });
    expect(await other.credentials.vault('two').read()).toMatchObject({ value: null, revision: 0 });
  });

  it('is written by one of several that read the same, the first write included', async () => {
    const writers = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? store : other));
    for (const revision of [0, 1]) {
      const written = await Promise.all(
        writers.map((each, index) => each.credentials.vault('race').write(`by ${index}`, revision)),
      );
      expect(written.filter((done) => done)).toHaveLength(1);
      const { value } = await store.credentials.vault('race').read();
      expect(value).toBe(`by ${written.indexOf(true)}`);
    }
    expect(await store.credentials.vault('race').write('of a revision to come', 7)).toBe(false);
    expect(await store.credentials.vault('fresh').write('of a revision to come', 7)).toBe(false);
  });

  it('counts its age by the database', async () => {
    const vault = store.credentials.vault('aged');
    await vault.write('a token', 0);
    await sleep(120);
    const { ageMs } = await vault.read();
    expect(ageMs).toBeGreaterThanOrEqual(100);
    expect(ageMs).toBeLessThan(5_000);
  });

  it('holds its value sealed, for this connection alone', async () => {
    const secret = randomBytes(16).toString('hex');
    await store.credentials.vault('sealed').write(secret, 0);
    await store.credentials.vault('thief').write('own', 0);
    const { sealed } = (await documents().findOne({ _id: 'sealed' })) ?? { sealed: '' };
    expect(sealed).toMatch(new RegExp(`^v1\\.${testKey.keyId}\\.`));
    expect(sealed).not.toContain(secret);
    await documents().updateOne({ _id: 'thief' }, { $set: { sealed } });
    // What cannot be opened counts as none, and is replaced.
    expect(await store.credentials.vault('thief').read()).toMatchObject({ value: null, revision: 1 });
    expect(await store.credentials.vault('thief').write('anew', 1)).toBe(true);
  });

  it('goes with its connection, and none of a former one is left to a new one of its id', async () => {
    const input = {
      id: 'shop',
      label: 'Shop',
      vendor: 'testshop',
      active: true,
      settings: { domain: 'demo.test' },
      secrets: { accessToken: 'tok-123' },
    };
    // As a ledger that knows no credentials leaves it.
    await store.credentials.vault('shop').write('of a former one', 0);
    const { revision } = await store.connections.create(input);
    expect(await store.credentials.vault('shop').read()).toMatchObject({ value: null, revision: 0 });
    await store.credentials.vault('shop').write('its own', 0);
    await expect(store.connections.create(input)).rejects.toThrow('there is a connection');
    expect((await store.credentials.vault('shop').read()).value).toBe('its own');
    await store.connections.remove('shop', revision);
    expect(await documents().findOne({ _id: 'shop' })).toBeNull();
  });
});

describe('a sign-in', () => {
  const REDIRECT = 'https://hub.example.com/signed-in';

  it('ends once, by its own state and connection, the newest alone, and leaves the credential as it was', async () => {
    const vault = store.credentials.vault('in');
    await vault.write('a token', 0);
    const former = await store.credentials.beginSignIn('in', REDIRECT);
    const { state, codeVerifier } = await store.credentials.beginSignIn('in', REDIRECT);
    const end = (connection: string, given: string) => other.credentials.endSignIn(connection, given);
    expect(await end('in', former.state)).toBeNull();
    expect(await end('other', state)).toBeNull();
    expect(await Promise.all([end('in', state), end('in', state)])).toEqual(
      expect.arrayContaining([{ redirectUrl: REDIRECT, codeVerifier }, null]),
    );
    expect(await vault.read()).toMatchObject({ value: 'a token', revision: 1 });
  });

  it('is begun where nothing was kept, and the first credential comes after it', async () => {
    await store.credentials.beginSignIn('first', REDIRECT);
    const vault = store.credentials.vault('first');
    expect(await vault.read()).toMatchObject({ value: null, revision: 0 });
    expect(await vault.write('a token', 0)).toBe(true);
    expect(await vault.read()).toMatchObject({ value: 'a token', revision: 1 });
  });
});

it('a new master key re-seals credentials and sign-ins, with their revisions as they were', async () => {
  const vault = store.credentials.vault('kept');
  await vault.write('a token', 0);
  const begun = await store.credentials.beginSignIn('kept', 'https://hub.example.com/signed-in');
  const current = parseMasterKey(Buffer.alloc(32, 5).toString('base64'), 'test');
  const at = { uri: process.env.MONGODB_URI ?? '', database: stores.database, longestCallMs: 0 };
  const rotation = await openKeyRotation(at, { current, previous: testKey });
  const unopened = await rotation.run();
  await rotation.close();
  expect(unopened).toEqual([]);
  const after = await stores.open(undefined, { masterKeys: { current, previous: null } });
  expect(await after.credentials.vault('kept').read()).toMatchObject({ value: 'a token', revision: 1 });
  expect(await after.credentials.endSignIn('kept', begun.state)).toMatchObject({ codeVerifier: begun.codeVerifier });
}, 30_000);
