import { join } from 'node:path';
import { findFreePort } from '@entrepot/embedded';
import type { Stack } from '@entrepot/stack';
import type { Bench, BenchContext, Figure } from '../harness/bench.ts';
import { Histogram } from '../harness/histogram.ts';
import { runOpenLoop } from '../harness/open-loop.ts';
import { createOrderSource, type OrderSource, writeBenchConfig } from '../harness/orders.ts';

/** The target rate, and a load that is also possible on a machine that runs everything, servers and generator included. */
const PER_SECOND = [10, 100] as const;
const WARM_UP = 100;
const TIMEOUT_MS = 60_000;

interface LatencyRun {
  readonly perSecond: number;
  readonly latency: Histogram;
  readonly missing: number;
}

/** From the moment the webhook was answered 200 to the moment the target stored the document. */
async function meterLatency(source: OrderSource, perSecond: number, seconds: number): Promise<LatencyRun> {
  const orders = await source.place(perSecond * seconds);
  const acceptedAt = new Map<string, number>();
  await runOpenLoop(perSecond, seconds, async (index) => {
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
  return { perSecond, latency, missing: orders.length - latency.count };
}

async function meterLoads(source: OrderSource, seconds: number): Promise<LatencyRun[]> {
  const warm = await source.place(WARM_UP);
  for (const id of warm) await source.announce(id);
  await source.awaitDocuments(warm, TIMEOUT_MS);
  const runs: LatencyRun[] = [];
  for (const perSecond of PER_SECOND) runs.push(await meterLatency(source, perSecond, seconds));
  await source.close();
  return runs;
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
  title: 'Latency: webhook accepted → document in the target, fetch and look-up included',
  peer: 'express, kafkajs, stock Nest Kafka transport, axios: no fetch, no look-up, no verification, no guarantees',
  async run(context) {
    const seconds = context.full ? 60 : 8;
    const stack = await context.servers.stack(writeBenchConfig(context.servers));
    const source = createOrderSource(stack);
    const ours = await meterLoads(source, seconds);
    const peer = await meterLoads(createOrderSource(stack, await startPeers(context, stack)), seconds);
    return ours.flatMap((run, index) => describeRun(run, peer[index] as LatencyRun));
  },
};

function describeRun({ perSecond, latency, missing }: LatencyRun, peer: LatencyRun): Figure[] {
  const describe = (name: string, share: number, reach?: string): Figure => ({
    name: `${name} at ${perSecond}/s`,
    value: latency.percentile(share),
    unit: 'ms',
    better: 'less',
    peer: peer.latency.percentile(share),
    ...(reach !== undefined && perSecond === 100 && { reach }),
    ...(missing + peer.missing > 0 && { note: `documents that never came: ${missing}, peer ${peer.missing}` }),
  });
  return [describe('p50', 0.5, '≤ 30'), describe('p99', 0.99, '≤ 120'), describe('longest', 1)];
}
