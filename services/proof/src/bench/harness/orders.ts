import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@entrepot/stack';
import { createSandboxControl, createShopClient } from '@entrepot/stack/clients';
import { Pool } from 'undici';
import { parse, stringify } from 'yaml';
import { type BenchServers, ROOT } from './servers.ts';

const SECRET = 'sandbox-secret';
const CUSTOMERS = 50;
const PLACED_AT_ONCE = 8;
const POLL_MS = 200;

/** The demo's settings without polls: orders arrive only by webhooks. */
export function writeBenchConfig(servers: BenchServers): string {
  const config = parse(readFileSync(join(ROOT, 'deploy', 'demo.yaml'), 'utf8')) as {
    connections: { vendor: string; settings: Record<string, unknown> }[];
  };
  for (const connection of config.connections) {
    if (connection.vendor === 'shopify') connection.settings.poll = { intervalSeconds: 3_600 };
    if (connection.vendor === 'sap-b1') connection.settings.settleMs = 2_000;
  }
  const file = join(servers.folder, 'config.yaml');
  writeFileSync(file, stringify(config));
  return file;
}

/** A shop with orders that the connector does not know yet, and the documents stored in the company. */
export interface OrderSource {
  /** Places orders without webhooks. @returns their ids */
  place(count: number): Promise<string[]>;
  /** Announces an order of a connection, by default `shop`, to the connector; true when the connector accepted it. */
  announce(orderId: string, connection?: string): Promise<boolean>;
  /** When each order was first stored in the target, ms since 1970; waits until all are stored, or the timeout ends. */
  awaitDocuments(orderIds: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

export function createOrderSource(
  stack: Pick<Stack, 'sandboxUrl' | 'webhookUrlOf'>,
  webhookOrigin = stack.webhookUrlOf('shopify'),
): OrderSource {
  const shop = createShopClient(stack.sandboxUrl);
  const control = createSandboxControl(stack.sandboxUrl);
  const pool = new Pool(webhookOrigin, { connections: 64 });

  const stored = new Map<string, number>();
  let seen = 0;

  /** Resumes after the last document read: the sandbox shares the machine with the measured processes. */
  async function readDocuments(): Promise<void> {
    const { items } = await control.get<{
      items: readonly { externalRef: string | null; kind: string; action: string; at: string }[];
    }>(`sap-b1/documents?after=${seen}`);
    seen += items.length;
    for (const { externalRef, kind, action, at } of items) {
      if (kind !== 'Orders' || action !== 'create' || externalRef === null) continue;
      const orderId = externalRef.split('/')[1] ?? '';
      if (!stored.has(orderId)) stored.set(orderId, Date.parse(at));
    }
  }

  return {
    async place(count) {
      await control.dropWebhooks(true);
      // A real shop allows a few reads a second; the bench measures our work, not the quota.
      await control.patch('shopify/stores/demo.myshopify.test', {
        restoreRate: 1e6,
        maximumAvailable: 1e7,
        available: 1e7,
      });
      const ids: string[] = [];
      while (ids.length < count) {
        const places = Array.from({ length: Math.min(PLACED_AT_ONCE, count - ids.length) }, (_, index) =>
          shop.placeOrder({ email: `customer-${(ids.length + index) % CUSTOMERS}@example.com` }),
        );
        ids.push(...(await Promise.all(places)).map(({ id }) => id));
      }
      return ids;
    },
    async announce(orderId, connection = 'shop') {
      const body = JSON.stringify({ id: Number(orderId), admin_graphql_api_id: `gid://shopify/Order/${orderId}` });
      const response = await pool.request({
        method: 'POST',
        path: `/webhooks/${connection}`,
        headers: {
          'content-type': 'application/json',
          'x-shopify-topic': 'orders/create',
          'x-shopify-shop-domain': 'demo.myshopify.test',
          'x-shopify-api-version': '2026-10',
          'x-shopify-webhook-id': randomUUID(),
          'x-shopify-event-id': randomUUID(),
          'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update(body).digest('base64'),
        },
        body,
      });
      await response.body.dump();
      return response.statusCode === 200;
    },
    async awaitDocuments(orderIds, timeoutMs) {
      const until = Date.now() + timeoutMs;
      for (;;) {
        await readDocuments();
        if (orderIds.every((id) => stored.has(id)) || Date.now() > until) return stored;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    close: () => pool.close(),
  };
}
