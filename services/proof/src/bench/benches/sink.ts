import { join } from 'node:path';
import { connectBroker } from '@entrepot/broker';
import { findFreePort } from '@entrepot/embedded';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import type { Bench, BenchContext, Figure } from '../harness/bench.ts';
import { preload } from '../harness/preload.ts';
import { meterCpu, readRssMb } from '../harness/process-usage.ts';
import { startAlone } from '../harness/service-alone.ts';
import { awaitStored, type Company, loadTargets, openOrderPublisher, startCompany } from '../harness/sink-load.ts';

const TARGET_MS = 50;
const KEYS = 1_000;
const CALLS_AT_ONCE = 64;
/** The peer makes one call after the other. */
const PEER_ORDERS = 100;
const PEER_TOPIC = 'peer.orders';
const TIMEOUT_MS = 90_000;

interface Drain {
  readonly perSecond: number;
  readonly missing: number;
}

/** Rate between the first and the last document stored. */
async function meterStored(company: Company, references: readonly string[]): Promise<Drain> {
  const stored = await awaitStored([company], references, TIMEOUT_MS);
  const times = references.flatMap((reference) => stored.get(reference) ?? []);
  const spanMs = Math.max(...times) - Math.min(...times);
  return { perSecond: ((times.length - 1) / spanMs) * 1_000, missing: references.length - times.length };
}

async function meterPeer({ servers }: BenchContext, company: Company): Promise<Drain> {
  const { kafkaBrokers } = await servers.infra();
  const metrics = createMetrics({ service: 'bench', processMetrics: false });
  const log = createSilentLogger();
  const broker = await connectBroker({ brokers: kafkaBrokers.split(','), clientId: 'bench', log, metrics });
  const port = await findFreePort();
  const ids = Array.from({ length: PEER_ORDERS }, (_, index) => 900_000 + index);
  await broker.ensureTopics([{ name: PEER_TOPIC, partitions: 1, config: {} }]);
  const peer = await servers.program({
    name: 'nest-sink',
    args: [join(import.meta.dirname, '../peers/nest-sink.ts')],
    cwd: import.meta.dirname,
    env: {
      PEER_BROKERS: kafkaBrokers,
      PEER_TOPIC,
      PEER_PORT: String(port),
      PEER_TARGET: `${company.url}/sap-b1/b1s/v2`,
    },
    logFile: join(servers.folder, 'nest-sink.log'),
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  // After the peer has joined: it reads from the end of the topic.
  await preload(broker, { topic: PEER_TOPIC, partitions: 1, count: ids.length }, (index) => ({
    key: String(ids[index]),
    value: Buffer.from(JSON.stringify({ admin_graphql_api_id: `gid://shopify/Order/${ids[index]}` })),
  }));
  await broker.close();
  const drain = await meterStored(
    company,
    ids.map((id) => `shop/${id}`),
  );
  await peer.stop();
  return drain;
}

export const sink: Bench = {
  name: 'sink',
  title: `Sink: ${KEYS} orders that wait, one connection, a target that answers after ${TARGET_MS} ms`,
  peer: 'stock Nest Kafka transport, axios: one create an order, no look-up, no verification, no guarantees',
  async run(context) {
    const { servers, full } = context;
    const orders = full ? KEYS * 5 : KEYS;
    const company = await startCompany(servers, 'company');
    await company.delay(TARGET_MS);
    await loadTargets(servers, [{ companyUrl: company.url, maxConcurrency: CALLS_AT_ONCE }]);
    const publisher = await openOrderPublisher(servers);
    const ids = Array.from({ length: orders }, (_, index) => String(100_000 + index));
    const references = await Promise.all(ids.map((id) => publisher.publish(0, id)));
    await publisher.close();

    const service = await startAlone(servers, 'sink-sap-b1');
    const readCpu = meterCpu([
      { name: 'sink', pid: service.pid },
      { name: 'company', pid: company.pid },
    ]);
    const ours = await meterStored(company, references);
    const [sinkCpu, companyCpu] = readCpu();
    const rssMb = readRssMb(service.pid);
    await service.stop();
    const peer = await meterPeer(context, company);
    const figures: Figure[] = [
      {
        name: 'writes',
        value: ours.perSecond,
        unit: '/s',
        better: 'more',
        reach: '≥ 1,000',
        peer: peer.perSecond,
        note: 'each with a look-up before and a verification after it: three calls',
      },
      { name: 'documents that never came', value: ours.missing, unit: '', better: 'less', peer: peer.missing },
      { name: 'CPU an order, sink', value: ((sinkCpu?.cpuMs ?? 0) * 1_000) / orders, unit: 'µs', better: 'less' },
      { name: 'CPU an order, company', value: ((companyCpu?.cpuMs ?? 0) * 1_000) / orders, unit: 'µs', better: 'less' },
      { name: 'memory under load', value: rssMb, unit: 'MB', better: 'less', reach: '≤ 250' },
    ];
    return figures;
  },
};
