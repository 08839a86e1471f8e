import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { readTestConfig, startTestStack, type TestStack } from './test-stack.ts';

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack((config) => {
    config.connections = [];
    config.flows = [];
  });
}, 180_000);

afterAll(() => test?.stop(), 60_000);

const isReady = (part: string): Promise<boolean> =>
  fetch(`${test.stack.operationsUrlOf(part)}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

it('runs no vendor that has no connection, and says so', async () => {
  expect(test.stack.parts.map(({ name, runs }) => [name, runs])).toEqual([
    ['sink-sap-b1', false],
    ['connector-shopify', false],
  ]);
  expect(test.stack.services.map(({ name }) => name)).toEqual(['sandbox', 'ledger', 'host']);
  expect(await isReady('sink-sap-b1')).toBe(false);
});

it('starts connector and sink with the first connection of their vendor, in the process that runs, and an order goes through', async () => {
  const host = test.stack.service('host').pid();
  // Led to this stack's sandbox, as the settings to begin with are.
  const config = stringify(readTestConfig())
    .replaceAll('http://127.0.0.1:7090', test.stack.sandboxUrl)
    .replaceAll('http://127.0.0.1:7071', test.stack.webhookUrlOf('shopify'));
  const answer = await fetch(`${test.stack.adminUrl}/v1/configuration`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${test.stack.adminToken.token}`, 'content-type': 'application/yaml' },
    body: config,
  });
  expect(answer.status, await answer.text()).toBe(200);
  for (const part of ['sink-sap-b1', 'connector-shopify'])
    await vi.waitFor(async () => expect(await isReady(part)).toBe(true), { timeout: 30_000, interval: 200 });

  // By poll: the sandbox was told of no connection to send webhooks to.
  const order = await test.shop.placeOrder();
  const delivery = await waitForState(test.admin, order.id, ['verified'], 60_000);
  expect((await test.erp.findOrders(`shop/${order.id}`)).length).toBe(1);
  expect(delivery.targetNumber).toMatch(/^\d+$/);
  expect(test.stack.service('host').pid()).toBe(host);
});

it('starts again as a whole after a crash, and goes on', async () => {
  test.stack.service('host').kill();
  const order = await test.shop.placeOrder();
  await waitForState(test.admin, order.id, ['verified'], 90_000);
  expect((await test.erp.findOrders(`shop/${order.id}`)).length).toBe(1);
});
