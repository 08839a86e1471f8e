import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { type Costs, meterCosts, type Use } from './cost-meter.ts';
import { orderWebhookBody, sendWebhook } from './signed-webhook.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

/**
 * The most that one order may cost, for a buyer and items that are known. None of it depends on the machine or on the hour. Measured 2026-11-30,
 * rounded up; a change that lowers a figure lowers its bound.
 */
const BOUNDS: { readonly [K in keyof Costs]: Use } = {
  // Two look-ups in one batch, create, read back. What is remembered for a minute is read again once in a while.
  vendorCalls: { shopify: 1, 'sap-b1': 3.2 },
  // A message is now and then looked for once more.
  databaseCommands: { published: 3, links: 3, messages: 2.5, deliveries: 4 },
  kafkaRecords: {
    'entrepot.internal.inbox.shopify': 1,
    'entrepot.order.v1': 1,
    'entrepot.internal.lane.sap-b1': 1,
    'entrepot.internal.attempt.v1': 1,
  },
  kafkaBytes: {
    'entrepot.internal.inbox.shopify': 350,
    'entrepot.order.v1': 2_700,
    'entrepot.internal.lane.sap-b1': 2_700,
    'entrepot.internal.attempt.v1': 2_400,
  },
  // The lane's: the router and the ledger read headers.
  decodes: { 'connector-shopify': 0, 'sink-sap-b1': 1, ledger: 0 },
};
const WARM_UP = 5;
const ORDERS = 10;
/** After the document is stored: until the ledger has written what it was told. */
const TOLD_WITHIN_MS = 800;

let test: TestStack;
let costs: Costs;

beforeAll(async () => {
  test = await startTestStack((config) => {
    for (const { vendor, settings } of config.connections)
      if (vendor === 'shopify') settings.poll = { intervalSeconds: 3_600 };
  }, 'separate');
  await test.control.dropWebhooks(true);
  const orders: string[] = [];
  while (orders.length < WARM_UP + ORDERS) orders.push((await test.shop.placeOrder()).id);
  for (const id of orders.slice(0, WARM_UP)) await announce(id);
  const readCosts = await meterCosts(test);
  for (const id of orders.slice(WARM_UP)) await announce(id);
  costs = await readCosts();
  for (const id of orders) await waitForState(test.admin, id, ['verified']);
}, 180_000);

afterAll(() => test?.stop(), 60_000);

/** One after the other, so that none shares a read or a write with another. The admin API is not asked meanwhile: it reads the database, too. */
async function announce(id: string): Promise<void> {
  await sendWebhook(test.stack.webhookUrlOf('shopify'), orderWebhookBody(id), { topic: 'orders/create' });
  await waitFor(`order ${id} in SAP`, async () => (await test.control.countCreated('sap-b1'))[`shop/${id}`] === 1);
  await sleep(TOLD_WITHIN_MS);
}

it.each(Object.keys(BOUNDS) as (keyof Costs)[])('%s of an order stay within their bounds', (kind) => {
  const used = Object.entries(costs[kind]).map(([name, count]) => [name, count / ORDERS] as const);
  expect(used.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(0);
  // What has no bound must not be used.
  const above = used.filter(([name, count]) => count > (BOUNDS[kind][name] ?? 0));
  expect(Object.fromEntries(above), `per order, beside ${JSON.stringify(BOUNDS[kind])}`).toEqual({});
});
