import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { findFreePort } from '@entrepot/embedded';
import { createShopClient } from '@entrepot/stack/clients';
import { Pool } from 'undici';
import type { Bench, BenchContext, Figure } from '../harness/bench.ts';
import { type OpenLoopResult, runOpenLoop } from '../harness/open-loop.ts';
import { meterCpu } from '../harness/process-usage.ts';

const BODY_BYTES = 6_000;
const ORDERS = 100;
const SECRET = 'sandbox-secret';
const CONNECTIONS = 128;

/** Webhooks as the shop signs them. Few orders keep the work after the inbox small: the hints of one order are coalesced. */
function createSender(origin: string, orderIds: readonly string[]) {
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const bodies = orderIds.map((id) => {
    const body = JSON.stringify({ id: Number(id), admin_graphql_api_id: `gid://shopify/Order/${id}`, note: '' });
    const padded = `${body.slice(0, -2)}${'x'.repeat(BODY_BYTES - body.length)}"}`;
    return { padded, signature: createHmac('sha256', SECRET).update(padded).digest('base64') };
  });
  return {
    send: async (index: number): Promise<boolean> => {
      const { padded, signature } = bodies[index % bodies.length] as (typeof bodies)[number];
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/webhooks/shop',
        headers: {
          'content-type': 'application/json',
          'x-shopify-topic': 'orders/updated',
          'x-shopify-shop-domain': 'demo.myshopify.test',
          'x-shopify-api-version': '2026-10',
          'x-shopify-webhook-id': randomUUID(),
          'x-shopify-event-id': randomUUID(),
          'x-shopify-hmac-sha256': signature,
        },
        body: padded,
      });
      await body.dump();
      return statusCode === 200;
    },
    close: () => pool.close(),
  };
}

interface IngestRun extends OpenLoopResult {
  readonly cpuMicros: number;
}

async function meterIngest(
  origin: string,
  pid: number,
  orderIds: readonly string[],
  perSecond: number,
  seconds: number,
): Promise<IngestRun> {
  const sender = createSender(origin, orderIds);
  await runOpenLoop(Math.min(perSecond, 200), 2, sender.send);
  const read = meterCpu([{ name: 'receiver', pid }]);
  const result = await runOpenLoop(perSecond, seconds, sender.send);
  const cpuMs = read()[0]?.cpuMs ?? 0;
  await sender.close();
  return { ...result, cpuMicros: (cpuMs * 1_000) / Math.max(1, result.latency.count) };
}

async function startPeer({ servers }: BenchContext, kafkaBrokers: string) {
  const port = await findFreePort();
  const program = await servers.program({
    name: 'express-ingest',
    args: [join(import.meta.dirname, '../peers/express-ingest.ts')],
    cwd: import.meta.dirname,
    env: { PEER_PORT: String(port), PEER_BROKERS: kafkaBrokers, PEER_SECRET: SECRET, PEER_TOPIC: 'peer.inbox' },
    logFile: join(servers.folder, 'express-ingest.log'),
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  return { origin: `http://127.0.0.1:${port}`, program };
}

export const ingest: Bench = {
  name: 'ingest',
  title: 'Ingest: signed webhook of 6 KB → 200 after acks=all, constant arrival',
  peer: 'express + kafkajs, one send a webhook, acks=all',
  async run(context) {
    const seconds = context.full ? 60 : 8;
    const stack = await context.servers.stack();
    const { kafkaBrokers } = await context.servers.infra();
    const shop = createShopClient(stack.sandboxUrl);
    const orderIds: string[] = [];
    for (let index = 0; index < ORDERS; index += 1) orderIds.push((await shop.placeOrder()).id);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const pid = stack.service('connector-shopify').pid() ?? 0;
    const steady = await meterIngest(stack.webhookUrlOf('shopify'), pid, orderIds, 500, seconds);
    const most = await meterIngest(stack.webhookUrlOf('shopify'), pid, orderIds, 2_500, seconds / 2);
    await stack.stop();
    const peer = await startPeer(context, kafkaBrokers);
    const peerSteady = await meterIngest(peer.origin, peer.program.pid, orderIds, 500, seconds);
    const peerMost = await meterIngest(peer.origin, peer.program.pid, orderIds, 2_500, seconds / 2);
    const failures = `failed: ${steady.failed + most.failed}, peer ${peerSteady.failed + peerMost.failed}`;
    const figures: Figure[] = [
      {
        name: 'p50 at 500/s',
        value: steady.latency.percentile(0.5),
        unit: 'ms',
        better: 'less',
        reach: '≤ 4',
        peer: peerSteady.latency.percentile(0.5),
      },
      {
        name: 'p99 at 500/s',
        value: steady.latency.percentile(0.99),
        unit: 'ms',
        better: 'less',
        reach: '≤ 20',
        peer: peerSteady.latency.percentile(0.99),
      },
      {
        name: 'answered when 2,500/s arrive',
        value: most.achievedPerSecond,
        unit: '/s',
        better: 'more',
        reach: '≥ 2,000',
        peer: peerMost.achievedPerSecond,
        note: failures,
      },
      {
        name: 'p99 then',
        value: most.latency.percentile(0.99),
        unit: 'ms',
        better: 'less',
        peer: peerMost.latency.percentile(0.99),
      },
      {
        name: 'CPU a webhook',
        value: steady.cpuMicros,
        unit: 'µs',
        better: 'less',
        peer: peerSteady.cpuMicros,
        note: "ours includes the connector's reading of the shop behind the inbox; the peer does nothing after the topic",
      },
    ];
    return figures;
  },
};
