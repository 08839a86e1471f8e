import { join } from 'node:path';
import { findFreePort } from '@entrepot/embedded';
import type { Stack } from '@entrepot/stack';
import type { Bench, BenchContext, Figure } from '../harness/bench.ts';
import { Histogram } from '../harness/histogram.ts';
import { runOpenLoop } from '../harness/open-loop.ts';
import { createOrderSource, type OrderSource, writeBenchConfig } from '../harness/orders.ts';

const PER_SECOND = 100;
const WARM_UP = 100;
const TIMEOUT_MS = 60_000;

interface LatencyRun {
  readonly latency: Histogram;
  readonly missing: number;
}

/** From the moment the webhook was answered 200 to the moment the target stored the document. */
async function meterLatency(source: OrderSource, seconds: number): Promise<LatencyRun> {
  const warm = await source.place(WARM_UP);
  for (const id of warm) await source.announce(id);
  await source.awaitDocuments(warm, TIMEOUT_MS);
  const orders = await source.place(PER_SECOND * seconds);
  const acceptedAt = new Map<string, number>();
  await runOpenLoop(PER_SECOND, seconds, async (index) => {
    const id = orders[index] as string;
    const taken = await source.announce(id);
    if (taken) acceptedAt.set(id, Date.now());
    return taken;
  });
  const stored = await source.awaitDocuments(orders, TIMEOUT_MS);
  const latency = new Histogram();
  for (const [id, at] of acceptedAt) {
    const storedAt = stored.get(id);
    if (storedAt !== undefined) latency.add(Math.max(0, storedAt - at));
  }
  return { latency, missing: orders.length - latency.count };
}

async function startPeers({ servers }: BenchContext, stack: Stack): Promise<string> {
  const { kafkaBrokers } = await servers.infra();
  const [ingestPort, sinkPort] = [await findFreePort(), await findFreePort()];
  const common = { PEER_BROKERS: kafkaBrokers, PEER_TOPIC: 'peer.inbox' };
  const start = (name: string, port: number, env: NodeJS.ProcessEnv) =>
    servers.program({
      name,
      args: [join(import.meta.dirname, `../peers/${name}.ts`)],
      cwd: import.meta.dirname,
      env: { ...common, PEER_PORT: String(port), ...env },
      logFile: join(servers.folder, `${name}.log`),
      readyUrl: `http://127.0.0.1:${port}/readyz`,
    });
  await start('express-ingest', ingestPort, { PEER_SECRET: 'sandbox-secret' });
  await start('nest-sink', sinkPort, { PEER_TARGET: `${stack.sandboxUrl}/sap-b1/b1s/v2` });
  return `http://127.0.0.1:${ingestPort}`;
}

export const latency: Bench = {
  name: 'latency',
  title: `Latency: webhook accepted → document in the target, fetch and look-up included, ${PER_SECOND}/s`,
  peer: 'express, kafkajs, stock Nest Kafka transport, axios: no fetch, no look-up, no verification, no guarantees',
  async run(context) {
    const seconds = context.full ? 60 : 8;
    const stack = await context.servers.stack(writeBenchConfig(context.servers));
    const source = createOrderSource(stack);
    const ours = await meterLatency(source, seconds);
    await source.close();
    const peerSource = createOrderSource(stack, await startPeers(context, stack));
    const peer = await meterLatency(peerSource, seconds);
    await peerSource.close();
    const note = `documents that never came: ${ours.missing}, peer ${peer.missing}`;
    const figures: Figure[] = [
      {
        name: 'p50',
        value: ours.latency.percentile(0.5),
        unit: 'ms',
        better: 'less',
        reach: '≤ 30',
        peer: peer.latency.percentile(0.5),
        note,
      },
      {
        name: 'p99',
        value: ours.latency.percentile(0.99),
        unit: 'ms',
        better: 'less',
        reach: '≤ 120',
        peer: peer.latency.percentile(0.99),
      },
      {
        name: 'longest',
        value: ours.latency.percentile(1),
        unit: 'ms',
        better: 'less',
        peer: peer.latency.percentile(1),
      },
    ];
    return figures;
  },
};
