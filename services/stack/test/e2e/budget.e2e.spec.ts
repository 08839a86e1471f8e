import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { waitFor } from '../../src/demo/wait.ts';
import { type Config, startTestStack, type TestStack } from './test-stack.ts';

// Nearly all of a test is waiting for points; each has a store of its own.
vi.setConfig({ maxConcurrency: 8 });

/** Shopify's standard plan. */
const STANDARD_PLAN = { restoreRate: 100, maximumAvailable: 2_000 };
const TABLES = [
  { name: 'five', count: 5, width: 250, properties: 0, available: 0, waits: true, polled: false },
  { name: 'six', count: 6, width: 250, properties: 10, available: 0, waits: true, polled: false },
  { name: 'polled', count: 6, width: 250, properties: 10, available: 0, waits: true, polled: true },
  { name: 'thirty', count: 30, width: 60, properties: 0, available: 2_000, waits: true, polled: false },
  // As it is read 250 lines at once, it costs no more than came back while it was placed.
  { name: 'one', count: 1, width: 900, properties: 10, available: 0, waits: false, polled: false },
] as const;
type Table = (typeof TABLES)[number];
const POLL_SECONDS = 5;
const SMALL_WITHIN_MS = 40_000;
const ALL_WITHIN_MS = 75_000;

interface Shown {
  readonly since: string;
  readonly reason: string;
  readonly records: number;
  readonly longest: readonly { readonly entity: string; readonly sourceId: string }[];
}

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack(undefined, 'separate');
  // First the stores, then who reads them: a token that is refused is not tried again.
  await test.control.post('shopify/seed', {
    stores: TABLES.map((table) => ({
      domain: domainOf(table),
      token: tokenOf(table),
      ...(!table.polled && { webhookUrl: `${test.stack.webhookUrlOf('shopify')}/webhooks/${table.name}` }),
    })),
  });
  const headers = { authorization: `Bearer ${test.stack.adminToken.token}`, 'content-type': 'application/yaml' };
  const configurationUrl = `${test.stack.adminUrl}/v1/configuration`;
  const config = parse(await (await fetch(configurationUrl, { headers })).text()) as Config;
  const shop = config.connections.find(({ id }) => id === 'shop');
  if (shop === undefined) throw new Error('the demo has no shop');
  const flows = config.flows.filter(({ from }) => from === 'shop');
  for (const table of TABLES) {
    config.connections.push({
      ...shop,
      id: table.name,
      settings: {
        ...shop.settings,
        shop: domainOf(table),
        ...(table.polled && { pollOnly: true, poll: { intervalSeconds: POLL_SECONDS } }),
      },
      secrets: { accessToken: tokenOf(table), webhookSecrets: ['sandbox-secret'] },
    });
    config.flows.push(...flows.map((flow) => ({ ...flow, from: table.name })));
  }
  const answer = await fetch(configurationUrl, { method: 'PUT', headers, body: stringify(config) });
  if (!answer.ok) throw new Error(`The ledger refused the settings: ${await answer.text()}`);
}, 180_000);

afterAll(() => test?.stop(), 60_000);

const domainOf = ({ name }: Table): string => `${name}.myshopify.test`;
const tokenOf = ({ name }: Table): string => `token-of-${name}`;

async function place(table: Table, width: number, properties: number): Promise<string> {
  const line = {
    sku: 'A00003',
    title: 'Paper - A4',
    quantity: 1,
    priceSet: { shopMoney: { amount: '1.00', currencyCode: 'USD' } },
    properties: Array.from({ length: properties }, (_, index) => ({ name: `p${index}`, value: 'x'.repeat(400) })),
  };
  const order = { lineItems: Array.from({ length: width }, () => line) };
  return (await test.control.post<{ id: string }>('shopify/orders', { store: domainOf(table), order })).id;
}

/** Waits until the ledger has a delivery of the order. */
async function arrival(table: Table, id: string, withinMs: number): Promise<void> {
  await waitFor(
    `order ${id} of ${table.name}`,
    async () => (await test.admin.listDeliveries({ entity: 'order', sourceId: id, from: table.name })).length > 0,
    withinMs,
  );
}

function expectShown({ since, reason, records, longest }: Shown, placed: readonly string[]): void {
  expect(Date.now() - Date.parse(since)).toBeLessThan(60_000);
  expect(reason).toMatch(/points for calls are short: \d+ of 2000 points are left, 100 come back a second/);
  expect(records).toBeGreaterThan(0);
  expect(placed).toContain(longest[0]?.sourceId);
}

const showThrottled = async ({ name }: Table): Promise<Shown | null> =>
  (await test.admin.get<{ throttled: Shown | null }>(`/v1/connections/${name}`)).throttled;

describe.concurrent('a shop of a standard plan', () => {
  it.each(TABLES)(
    '$name: $count orders of $width lines all arrive, and a small one is not behind them',
    async (table) => {
      await test.control.patch(`shopify/stores/${domainOf(table)}`, { ...STANDARD_PLAN, available: table.available });
      const shown = table.waits ? waitFor(`${table.name} to be throttled`, () => showThrottled(table), 40_000) : null;
      const wide = await Promise.all(
        Array.from({ length: table.count }, () => place(table, table.width, table.properties)),
      );
      // The poll that tells of the wide ones knows nothing of the small one.
      if (table.polled) await shown;
      const small = await place(table, 1, 0);
      await arrival(table, small, SMALL_WITHIN_MS);
      const throttled = await shown;
      if (throttled !== null) expectShown(throttled, [...wide, small]);
      await Promise.all(wide.map((id) => arrival(table, id, ALL_WITHIN_MS)));
      await waitFor(`${table.name} to be free again`, async () => (await showThrottled(table)) === null, 40_000);
    },
  );
});
