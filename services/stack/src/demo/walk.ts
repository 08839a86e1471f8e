import type { AdminClient, DeliveryView, OperationView } from './admin-client.ts';
import { waitForState } from './delivery-watch.ts';
import type { ErpClient } from './erp-client.ts';
import type { SandboxControl } from './sandbox-control.ts';
import type { PlacedOrder, ShopClient } from './shop-client.ts';
import { USUAL_LINES } from './shop-client.ts';
import { waitFor } from './wait.ts';

export interface DemoParts {
  readonly shop: ShopClient;
  readonly erp: ErpClient;
  readonly admin: AdminClient;
  readonly control: SandboxControl;
  /** Prints one line. */
  tell(line: string): void;
  /** Makes what the demo creates unique, so that it can be run again. */
  readonly run: string;
}

const GOOD = ['verified', 'delivered', 'unchanged'];
const OUTAGE_ORDERS = 3;
const REFUSED_SKU = 'A00004';

/** An order's way, line by line, on the one real path: shop → webhook → Kafka → SAP → read back. */
export async function showOrdersWay(parts: DemoParts): Promise<void> {
  const { shop, admin, tell } = parts;
  tell('1. An order is placed in the shop');
  const placedAt = new Date().toISOString();
  const order = await shop.placeOrder({ note: 'Please leave at the front desk' });
  tell(`   shop        ${order.name} placed, ${order.total}`);
  const hook = await findAcceptedWebhook(parts, placedAt);
  tell(`   webhook     ${hook.topic} answered ${hook.result}: hint accepted`);
  const delivery = await waitForState(admin, order.id, GOOD);
  await tellWay(parts, delivery);
}

/** An order for an item that SAP does not have waits, and goes on by itself when the item is there. */
export async function showWaiting(parts: DemoParts): Promise<void> {
  const { shop, erp, admin, tell, run } = parts;
  const sku = `NEW-${run}`;
  tell(`2. An order for an item SAP does not have (${sku})`);
  const order = await shop.placeOrder({ lines: [{ sku, title: 'Brand new thing', price: '19.90', quantity: 2 }] });
  const waiting = await waitForState(admin, order.id, ['waiting']);
  tell(`   ${order.name}       ${waiting.state}: ${waiting.reason ?? ''}`);
  await erp.createItem(sku, 'Brand new thing');
  tell(`   SAP         item ${sku} created by hand`);
  await tellEnd(parts, order);
}

/** An order that SAP refuses: the reason, the fix in the shop, refresh and retry. */
export async function showRefusal(parts: DemoParts): Promise<void> {
  const { shop, admin, control, tell } = parts;
  tell('3. An order that SAP refuses');
  await control.post('sap-b1/rules', {
    itemCode: REFUSED_SKU,
    text: `${REFUSED_SKU} is no longer sold. Use A00003 instead.`,
  });
  try {
    const order = await shop.placeOrder({
      lines: [{ sku: REFUSED_SKU, title: 'Paper - A3', price: '12.50', quantity: 2 }],
    });
    const failed = await waitForState(admin, order.id, ['failed']);
    tell(`   ${order.name}       ${failed.state}: ${failed.reason ?? ''}`);
    if (failed.error?.advice != null) tell(`               what to do: ${failed.error.advice}`);
    // Without a webhook about it, so that the operator's refresh is what finds the correction.
    await control.patch(`shopify/orders/${order.id}`, { skus: { '0': 'A00003' }, silent: true });
    tell('   shop        the line now names A00003');
    const operation = await admin.retry(failed.id, 'refresh', 'item corrected in the shop');
    tell(`   operator    refresh and retry (operation ${operation.id})`);
    await tellEnd(parts, order);
    const done = await waitFor('the operation to end', async () => {
      const shown = await admin.get<OperationView>(`/v1/operations/${operation.id}`);
      return shown.state === 'succeeded' || shown.state === 'failed' ? shown : null;
    });
    tell(`   operation   ${done.state}: ${done.result ?? ''}`);
  } finally {
    await control.delete('sap-b1/rules');
  }
}

/** SAP goes down and comes back: the lane holds, nothing fails, nothing arrives twice. */
export async function showOutage(parts: DemoParts): Promise<void> {
  const { shop, erp, admin, control, tell } = parts;
  tell('4. SAP goes down');
  await control.addFault('sap-b1', { fault: 'down' });
  const orders: PlacedOrder[] = [];
  try {
    for (let i = 0; i < OUTAGE_ORDERS; i++) orders.push(await shop.placeOrder());
    tell(`   shop        ${orders.map((order) => order.name).join(', ')} placed meanwhile`);
    const held = await waitFor('the lane to hold', async () => {
      const shown = await Promise.all(
        orders.map((order) => admin.listDeliveries({ entity: 'order', sourceId: order.id })),
      );
      return shown.flat().find((delivery) => delivery.held !== null);
    });
    tell(`   lane        holds: ${held.held ?? ''}; ${held.number ?? ''} stays ${held.state}`);
  } finally {
    await control.clearFaults('sap-b1');
  }
  tell('   SAP         is back');
  for (const order of orders) {
    const delivery = await waitForState(admin, order.id, GOOD, 60_000);
    const documents = await erp.findOrders(`shop/${order.id}`);
    tell(
      `   ${order.name}       ${delivery.state} as SAP order ${delivery.targetNumber ?? '?'}; documents in SAP: ${documents.length}`,
    );
    if (documents.length !== 1)
      throw new Error(`Order ${order.name} has ${documents.length} documents in SAP instead of one.`);
  }
}

/** A test order of the shop is not for the ERP, and the ledger says so. */
export async function showTestOrder(parts: DemoParts): Promise<void> {
  const { shop, admin, tell } = parts;
  tell('5. A test order');
  const order = await shop.placeOrder({ test: true, lines: USUAL_LINES });
  const skipped = await waitForState(admin, order.id, ['skipped']);
  tell(`   ${order.name}       ${skipped.state}: ${skipped.reason ?? ''}`);
}

async function tellEnd(parts: DemoParts, order: PlacedOrder): Promise<void> {
  const delivery = await waitForState(parts.admin, order.id, GOOD, 60_000);
  parts.tell(`   ${order.name}       ${delivery.state}: SAP order ${delivery.targetNumber ?? '?'}`);
}

async function tellWay(parts: DemoParts, delivery: DeliveryView): Promise<void> {
  const { admin, tell } = parts;
  const detail = await admin.showDelivery(delivery.id);
  tell(`   event       ${detail.eventId}`);
  if (detail.record !== null) {
    tell(`   Kafka       ${detail.record.topic} partition ${detail.record.partition} offset ${detail.record.offset}`);
  }
  tell(`   routed      by flow ${detail.flow} to ${detail.to}`);
  for (const { attempt, outcome, durationMs, exchanges } of detail.attemptLog) {
    tell(`   attempt ${attempt}   ${outcome} after ${Math.round(durationMs)} ms`);
    for (const { method, url, status } of exchanges)
      tell(`               ${method} ${new URL(url).pathname} → ${status ?? 'no answer'}`);
  }
  tell(`   SAP         order ${detail.targetNumber ?? '?'} (${detail.targetId ?? '?'})`);
  tell(`   read back   ${detail.state}`);
}

interface SentWebhook {
  readonly at: string;
  readonly topic: string;
  readonly result: number | string;
}

/** The shop's own log of webhooks has the answer to each. */
async function findAcceptedWebhook(parts: DemoParts, placedAt: string): Promise<SentWebhook> {
  return waitFor('the shop to deliver its webhook', async () => {
    const { items } = await parts.control.get<{ items: SentWebhook[] }>('shopify/webhooks');
    return items.find((item) => item.at >= placedAt && item.topic === 'orders/create' && item.result === 200);
  });
}
