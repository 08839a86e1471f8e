import { openSignIn, VendorError } from '@entrepot/vendor-kit';
import { freeBudget } from '@entrepot/vendor-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretsSchema } from '../src/config.ts';
import { shopify } from '../src/index.ts';
import { never, startShop, type TestShop } from './shop-fixture.ts';

const AUTH = { auth: { type: 'authorizationCode', clientId: 'sandbox-client' } };
const SECRETS = { accessToken: null, clientSecret: 'sandbox-secret' };
const REDIRECT = 'http://127.0.0.1:7070/v1/sign-in/callback';
const MINUTE = 60_000;
const REFRESH = { path: '/admin/oauth/access_token' };

let shop: TestShop;
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.now();
  shop = await startShop({ now: () => nowMs });
});
afterEach(() => shop.close());

const open = () => shop.open(AUTH, SECRETS, () => nowMs);
const connectionOf = (secrets: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) => ({
  id: 'shop',
  label: 'Shop',
  revision: 1,
  settings: shopify.settings.parse({
    shop: 'demo.myshopify.test',
    baseUrl: `${shop.url}/shopify`,
    allowedAddresses: ['loopback'],
    ...AUTH,
    ...settings,
  }),
  secrets: secretsSchema.parse({ ...SECRETS, ...secrets }),
});
const signInOf = (connection = connectionOf()) => {
  const signIn = openSignIn(shopify.oauth, { connection, budget: freeBudget(), now: () => nowMs });
  if (signIn === null) throw new Error('the connection signs in otherwise');
  return signIn;
};

/** What the owner's browser comes back with. */
async function agree(): Promise<Record<string, string>> {
  const page = signInOf().authorizeUrl({ state: 'shop.s1', redirectUrl: REDIRECT, codeVerifier: 'v' });
  const answer = await fetch(page, { redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(await answer.text());
  return Object.fromEntries(new URL(location).searchParams);
}

async function signIn(): Promise<void> {
  const parameters = await agree();
  const value = await signInOf().complete({ parameters, redirectUrl: REDIRECT, codeVerifier: 'v' });
  expect(await shop.credentials.write(value, (await shop.credentials.read()).revision)).toBe(true);
}

const tokenRequests = () =>
  shop.sandbox.faults.requests.list().filter(({ path }) => path.endsWith('/access_token')).length;
const fault = (type: string, times = 1) => shop.control('POST', '/faults', { match: REFRESH, fault: { type }, times });
const failureOf = async (work: Promise<unknown>): Promise<VendorError> => {
  const failure: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (failure instanceof VendorError) return failure;
  throw new Error(`no vendor error: ${String(failure)}`);
};
const accessTokens = () =>
  [...(shop.sandbox.stores[0]?.tokens.keys() ?? [])].filter((token) => token.startsWith('shpat_'));

describe('the sign-in of the owner', () => {
  it('asks for the scopes, and its answer gives what all sources of the connection read with', async () => {
    const page = new URL(signInOf().authorizeUrl({ state: 's', redirectUrl: REDIRECT, codeVerifier: 'v' }));
    expect(page.searchParams.get('scope')?.split(',')).toContain('read_all_orders');
    await signIn();
    await open().fetch('order', ['1'], never);
    await open().fetch('customer', ['1'], never);
    expect(tokenRequests()).toBe(1);
  });

  it('does not take an answer that was altered, is of another shop, or signed by another app', async () => {
    const parameters = await agree();
    const completed = (given: Record<string, string>, connection = connectionOf()) =>
      failureOf(signInOf(connection).complete({ parameters: given, redirectUrl: REDIRECT, codeVerifier: 'v' }));
    expect((await completed({ ...parameters, code: 'another' })).code).toBe('wrong-signature');
    expect((await completed({ ...parameters, hmac: '' })).code).toBe('wrong-signature');
    expect((await completed(parameters, connectionOf({ clientSecret: 'other' }))).code).toBe('wrong-signature');
    const other = connectionOf({}, { shop: 'second.myshopify.test' });
    expect((await completed(parameters, other)).code).toBe('other-shop');
    expect(tokenRequests()).toBe(0);
  });

  it('is of connections that say so, and needs the client secret first', async () => {
    const plain = connectionOf({}, { auth: { type: 'static' } });
    expect(openSignIn(shopify.oauth, { connection: plain, budget: freeBudget(), now: Date.now })).toBeNull();
    const begin = () =>
      signInOf(connectionOf({ clientSecret: null })).authorizeUrl({
        state: 's',
        redirectUrl: REDIRECT,
        codeVerifier: 'v',
      });
    expect(begin).toThrow('The connection has no client secret');
  });
});

describe('expiring offline tokens', () => {
  it('are missing until somebody signs in, and again when the connection is led to another shop', async () => {
    const missing = await failureOf(open().fetch('order', ['1'], never));
    expect(missing).toMatchObject({ kind: 'unauthorized', message: 'Nobody has signed this connection in at Shopify' });
    await signIn();
    const led = shop.open({ ...AUTH, shop: 'second.myshopify.test' }, SECRETS, () => nowMs);
    expect((await failureOf(led.fetch('order', ['1'], never))).message).toMatch(/Nobody has signed/);
  });

  it('are renewed before their hour is over, once for all sources', async () => {
    await signIn();
    const [one, two] = [open(), open()];
    await Promise.all([one.fetch('order', ['1'], never), two.fetch('order', ['1'], never)]);
    nowMs += 55 * MINUTE;
    await Promise.all([one.fetch('order', ['1'], never), two.fetch('order', ['1'], never)]);
    // The sign-in, and one refresh.
    expect(tokenRequests()).toBe(2);
  });

  it.each([
    ['cutBeforeCommit', 'the shop had not renewed it'],
    ['cutAfterCommit', 'the shop had renewed it'],
  ])('survive the lost answer of a refresh (%s: %s)', async (type) => {
    await signIn();
    const source = open();
    await source.fetch('order', ['1'], never);
    nowMs += 61 * MINUTE;
    await fault(type);
    expect((await failureOf(source.fetch('order', ['1'], never))).kind).toBe('unavailable');
    expect(await source.fetch('order', ['1'], never)).toHaveLength(1);
    expect(tokenRequests()).toBe(3);
    // What the shop gave then is renewed as ever.
    nowMs += 61 * MINUTE;
    expect(await open().fetch('order', ['1'], never)).toHaveLength(1);
    expect(accessTokens()).toHaveLength(1);
  });

  it('survive it in another process, after a crash of the one that asked', async () => {
    await signIn();
    nowMs += 61 * MINUTE;
    await fault('cutAfterCommit');
    await failureOf(open().fetch('order', ['1'], never));
    // By the store's clock the time of the one that asked is over.
    nowMs += MINUTE;
    expect(await open().fetch('order', ['1'], never)).toHaveLength(1);
  });

  it('take the owner again once the former token is refused after a lost answer, with no secret in the words', async () => {
    await signIn();
    const source = open();
    nowMs += 61 * MINUTE;
    await fault('cutAfterCommit');
    await failureOf(source.fetch('order', ['1'], never));
    await shop.control('PATCH', '/stores/demo.myshopify.test', { revokeTokens: true });
    const refused = await failureOf(source.fetch('order', ['1'], never));
    expect(refused).toMatchObject({ kind: 'unauthorized', code: 'invalid_grant' });
    expect(refused.message).toMatch(/answer to the renewal before was lost/);
    expect(refused.advice).toMatch(/Sign the connection in again/);
    await signIn();
    expect(await source.fetch('order', ['1'], never)).toHaveLength(1);
  });

  it('are renewed when the shop refuses one before its time', async () => {
    await signIn();
    const source = open();
    await source.fetch('order', ['1'], never);
    for (const token of accessTokens()) shop.sandbox.stores[0]?.tokens.delete(token);
    expect(await source.fetch('order', ['1'], never)).toHaveLength(1);
    expect(tokenRequests()).toBe(2);
  });

  it('lapse when nobody uses them for 90 days, and say so without asking', async () => {
    await signIn();
    nowMs += 90 * 24 * 60 * MINUTE;
    const asked = tokenRequests();
    expect((await failureOf(open().fetch('order', ['1'], never))).message).toMatch(
      /lapsed: it was not used for 90 days/,
    );
    expect(tokenRequests()).toBe(asked);
  });

  it('never stand in an error, though the answer repeats the request', async () => {
    await signIn();
    nowMs += 61 * MINUTE;
    const kept = (await shop.credentials.read()).value ?? '';
    const { refreshToken, accessToken } = JSON.parse(kept).credential as Record<string, string>;
    await shop.control('POST', '/faults', { match: REFRESH, fault: { type: 'repeatRequest', code: 400 } });
    const { message, advice } = await failureOf(open().fetch('order', ['1'], never));
    for (const secret of [refreshToken, accessToken, SECRETS.clientSecret])
      expect(`${message} ${advice}`).not.toContain(secret);
  });
});
