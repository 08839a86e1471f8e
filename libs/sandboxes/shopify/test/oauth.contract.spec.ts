import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { control, sandbox, send, url, useShop } from './shop-under-test.ts';

useShop();

const APP = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' };
const REDIRECT = 'http://127.0.0.1:7070/v1/sign-in/callback';

const page = async (query: Record<string, string>) => {
  const answer = await fetch(`${url}/shopify/admin/oauth/authorize?${new URLSearchParams(query)}`, {
    redirect: 'manual',
  });
  return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') };
};
const agree = () => page({ client_id: APP.client_id, scope: 'read_orders', redirect_uri: REDIRECT, state: 's1' });
const codeOf = async () => new URL((await agree()).location ?? '').searchParams.get('code') ?? '';
const tokenBy = async (parameters: Record<string, unknown>) => {
  const answer = await send('/shopify/admin/oauth/access_token', 'POST', { ...APP, ...parameters });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const refreshBy = (token: unknown) => tokenBy({ grant_type: 'refresh_token', refresh_token: token });
const query = async (token: unknown) =>
  (
    await send(
      '/shopify/admin/api/2026-10/graphql.json',
      'POST',
      { query: '{ shop { name } }' },
      { 'x-shopify-access-token': String(token) },
    )
  ).status;

describe('the authorization page', () => {
  it('sends the owner back with a code, the state and a signature over all of it', async () => {
    const { status, location } = await agree();
    expect(status).toBe(302);
    const answer = new URL(location ?? '');
    expect(answer.origin + answer.pathname).toBe(REDIRECT);
    const { hmac, ...signed } = Object.fromEntries(answer.searchParams);
    expect(signed).toMatchObject({ shop: 'demo.myshopify.test', state: 's1' });
    const text = new URLSearchParams(Object.entries(signed).sort(([a], [b]) => (a < b ? -1 : 1))).toString();
    expect(hmac).toBe(createHmac('sha256', 'sandbox-secret').update(text).digest('hex'));
  });

  it.each([
    [{ redirect_uri: 'https://elsewhere.example.com/callback' }, /redirect_uri is not whitelisted/],
    [{ client_id: 'unknown' }, /application_cannot_be_found/],
    [{ scope: 'read orders' }, /invalid_scope/],
    [{ prompt: 'none' }, /Unexpected parameter: prompt/],
  ])('refuses %j', async (changed, words) => {
    const known = { client_id: APP.client_id, scope: 'read_orders', redirect_uri: REDIRECT, state: 's1' };
    const { status, text } = await page({ ...known, ...(changed as Record<string, string>) });
    expect(status).toBe(400);
    expect(text).toMatch(words);
  });

  it('sends to addresses that the app lists', async () => {
    const redirect_uri = 'https://hub.example.com/v1/sign-in/callback';
    await control('PATCH', '/stores/demo.myshopify.test', { redirectUrls: [redirect_uri] });
    expect((await page({ client_id: APP.client_id, scope: 'read_orders', redirect_uri, state: 's' })).status).toBe(302);
  });
});

describe('expiring offline tokens', () => {
  let first: Record<string, unknown>;
  beforeEach(async () => {
    first = (await tokenBy({ code: await codeOf(), expiring: 1 })).body;
  });

  it('come for a code with expiring=1, which works once: an hour, and a refresh token of 90 days', async () => {
    expect(first).toMatchObject({ expires_in: 3_600, refresh_token_expires_in: 7_776_000 });
    expect(await query(first.access_token)).toBe(200);
    const code = await codeOf();
    const plain = await tokenBy({ code });
    expect(Object.keys(plain.body).sort()).toEqual(['access_token', 'scope']);
    expect((await tokenBy({ code, expiring: '1' })).status).toBe(400);
  });

  it('are replaced by a refresh; the former refresh token works until the new one is used', async () => {
    const lost = (await refreshBy(first.refresh_token)).body;
    const again = await refreshBy(first.refresh_token);
    expect(again.status).toBe(200);
    expect([await query(first.access_token), await query(lost.access_token)]).toEqual([401, 401]);
    expect(await query(again.body.access_token)).toBe(200);
    const next = await refreshBy(again.body.refresh_token);
    expect(next.status).toBe(200);
    expect(await refreshBy(first.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await refreshBy(again.body.refresh_token)).status).toBe(200);
  });

  it('end: the access token after an hour, a used refresh token after 30 days, an unused one after 90', async () => {
    const [store] = sandbox.stores;
    const endOf = (token: unknown) => store?.tokens.get(String(token)) ?? 0;
    expect(endOf(first.access_token) - Date.now()).toBeGreaterThan(3_590_000);
    const kept = store?.refreshTokens.get(String(first.refresh_token));
    if (kept === undefined) throw new Error('no refresh token');
    kept.firstUsedAtMs = Date.now() - 30 * 86_400_000;
    expect((await refreshBy(first.refresh_token)).status).toBe(400);
    kept.firstUsedAtMs = null;
    store?.refreshTokens.set('old', { ...kept, untilMs: Date.now() - 1 });
    expect((await refreshBy('old')).status).toBe(400);
  });

  it('refuse another secret, an unknown parameter and an unknown grant', async () => {
    const refused = async (parameters: Record<string, unknown>) => (await tokenBy(parameters)).body.error;
    expect(await refused({ grant_type: 'refresh_token', refresh_token: 'none' })).toBe('invalid_grant');
    expect(await refused({ grant_type: 'refresh_token', client_secret: 'wrong' })).toBe('invalid_client');
    expect(await refused({ grant_type: 'refresh_token', scope: 'read_orders' })).toBe('invalid_request');
    expect(await refused({ grant_type: 'password' })).toBe('unsupported_grant_type');
  });

  it('end when they are revoked', async () => {
    await control('PATCH', '/stores/demo.myshopify.test', { revokeTokens: true });
    expect(await query(first.access_token)).toBe(401);
    expect((await refreshBy(first.refresh_token)).status).toBe(400);
  });
});
