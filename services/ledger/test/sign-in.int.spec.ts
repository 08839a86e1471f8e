import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openTestWorld } from '@entrepot/embedded/testing';
import { SANDBOXES } from '@entrepot/sandboxes';
import type { Store } from '@entrepot/store';
import { loadVendors } from '@entrepot/vendors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../src/problem.ts';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';
import type { VendorPorts } from '../src/vendors/ask-vendor.ts';
import { beginSignIn, completeSignIn } from '../src/vendors/sign-in.ts';
import { testConnection } from '../src/vendors/test-connection.ts';
import { startTestLedger, type TestLedger } from './ledger-process.ts';

const REDIRECT = 'http://127.0.0.1:7070/signed-in';

describe('a sign-in on the page of a vendor', () => {
  const world = openTestWorld('sign-in');
  let server: Server;
  let store: Store;
  let other: Store;
  let ports: VendorPorts;

  beforeAll(async () => {
    const sandboxes = SANDBOXES.map(({ create }) => create({ webhookUrl: null }));
    server = createServer((request, response) => {
      const [, name] = (request.url ?? '').split('/', 2);
      sandboxes.find((sandbox) => sandbox.name === name)?.serve(request, response, () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const vendors = await loadVendors();
    store = await world.openStore({ vendors, migrates: LEDGER_COLLECTIONS });
    other = await world.openStore({ vendors });
    const create = (id: string, auth: object, secrets: object) =>
      store.connections.create({
        id,
        label: id,
        vendor: 'shopify',
        active: true,
        settings: { shop: 'demo.myshopify.test', baseUrl: `${origin}/shopify`, allowedAddresses: ['loopback'], auth },
        secrets: { ...secrets },
      });
    const auth = { type: 'authorizationCode', clientId: 'sandbox-client' };
    await create('shop', auth, { clientSecret: 'sandbox-secret' });
    await create('without-secret', auth, { webhookSecrets: ['a-webhook-secret'] });
    await create('with-token', { type: 'static' }, { accessToken: 'sandbox-token' });
    ports = { store, vendors, log: world.log, now: Date.now };
  }, 60_000);
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await world.close();
  });

  /** The owner agrees: where the browser is sent to. */
  async function agree(url: string): Promise<string> {
    const answer = await fetch(url, { redirect: 'manual' });
    return answer.headers.get('location') ?? (await answer.text());
  }
  const problemOf = async (work: Promise<unknown>): Promise<string> => {
    const failure: unknown = await work.then(
      () => null,
      (error: unknown) => error,
    );
    if (failure instanceof Problem) return `${failure.status} ${failure.code}`;
    throw new Error(`no problem: ${String(failure)}`);
  };

  it('gives the connection what it signs in with from then on, in every process, and lets it go on', async () => {
    expect((await testConnection(ports, 'shop')).checks).toMatchObject([
      { name: 'sign-in', ok: false, message: 'Nobody has signed this connection in at Shopify' },
    ]);
    await store.connections.setAttention('shop', 'sign in');
    const { url, until } = await beginSignIn(ports, 'shop', REDIRECT);
    const minutes = (Date.parse(until) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(9);
    expect(minutes).toBeLessThan(11);
    const answer = await agree(url);
    await completeSignIn(ports, 'shop', answer);
    expect((await store.connections.get('shop'))?.attention).toBeNull();
    const elsewhere = { ...ports, store: other };
    expect((await testConnection(elsewhere, 'shop')).checks[0]).toMatchObject({ name: 'sign-in', ok: true });
    // An address works once.
    expect(await problemOf(completeSignIn(ports, 'shop', answer))).toBe('409 no-such-sign-in');
  });

  it('is known by its state alone, and the newest counts', async () => {
    const first = await beginSignIn(ports, 'shop', REDIRECT);
    const second = await beginSignIn(ports, 'shop', REDIRECT);
    expect(await problemOf(completeSignIn(ports, 'shop', await agree(first.url)))).toBe('409 no-such-sign-in');
    const stateless = `${REDIRECT}?code=x`;
    expect(await problemOf(completeSignIn(ports, 'shop', stateless))).toBe('409 no-such-sign-in');
    const altered = (await agree(second.url)).replace(/code=\w/, 'code=0');
    expect(await problemOf(completeSignIn(ports, 'shop', altered))).toBe('409 vendor-refused');
  });

  it('is over after ten minutes', async () => {
    const { url } = await beginSignIn(ports, 'shop', REDIRECT);
    const answer = await agree(url);
    const kept = store.mongoose.collection<{ _id: string }>('credentials');
    await kept.updateOne({ _id: 'shop' }, [{ $set: { 'signIn.until': { $subtract: ['$signIn.until', 600_000] } } }]);
    expect(await problemOf(completeSignIn(ports, 'shop', answer))).toBe('409 no-such-sign-in');
  });

  it('takes the answer at the address that it was begun with', async () => {
    const { url } = await beginSignIn(ports, 'shop', REDIRECT);
    const elsewhere = (await agree(url)).replace('7070', '7071');
    expect(await problemOf(completeSignIn(ports, 'shop', elsewhere))).toBe('400 wrong-redirect');
  });

  it('is of connections that sign in so, and of those that have what it takes', async () => {
    expect(await problemOf(beginSignIn(ports, 'with-token', REDIRECT))).toBe('409 signs-in-otherwise');
    expect(await problemOf(beginSignIn(ports, 'without-secret', REDIRECT))).toBe('409 credentials-refused');
    expect(await problemOf(beginSignIn(ports, 'none', REDIRECT))).toBe('404 not-found');
  });

  it('is kept only together with the end of what stopped the connection', async () => {
    await store.connections.setAttention('shop', 'sign in');
    const { revision } = await store.credentials.vault('shop').read();
    const database = store.mongoose.db;
    const validate = (validator: object) => database?.command({ collMod: 'connections', validator });
    const { url } = await beginSignIn(ports, 'shop', REDIRECT);
    const answer = await agree(url);
    // The second of two writes fails.
    await validate({ attention: { $ne: null } });
    await expect(completeSignIn(ports, 'shop', answer)).rejects.toThrow('validation');
    await validate({});
    expect((await store.credentials.vault('shop').read()).revision).toBe(revision);
    await completeSignIn(ports, 'shop', await agree((await beginSignIn(ports, 'shop', REDIRECT)).url));
    expect((await store.credentials.vault('shop').read()).revision).toBe(revision + 1);
    expect((await store.connections.get('shop'))?.attention).toBeNull();
  });

  it('that does not open any more is begun anew', async () => {
    const answer = await agree((await beginSignIn(ports, 'shop', REDIRECT)).url);
    const kept = store.mongoose.collection<{ _id: string }>('credentials');
    await kept.updateOne({ _id: 'shop' }, { $set: { 'signIn.sealed': 'v1.000000000000.AAAA.AAAA' } });
    expect(await problemOf(completeSignIn(ports, 'shop', answer))).toBe('409 sign-in-unreadable');
  });

  it('leaves nothing in the clear, and nothing at all when the connection is removed', async () => {
    const { url } = await beginSignIn(ports, 'shop', REDIRECT);
    const state = new URL(url).searchParams.get('state') ?? '';
    const kept = store.mongoose.collection<{ _id: string }>('credentials');
    const document = JSON.stringify(await kept.findOne({ _id: 'shop' }));
    const { value } = await store.credentials.vault('shop').read();
    const { accessToken, refreshToken } = JSON.parse(value ?? '{}').credential;
    for (const secret of [state, accessToken, refreshToken]) {
      expect(String(secret).length).toBeGreaterThan(20);
      expect(document).not.toContain(secret);
    }
    await store.connections.remove('shop', (await store.connections.get('shop'))?.revision ?? 0);
    expect(await kept.findOne({ _id: 'shop' })).toBeNull();
  });
});

describe('the route of a sign-in', () => {
  let test: TestLedger;
  beforeAll(async () => {
    test = await startTestLedger();
  }, 60_000);
  afterAll(() => test?.close());

  it.each([
    'http://hub.example.com/signed-in',
    'https://user:word@hub.example.com/signed-in',
    'https://hub.example.com/signed-in?to=elsewhere',
    'https://hub.example.com/signed-in#part',
    'javascript:alert(1)',
  ])('refuses to send the browser to %s', async (redirectUrl) => {
    const { status, body } = await test.call('POST', '/v1/connections/any/sign-in', { redirectUrl });
    expect([status, body.errors.map(({ path }: { path: string }) => path)]).toEqual([400, ['redirectUrl']]);
  });

  it('is in the audit, with who asked and what came of it, but not with the address of the answer', async () => {
    const [{ id }] = (await test.call('GET', '/v1/connections')).body.items;
    const answer = 'https://hub.example.com/signed-in?code=a-code-to-be-hidden&state=s';
    expect((await test.call('POST', `/v1/connections/${id}/sign-in/answer`, { answer })).status).toBe(409);
    const { items } = (await test.call('GET', `/v1/audit?limit=1&subject=${id}`)).body;
    expect(items[0]).toMatchObject({ action: 'connection.sign-in', outcome: 'refused: signs-in-otherwise' });
    expect(JSON.stringify(items)).not.toContain('a-code-to-be-hidden');
  });
});
