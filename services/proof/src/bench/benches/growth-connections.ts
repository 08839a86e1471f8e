import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure } from '../harness/bench.ts';
import { meterOrderLatency } from '../harness/order-latency.ts';
import { meterCpu, readRssMb } from '../harness/process-usage.ts';
import type { BenchServers } from '../harness/servers.ts';
import { startAlone } from '../harness/service-alone.ts';
import {
  awaitStored,
  type Company,
  loadTargets,
  type OrderPublisher,
  openOrderPublisher,
  startCompany,
} from '../harness/sink-load.ts';

const FEW = 10;
const MANY = 300;
/** Well below what two cores can do: the bench measures the cost, not the maximum rate. */
const PER_SECOND = 20;
const WARM_UP_EACH = 300;
const CALLS_AT_ONCE = 4;
const TIMEOUT_MS = 120_000;
const IDLE_MS = 10_000;

interface Cost {
  readonly sinkMicros: number;
  readonly databaseMicros: number;
  readonly brokerMicros: number;
  readonly idleSink: number;
  readonly p50: number;
  readonly p99: number;
  readonly rssMb: number;
}

function refuseMissing(missing: number): void {
  if (missing > 0) throw new Error(`${missing} orders did not come within ${TIMEOUT_MS} ms`);
}

/** Measures a newly started sink with this many connections, and orders to all of them in turn at a constant rate. */
async function meterCost(
  servers: BenchServers,
  { company, publisher }: { readonly company: Company; readonly publisher: OrderPublisher },
  connections: number,
  seconds: number,
): Promise<Cost> {
  const target = { companyUrl: company.url, maxConcurrency: CALLS_AT_ONCE };
  await loadTargets(
    servers,
    Array.from({ length: connections }, () => target),
  );
  const service = await startAlone(servers, 'sink-sap-b1');
  const idOf = (index: number): string => `${connections}-${index}`;
  const publish = (index: number): Promise<string> => publisher.publish(index % connections, idOf(index));
  const warm = await Promise.all(Array.from({ length: WARM_UP_EACH }, (_, index) => publish(index)));
  const begun = await awaitStored([company], warm, TIMEOUT_MS);
  refuseMissing(warm.filter((reference) => !begun.has(reference)).length);

  const { parts } = await servers.infra();
  const pidOf = (name: string): number => parts.find(({ part }) => part === name)?.child().pid ?? 0;
  const processes = [
    { name: 'sink', pid: service.pid },
    { name: 'mongo', pid: pidOf('mongo') },
    { name: 'kafka', pid: pidOf('kafka') },
  ];
  const readIdle = meterCpu(processes);
  await sleep(IDLE_MS);
  const idleShares = readIdle().map(({ cpuMs }) => cpuMs / IDLE_MS);

  const readCpu = meterCpu(processes);
  const startedAt = Date.now();
  const { latency, missing } = await meterOrderLatency({
    companies: [company],
    perSecond: PER_SECOND,
    seconds,
    timeoutMs: TIMEOUT_MS,
    publish: (index) => publish(WARM_UP_EACH + index),
  });
  const tookMs = Date.now() - startedAt;
  refuseMissing(missing);
  // CPU that the processes use without any order is a figure of its own.
  const [sinkMicros = 0, databaseMicros = 0, brokerMicros = 0] = readCpu().map(
    ({ cpuMs }, index) => ((cpuMs - (idleShares[index] ?? 0) * tookMs) * 1_000) / latency.count,
  );
  const rssMb = readRssMb(service.pid);
  await service.stop();
  const [p50, p99] = [latency.percentile(0.5), latency.percentile(0.99)];
  return { sinkMicros, databaseMicros, brokerMicros, idleSink: (idleShares[0] ?? 0) * 100, p50, p99, rssMb };
}

export const growthConnections: Bench = {
  name: 'growth-connections',
  title: `Growth: what an order costs with ${MANY} connections in one sink, ${PER_SECOND} orders/s`,
  peer: `the same with ${FEW} connections`,
  async run({ servers, full }) {
    const seconds = full ? 60 : 20;
    const company = await startCompany(servers, 'company');
    const publisher = await openOrderPublisher(servers);
    const parts = { company, publisher };
    const few = await meterCost(servers, parts, FEW, seconds);
    const many = await meterCost(servers, parts, MANY, seconds);
    await publisher.close();
    const figure = (name: string, key: keyof Cost, unit: string, reach?: string): Figure => ({
      name,
      value: many[key],
      peer: few[key],
      unit,
      better: 'less',
      ...(reach === undefined ? {} : { reach }),
    });
    return [
      figure('CPU an order, sink', 'sinkMicros', 'µs', 'flat'),
      figure('CPU an order, database', 'databaseMicros', 'µs', 'flat'),
      figure('CPU an order, broker', 'brokerMicros', 'µs', 'flat'),
      figure('latency, p50', 'p50', 'ms', 'flat'),
      figure('latency, p99', 'p99', 'ms', 'flat'),
      figure('idle CPU, sink', 'idleSink', '%'),
      figure('memory, sink', 'rssMb', 'MB'),
    ];
  },
};
