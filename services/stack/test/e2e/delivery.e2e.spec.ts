import { listMetrics, METRICS } from '@entrepot/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findNewestDelivery, waitForState } from '../../src/demo/delivery-watch.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { orderWebhookBody, sendWebhook } from './signed-webhook.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack();
}, 180_000);

afterAll(() => test?.stop(), 60_000);

beforeEach(async () => {
  await test.control.clearFaults('sap-b1');
  await test.control.clearFaults('shopify');
});

const DONE = ['verified'];

async function documentsOf(orderId: string) {
  return test.erp.findOrders(`shop/${orderId}`);
}

describe('an order', () => {
  it('is delivered once and verified', async () => {
    const order = await test.shop.placeOrder();
    const delivery = await waitForState(test.admin, order.id, DONE);
    const documents = await documentsOf(order.id);
    expect(documents).toHaveLength(1);
    expect(documents[0]).toMatchObject({ NumAtCard: order.name });
    expect(String(documents[0]?.DocNum)).toBe(delivery.targetNumber);
    const detail = await test.admin.showDelivery(delivery.id);
    expect(detail.payload).toMatchObject({ source: { connection: 'shop', id: order.id } });
    expect(
      detail.attemptLog
        .at(-1)
        ?.exchanges.some((exchange) => exchange.method === 'POST' && [201, 204].includes(exchange.status ?? 0)),
    ).toBe(true);
    expect(JSON.stringify(detail)).not.toMatch(/sandbox-token|B1SESSION=|"sandbox"/);
  });

  it.each([
    ['ledger', 'ledger'],
    ['connector-shopify', 'connector'],
    ['sink-sap-b1', 'sink'],
  ] as const)('leaves at /metrics of %s the metrics of the catalogue, and no other', async (part, kind) => {
    const shown = await (await fetch(`${test.stack.operationsUrlOf(part)}/metrics`)).text();
    const own = [...shown.matchAll(/^# TYPE (entrepot_\w+) (\w+)$/gm)].map(([, name = '', type]) => ({ name, type }));
    const declared = listMetrics(kind).map((name) => ({ name, type: METRICS[name].kind }));
    expect(own.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(declared);
    for (const { name } of declared) {
      const labels = ['le', 'service', ...Object.keys(METRICS[name].labels)];
      const series = shown.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, 'gm'));
      for (const [, of = ''] of series)
        for (const [, label] of of.matchAll(/(\w+)="/g)) expect(labels).toContain(label);
    }
  });

  it('with webhooks doubled, shuffled and sent by many is one document of the newest state', async () => {
    const order = await test.shop.placeOrder({ note: 'first' });
    await test.shop.updateOrder(order.gid, { note: 'second' });
    const body = orderWebhookBody(order.id);
    const topics = ['orders/updated', 'orders/create', 'orders/paid', 'orders/updated', 'orders/create'];
    const answers = await Promise.all(
      topics.map((topic) => sendWebhook(test.stack.webhookUrlOf('shopify'), body, { topic })),
    );
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    await waitForState(test.admin, order.id, [...DONE, 'unchanged']);
    await waitFor('the newest note in SAP', async () =>
      (await documentsOf(order.id)).some((document) => document.Comments?.includes('second')),
    );
    expect(await documentsOf(order.id)).toHaveLength(1);
  });

  it('whose webhook is lost is found by the poll', async () => {
    await test.control.dropWebhooks(true);
    const order = await test.shop.placeOrder();
    await test.control.dropWebhooks(false);
    await waitForState(test.admin, order.id, DONE, 40_000);
    expect(await documentsOf(order.id)).toHaveLength(1);
  });

  it('edited twice in one second arrives in its newest state', async () => {
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, DONE);
    await Promise.all([
      test.shop.updateOrder(order.gid, { note: 'edit one' }),
      test.shop.updateOrder(order.gid, { note: 'edit two' }).catch(() => undefined),
    ]);
    await test.shop.updateOrder(order.gid, { note: 'edit three' });
    await waitFor('the newest edit in SAP', async () =>
      (await documentsOf(order.id))[0]?.Comments?.includes('edit three'),
    );
    expect(await documentsOf(order.id)).toHaveLength(1);
  });

  it('of which a line is changed is changed in SAP while it is open; cancelled, it is cancelled there', async () => {
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, DONE);
    await test.control.patch(`shopify/orders/${order.id}`, { quantities: { '1': 6 } });
    await waitFor('the new quantity in SAP', async () => {
      const [document] = await documentsOf(order.id);
      return document?.DocumentLines.some((line) => line.ItemCode === 'A00003' && Number(line.Quantity) === 6);
    });
    await test.shop.cancelOrder(order.gid);
    await waitFor('the cancellation in SAP', async () => (await documentsOf(order.id))[0]?.Cancelled === 'tYES');
    expect(await documentsOf(order.id)).toHaveLength(1);
  });

  it('that the shop marks as a test is skipped with the reason', async () => {
    const order = await test.shop.placeOrder({ test: true });
    const skipped = await waitForState(test.admin, order.id, ['skipped']);
    expect(skipped.reason).toMatch(/test/i);
    expect(await documentsOf(order.id)).toHaveLength(0);
  });

  it('for an unknown item waits, says so, and is released when the item appears', async () => {
    const order = await test.shop.placeOrder({ lines: [{ sku: 'E2E-NEW', title: 'New', price: '5.00', quantity: 1 }] });
    const waiting = await waitForState(test.admin, order.id, ['waiting']);
    expect(waiting.waitingOn).toContainEqual(
      expect.objectContaining({ entity: 'product', match: expect.stringContaining('E2E-NEW') }),
    );
    await test.erp.createItem('E2E-NEW', 'New');
    await waitForState(test.admin, order.id, DONE);
    expect(await documentsOf(order.id)).toHaveLength(1);
  });

  it('refused by SAP shows the reason; corrected in the shop, refresh and retry delivers it', async () => {
    await test.control.post('sap-b1/rules', { itemCode: 'A00004', text: '(1) A00004 is no longer sold' });
    const order = await test.shop.placeOrder({
      lines: [{ sku: 'A00004', title: 'Paper - A3', price: '12.50', quantity: 1 }],
    });
    const failed = await waitForState(test.admin, order.id, ['failed']);
    expect(failed.error).toMatchObject({ kind: 'rejected', code: '-1116' });
    expect(failed.error?.message).toContain('no longer sold');
    const groups = await test.admin.get<{ items: { title: string; count: number }[] }>('/v1/failure-groups');
    expect(groups.items.length).toBeGreaterThan(0);
    await test.control.patch(`shopify/orders/${order.id}`, { skus: { '0': 'A00003' }, silent: true });
    await test.admin.retry(failed.id, 'refresh', 'item corrected');
    await waitForState(test.admin, order.id, DONE);
    await waitFor(
      'the older one to be overtaken',
      async () => (await test.admin.showDelivery(failed.id)).state === 'superseded',
    );
    expect(await documentsOf(order.id)).toHaveLength(1);
    await test.control.delete('sap-b1/rules');
  });

  it('retried as it is after the cause was removed in SAP is delivered', async () => {
    await test.control.post('sap-b1/rules', { itemCode: 'A00004', text: '(1) A00004 is blocked today' });
    const order = await test.shop.placeOrder({
      lines: [{ sku: 'A00004', title: 'Paper - A3', price: '12.50', quantity: 1 }],
    });
    const failed = await waitForState(test.admin, order.id, ['failed']);
    await test.control.delete('sap-b1/rules');
    await test.admin.retry(failed.id, 'as-is', 'unblocked in SAP');
    expect((await waitForState(test.admin, order.id, DONE)).id).toBe(failed.id);
    expect(await documentsOf(order.id)).toHaveLength(1);
  });

  it('whose totals do not add up is unmapped with the difference named, and made good by a refresh', async () => {
    await test.control.dropWebhooks(true);
    const order = await test.shop.placeOrder();
    await test.control.patch(`shopify/orders/${order.id}`, { corruptTotals: '0.02' });
    await test.control.dropWebhooks(false);
    await sendWebhook(test.stack.webhookUrlOf('shopify'), orderWebhookBody(order.id));
    const unmapped = await waitFor('the unmapped message', async () => {
      const found = await test.admin.listMessages({ sourceId: order.id, open: 'true' });
      return found[0];
    });
    expect(unmapped.error?.message).toMatch(/0\.02/);
    expect(await documentsOf(order.id)).toHaveLength(0);
    await test.control.patch(`shopify/orders/${order.id}`, { corruptTotals: '0', silent: true });
    await test.admin.post(`/v1/messages/${unmapped.id}/refresh`, { reason: 'surcharge removed in the shop' });
    await waitForState(test.admin, order.id, DONE);
    expect(await test.admin.listMessages({ sourceId: order.id, open: 'true' })).toHaveLength(0);
  });
});

describe('customers', () => {
  it('two orders of one new customer at once make one customer', async () => {
    const email = `new-${Date.now()}@example.com`;
    const orders = await Promise.all([test.shop.placeOrder({ email }), test.shop.placeOrder({ email })]);
    for (const order of orders) await waitForState(test.admin, order.id, DONE);
    expect(await test.erp.countPartners(email)).toBe(1);
    const cards = await Promise.all(orders.map(async (order) => (await documentsOf(order.id))[0]?.CardCode));
    expect(new Set(cards).size).toBe(1);
  });
});

describe('a webhook of more than a megabyte', () => {
  it('is a hint like any other', async () => {
    await test.control.dropWebhooks(true);
    const order = await test.shop.placeOrder();
    await test.control.dropWebhooks(false);
    const body = JSON.stringify({ ...JSON.parse(orderWebhookBody('1')), note: 'n'.repeat(1_400_000) });
    const ofOrder = body.replaceAll(/(?<="id":|Order\/)1(?=[,"])/g, order.id);
    expect(await sendWebhook(test.stack.webhookUrlOf('shopify'), ofOrder)).toMatchObject({ status: 200 });
    await waitForState(test.admin, order.id, DONE);
    expect(await documentsOf(order.id)).toHaveLength(1);
  });
});

describe('webhooks that are not right', () => {
  it('forged, malformed and for nobody are refused, and nothing is published', async () => {
    const webhookUrl = test.stack.webhookUrlOf('shopify');
    const body = orderWebhookBody('999999999999');
    expect(await sendWebhook(webhookUrl, body, { secret: 'guess' })).toMatchObject({ status: 401 });
    expect((await sendWebhook(webhookUrl, 'not json')).status).toBe(400);
    expect((await sendWebhook(webhookUrl, body, { connection: 'nobody' })).status).toBe(404);
    expect(await findNewestDelivery(test.admin, '999999999999')).toBeNull();
  });
});
