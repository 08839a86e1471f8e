import { connectBroker } from '@entrepot/broker';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findNewestDelivery, waitForState } from '../../src/demo/delivery-watch.ts';
import { createShopClient, type PlacedOrder } from '../../src/demo/shop-client.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

const DONE = ['verified'];
const SECOND_STORE = { domain: 'second.myshopify.test', token: 'second-token', secret: 'second-secret' };
/** Long enough for every timeout and retry on the way to have run out. */
const OUTAGE_MS = 60_000;
const OUTAGE_TEST_MS = 5 * OUTAGE_MS;
const CREATE_ORDER = { method: 'POST', path: '*/Orders' };

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack((config) => {
    const [shop] = config.connections.filter((connection) => connection.id === 'shop');
    if (shop === undefined) throw new Error('the demo has no shop');
    config.connections.push({
      ...shop,
      id: 'shop2',
      label: 'Second shop',
      settings: { ...shop.settings, shop: SECOND_STORE.domain, webhookUrl: null },
      secrets: { accessToken: SECOND_STORE.token, webhookSecrets: [SECOND_STORE.secret] },
    });
    config.flows.push(...config.flows.map((flow) => ({ ...flow, from: 'shop2' })));
  }, 'separate');
  await test.control.post('shopify/seed', {
    stores: [
      {
        domain: SECOND_STORE.domain,
        token: SECOND_STORE.token,
        webhookSecret: SECOND_STORE.secret,
        webhookUrl: `${test.stack.webhookUrlOf('shopify')}/webhooks/shop2`,
      },
    ],
  });
}, 180_000);

afterAll(() => test?.stop(), 60_000);

beforeEach(async () => {
  await test.control.clearFaults('sap-b1');
  await test.control.clearFaults('shopify');
});

async function expectOneEach(orders: readonly PlacedOrder[], connection = 'shop'): Promise<void> {
  const created = await test.control.countCreated('sap-b1');
  for (const order of orders) expect(created[`${connection}/${order.id}`], `documents of ${order.name}`).toBe(1);
}

async function expectNothingUnaccounted(): Promise<void> {
  const report = await waitFor('the ledger to catch up', async () => {
    const found = await test.admin.get<{ items: unknown[]; complete: boolean }>('/v1/unaccounted');
    return found.complete ? found : null;
  });
  expect(report.items).toEqual([]);
}

describe('one document, whatever happens in between', () => {
  it('the sink is killed between the commit in SAP and its answer', async () => {
    await test.control.addFault('sap-b1', { match: CREATE_ORDER, fault: { type: 'cutAfterCommit' }, times: 1 });
    const order = await test.shop.placeOrder();
    await waitFor(
      'the commit in SAP',
      async () => (await test.control.countCreated('sap-b1'))[`shop/${order.id}`] === 1,
    );
    test.stack.service('sink-sap-b1').kill();
    await waitForState(test.admin, order.id, DONE, 60_000);
    await expectOneEach([order]);
  });

  it('SAP answers late: the sink is killed while the create is under way', async () => {
    await test.control.addFault('sap-b1', { match: CREATE_ORDER, fault: { type: 'latency', ms: 1_500 }, times: 1 });
    const order = await test.shop.placeOrder();
    await waitFor('the attempt to begin', async () => (await findNewestDelivery(test.admin, order.id)) !== null);
    await new Promise((resolve) => setTimeout(resolve, 700));
    test.stack.service('sink-sap-b1').kill();
    await waitForState(test.admin, order.id, DONE, 60_000);
    await expectOneEach([order]);
  });

  it('SAP commits after the client gave up', async () => {
    await test.control.addFault('sap-b1', { match: CREATE_ORDER, fault: { type: 'commitLate', ms: 2_500 }, times: 1 });
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, DONE, 60_000);
    await expectOneEach([order]);
  });

  it('the connection is cut before the commit', async () => {
    await test.control.addFault('sap-b1', { match: CREATE_ORDER, fault: { type: 'cutBeforeCommit' }, times: 1 });
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, DONE, 60_000);
    await expectOneEach([order]);
  });
});

describe('an outage is not a failure', () => {
  it('SAP is down and comes back: the lane holds, all arrive, none twice', async () => {
    await test.control.addFault('sap-b1', { fault: { type: 'down' } });
    const orders = await Promise.all([1, 2, 3, 4, 5].map(() => test.shop.placeOrder()));
    await waitFor('the lane to hold', async () => {
      const found = await Promise.all(orders.map((order) => findNewestDelivery(test.admin, order.id)));
      return found.every((delivery) => delivery !== null && delivery.held !== null && delivery.attempts === 0);
    });
    await test.control.clearFaults('sap-b1');
    for (const order of orders) await waitForState(test.admin, order.id, DONE, 60_000);
    await expectOneEach(orders);
  });

  it(
    'the registry is down: what is known goes on or holds, nothing fails',
    async () => {
      const registry = test.stack.infra.parts.find((part) => part.part === 'registry');
      await registry?.stop();
      const orders = await Promise.all([1, 2].map(() => test.shop.placeOrder()));
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
      expect(
        (await test.admin.listDeliveries({ state: 'failed' })).filter((delivery) =>
          orders.some((order) => order.id === delivery.sourceId),
        ),
      ).toEqual([]);
      await registry?.start();
      for (const order of orders) await waitForState(test.admin, order.id, DONE, 60_000);
      await expectOneEach(orders);
    },
    OUTAGE_TEST_MS,
  );

  it('credentials are refused: the lane asks for attention once, and goes on when they are corrected', async () => {
    await test.control.patch('sap-b1/settings', { password: 'rotated' });
    await test.control.post('sap-b1/sessions/expire');
    const order = await test.shop.placeOrder();
    const connection = await waitFor('the lane to ask for attention', async () => {
      const found = await test.admin.get<{
        revision: number;
        attention: string | null;
        lane: { state: string } | null;
      }>('/v1/connections/erp');
      return found.lane?.state === 'needs-attention' && found.attention !== null ? found : null;
    });
    expect(connection.attention).toMatch(/refused/i);
    // The lane's state may show before the order: the router gives the first attempt a second to report the routing.
    await waitForState(test.admin, order.id, ['pending']);
    const tested = await test.admin.post<{ ok: boolean }>('/v1/connections/erp/test');
    expect(tested.ok).toBe(false);
    const { revision } = await test.admin.get<{ revision: number }>('/v1/connections/erp');
    await test.admin.patch('/v1/connections/erp', { revision, secrets: { password: 'rotated' } });
    await waitForState(test.admin, order.id, DONE, 60_000);
    await expectOneEach([order]);
  });

  it(
    'the database is down: held, and then delivered',
    async () => {
      const mongo = test.stack.infra.parts.find((part) => part.part === 'mongo');
      const before = await test.shop.placeOrder();
      await mongo?.stop();
      const during = await test.shop.placeOrder();
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
      await mongo?.start();
      for (const order of [before, during]) {
        await waitFor(
          'the API to answer again',
          () =>
            test.admin.listDeliveries({ limit: '1' }).then(
              () => true,
              () => false,
            ),
          60_000,
        );
        await waitForState(test.admin, order.id, DONE, 90_000);
      }
      await expectOneEach([before, during]);
    },
    OUTAGE_TEST_MS,
  );
});

describe('neighbours', () => {
  it('a poison record is recorded and stops nobody', async () => {
    const log = createSilentLogger();
    const metrics = createMetrics({ service: 'e2e', processMetrics: false });
    const broker = await connectBroker({ brokers: [test.stack.infra.kafkaBrokers], clientId: 'e2e', log, metrics });
    const publisher = await broker.publisher();
    const headers = {
      ce_specversion: '1.0',
      ce_id: 'poison-1',
      ce_type: 'entrepot.order.v1',
      ce_subject: '31337',
      entrepot_connection: 'shop',
      entrepot_vendor: 'shopify',
      entrepot_version: '1',
      entrepot_hash: 'x',
      entrepot_published: '1700000000000000',
    };
    for (const value of [Buffer.from('not avro'), Buffer.from([0, 0, 0, 255, 255, 1]), Buffer.alloc(0)]) {
      for (let partition = 0; partition < 12; partition++) {
        await publisher.send('entrepot.order.v1', { key: 'shop/31337', value, headers, partition });
        await publisher.send('entrepot.order.v1', { key: 'shop/31337', value, partition });
      }
    }
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, DONE);
    const poison = await waitFor('the poison record to be explained', async () => {
      const found = await test.admin.listMessages({ eventId: 'poison-1' });
      return found.find((message) => message.error !== null);
    });
    expect(poison.error?.message).not.toBe('');
    await publisher.close();
    await broker.close();
  });

  it('two stores with the same order number in one company are two orders', async () => {
    const second = createShopClient(test.stack.sandboxUrl, SECOND_STORE.token);
    const [one, other] = await Promise.all([
      test.shop.placeOrder({ name: '#7777' }),
      second.placeOrder({ name: '#7777' }),
    ]);
    await waitForState(test.admin, one.id, DONE);
    await waitFor('the order of the second store', async () => {
      const found = await test.admin.listDeliveries({ from: 'shop2', number: '#7777' });
      return found.some((delivery) => delivery.state === 'verified');
    });
    await expectOneEach([one]);
    await expectOneEach([other], 'shop2');
  });

  it('at the end nothing is unaccounted for', expectNothingUnaccounted);
});
