import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdminClient } from '../../src/demo/admin-client.ts';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { toOrderInput } from '../../src/demo/shop-client.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { type Canaries, SecretSearch } from './secret-search.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

const CANARIES = {
  'client secret': 'canary-client/secret+1=x',
  'access token': 'canary-shop/token+2=x',
  'first webhook secret': 'canary-hook/one+3=x',
  'second webhook secret': 'canary-hook/two+4=x',
  'SAP password': 'Canary SAP/pass+5 "ü"',
} satisfies Canaries;
const SHOP = 'canary.myshopify.test';
const PAGE = '<!DOCTYPE html><html><head><title>Guest WiFi</title></head><body><h1>Please sign in</h1></body></html>';
const HTML = { type: 'status', code: 200, body: PAGE, headers: { 'content-type': 'text/html' } };

interface ConnectionView {
  readonly id: string;
  readonly revision: number;
  readonly attention: string | null;
  readonly lane: { readonly state: string; readonly reason: string | null } | null;
}
interface TestView {
  readonly ok: boolean;
  readonly checks: readonly { readonly ok: boolean; readonly message: string }[];
}

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack((config) => {
    for (const connection of config.connections) {
      // Until the simulators know the canaries, too.
      connection.active = false;
      if (connection.vendor === 'shopify') {
        connection.settings = {
          ...connection.settings,
          shop: SHOP,
          auth: { type: 'clientCredentials', clientId: 'canary-client' },
        };
        connection.secrets = {
          accessToken: CANARIES['access token'],
          clientSecret: CANARIES['client secret'],
          webhookSecrets: [CANARIES['first webhook secret'], CANARIES['second webhook secret']],
        };
      } else connection.secrets = { password: CANARIES['SAP password'] };
    }
  }, 'separate');
  await test.control.post('shopify/seed', {
    stores: [
      {
        domain: SHOP,
        token: CANARIES['access token'],
        clientId: 'canary-client',
        clientSecret: CANARIES['client secret'],
        webhookSecret: CANARIES['first webhook secret'],
        webhookUrl: `${test.stack.webhookUrlOf('shopify')}/webhooks/shop`,
        firstOrderNumber: 5001,
      },
    ],
  });
  await test.control.patch('sap-b1/settings', { password: CANARIES['SAP password'] });
  for (const id of ['shop', 'erp']) {
    const { revision } = await showConnection(id);
    await test.admin.patch(`/v1/connections/${id}`, { revision, active: true });
  }
}, 180_000);

afterAll(() => test?.stop(), 60_000);

const showConnection = (id: string) => test.admin.get<ConnectionView>(`/v1/connections/${id}`);
const testConnection = (id: string) => test.admin.post<TestView>(`/v1/connections/${id}/test`);

function placeOrder(): Promise<{ id: string; name: string }> {
  return test.control.post('shopify/orders', { store: SHOP, order: toOrderInput({}) });
}

it('a page where JSON is due is an outage in words on lane, connection and test, and over when it is gone', async () => {
  const first = await placeOrder();
  await waitForState(test.admin, first.id, ['verified']);

  // In the middle of a session, and at the log-in that the test makes.
  await test.control.addFault('sap-b1', { fault: HTML });
  const second = await placeOrder();
  const lane = await waitFor('the lane to hold in words', async () => {
    const { lane: shown } = await showConnection('erp');
    return shown?.state === 'held' && shown.reason?.includes('HTTP 200, content type text/html') ? shown : null;
  });
  expect(lane.reason).toContain('Guest WiFi Please sign in');
  const tested = await testConnection('erp');
  expect(tested.ok).toBe(false);
  expect(tested.checks.filter(({ ok }) => !ok).map(({ message }) => message)).toEqual([
    expect.stringMatching(/no JSON \(logging in; HTTP 200, content type text\/html.*guest network/),
  ]);
  // A new session begins with a log-in: the lane cannot even be fenced.
  const { revision } = await showConnection('erp');
  await test.admin.patch('/v1/connections/erp', { revision, active: false });
  await test.admin.patch('/v1/connections/erp', { revision: (await showConnection('erp')).revision, active: true });
  await waitFor('the fencing to fail in words', async () => {
    const { lane: shown } = await showConnection('erp');
    return shown?.state === 'held' && /no JSON \(logging (?:in|out);/.test(shown.reason ?? '');
  });
  expect((await test.admin.listDeliveries({ sourceId: second.id })).map(({ state }) => state)).toEqual(['pending']);
  await test.control.clearFaults('sap-b1');
  await waitForState(test.admin, second.id, ['verified'], 60_000);

  await test.control.addFault('shopify', { fault: HTML });
  const shopTest = await testConnection('shop');
  expect(shopTest.ok).toBe(false);
  expect(shopTest.checks[0]?.message).toMatch(/no JSON \(.*HTTP 200, content type text\/html.*guest network/);
  const told = await waitFor('the shop to say so', async () => (await showConnection('shop')).attention, 60_000);
  expect(told).toMatch(/Shopify gave an answer that is no JSON.*tried again by themselves/);
  await test.control.clearFaults('shopify');
  const third = await placeOrder();
  await waitForState(test.admin, third.id, ['verified'], 90_000);
  await waitFor('the attention to be taken back', async () => (await showConnection('shop')).attention === null);
});

it('no secret is anywhere, though orders flow, calls fail and both vendors repeat what they were sent', async () => {
  const repeat = (code: number) => ({ fault: { type: 'repeatRequest', code } });
  // Refused where an order is written: a failed delivery with evidence.
  await test.control.addFault('sap-b1', { match: { method: 'POST', operation: 'Orders' }, times: 1, ...repeat(400) });
  const refused = await placeOrder();
  const failed = await waitForState(test.admin, refused.id, ['failed']);
  expect(failed.error?.message).toContain('The request was: POST');

  // Refused at the log-in and at everything else: lane, connection and test.
  for (const code of [400, 401, 500]) {
    await test.control.addFault('sap-b1', repeat(code));
    await test.control.post('sap-b1/sessions/expire');
    const { ok, checks } = await testConnection('erp');
    expect({ code, ok }).toEqual({ code, ok: false });
    expect(JSON.stringify(checks)).toContain('The request was');
    await test.control.clearFaults('sap-b1');
  }
  for (const code of [200, 400, 401, 403]) {
    await test.control.addFault('shopify', repeat(code));
    await placeOrder();
    const { ok } = await testConnection('shop');
    expect({ code, ok }).toEqual({ code, ok: false });
    if (code === 401)
      await waitFor('the shop to ask for attention', async () => (await showConnection('shop')).attention);
    await test.control.clearFaults('shopify');
    expect(await testConnection('shop')).toMatchObject({ ok: true });
  }
  const last = await placeOrder();
  await waitForState(test.admin, last.id, ['verified'], 60_000);

  const { stack, home } = test;
  const admin = stack.adminToken.token;
  const masterKey = readFileSync(stack.home.keyFile, 'utf8').trim();
  const tokens: Record<string, string> = {};
  for (const role of ['viewer', 'operator'])
    tokens[role] = (await test.admin.post<{ token: string }>('/v1/tokens', { label: role, role })).token;
  await createAdminClient(stack.adminUrl, tokens.viewer ?? '').listDeliveries({});
  const search = new SecretSearch({
    ...CANARIES,
    'admin token': admin,
    'viewer token': tokens.viewer ?? '',
    'operator token': tokens.operator ?? '',
    'master key': masterKey,
  });

  for (const token of [admin, tokens.operator ?? '', tokens.viewer ?? '']) await lookIntoApi(search, token);
  for (const service of stack.services) {
    for (const path of ['metrics', 'readyz', 'livez'])
      search.look(`${service.name} /${path}`, await (await fetch(`${service.operationsUrl}/${path}`)).text());
  }
  await search.lookIntoDatabase(stack.infra.mongodbUri);
  // Their own places: the key, the token, and the settings that were given for the first start. Kafka's topics are files, not compressed.
  search.lookIntoFiles(home, ['master.key', 'admin-token', 'config.yaml']);
  // The ledger alone checks tokens.
  for (const { name, pid } of stack.services)
    search.lookIntoProcess(name, pid() ?? 0, name === 'ledger' ? ['ENTREPOT_ADMIN_TOKEN'] : []);
  for (const part of stack.infra.parts) search.lookIntoProcess(part.part, part.child().pid, []);

  expect([...new Set(search.found)]).toEqual([]);
  // The search sees what is there: an order's number, in a topic and in the database.
  const positive = new SecretSearch({ 'order name': last.name });
  positive.lookIntoFiles(home, []);
  await positive.lookIntoDatabase(stack.infra.mongodbUri);
  expect(positive.found.filter((place) => /entrepot\.order\.v1/.test(place)).length).toBeGreaterThan(0);
  expect(positive.found.filter((place) => place.endsWith('deliveries')).length).toBeGreaterThan(0);
  expect(search.looked).toBeGreaterThan(500);
}, 180_000);

interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every GET route with what its list names, and the answers that a caller may not see. */
async function lookIntoApi(search: SecretSearch, token: string): Promise<void> {
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`${test.stack.adminUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    search.look(`GET ${path}`, text);
    return text;
  };
  const { paths } = (await test.admin.get('/v1/openapi.json')) as ApiDescription;
  const routes = Object.keys(paths).filter((path) => paths[path]?.get !== undefined);
  expect(routes.length).toBeGreaterThan(10);
  for (const route of routes) {
    if (!route.includes('{')) {
      await get(`${route}${route.endsWith('openapi.json') ? '' : '?limit=200'}`);
      continue;
    }
    const list = route.slice(0, route.indexOf('/{'));
    const { items = [] } = await test.admin.get<{ items?: { id: string }[] }>(list).catch(() => ({ items: [] }));
    for (const { id } of items.slice(0, 50)) await get(route.replace(/\{\w+\}/, encodeURIComponent(id)));
  }
}
