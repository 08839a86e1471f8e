import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure } from '../harness/bench.ts';
import { meterOrderLatency, type OrderLatency } from '../harness/order-latency.ts';
import { meterCpu, readRssMb } from '../harness/process-usage.ts';
import { startAlone } from '../harness/service-alone.ts';
import {
  awaitStored,
  type Company,
  loadTargets,
  type OrderPublisher,
  openOrderPublisher,
  startCompany,
} from '../harness/sink-load.ts';

const CONNECTIONS = 300;
const SLOW = 5;
const SLOW_MS = 2_000;
/** The target rate, and a rate that leaves two cores idle time: above it, a queue hides what a slow connection costs the others. */
const RATES = [200, 20] as const;
/** The lower rate runs this many times longer: of a few hundred orders a p99 rests on two or three. */
const LOWER_RATE_TIMES = 4;
const CALLS_AT_ONCE = 4;
const TIMEOUT_MS = 60_000;
const IDLE_MS = 5_000;

interface Traffic {
  readonly publisher: OrderPublisher;
  readonly companies: readonly Company[];
  /** How many of the connections count: the first ones. */
  readonly counted: number;
  readonly connections: number;
}

/** Orders to all connections in turn. */
function meterPhase(
  { publisher, companies, counted, connections }: Traffic,
  run: number,
  perSecond: number,
  seconds: number,
): Promise<OrderLatency> {
  const publish = async (index: number): Promise<string | null> => {
    const target = index % connections;
    const reference = await publisher.publish(target, String(run * 1_000_000 + index));
    return target < counted ? reference : null;
  };
  return meterOrderLatency({ companies, perSecond, seconds, timeoutMs: TIMEOUT_MS, publish });
}

function secondsAt(perSecond: number, seconds: number): number {
  return perSecond === RATES[0] ? seconds : seconds * LOWER_RATE_TIMES;
}

/** One phase for each rate. */
async function meterPhases(traffic: Traffic, firstRun: number, seconds: number): Promise<OrderLatency[]> {
  const phases: OrderLatency[] = [];
  for (const [index, perSecond] of RATES.entries()) {
    phases.push(await meterPhase(traffic, firstRun + index, perSecond, secondsAt(perSecond, seconds)));
  }
  return phases;
}

function compare(perSecond: number, before: OrderLatency, after: OrderLatency): Figure[] {
  const rise = after.latency.percentile(0.99) / before.latency.percentile(0.99) - 1;
  return [
    ...[0.5, 0.99].flatMap((share): Figure[] => {
      const name = `p${share * 100} at ${perSecond}/s`;
      return [
        { name: `${name}, all well`, value: before.latency.percentile(share), unit: 'ms', better: 'less' },
        { name: `${name}, of the others`, value: after.latency.percentile(share), unit: 'ms', better: 'less' },
      ];
    }),
    { name: `rise of p99 at ${perSecond}/s`, value: rise * 100, unit: '%', better: 'less', reach: '≤ 25' },
    {
      name: `documents that never came, ${perSecond}/s`,
      value: before.missing + after.missing,
      unit: '',
      better: 'less',
      note: `${before.missing} with all well, ${after.missing} of the others with six ill`,
    },
  ];
}

export const connections: Bench = {
  name: 'connections',
  title: `${CONNECTIONS} connections in one sink, ${RATES.join(' and ')} orders/s: all well, then one dead and ${SLOW} that answer after ${SLOW_MS / 1_000} s`,
  peer: '–',
  async run({ servers, full }) {
    const seconds = full ? 60 : 15;
    const well = await startCompany(servers, 'company');
    const slow = await startCompany(servers, 'slow-company');
    const dead = await startCompany(servers, 'dead-company');
    const counted = CONNECTIONS - SLOW - 1;
    const companyUrl = (index: number): string => {
      if (index < counted) return well.url;
      return index < CONNECTIONS - 1 ? slow.url : dead.url;
    };
    await loadTargets(
      servers,
      Array.from({ length: CONNECTIONS }, (_, index) => ({
        companyUrl: companyUrl(index),
        maxConcurrency: CALLS_AT_ONCE,
      })),
    );
    const publisher = await openOrderPublisher(servers);
    const service = await startAlone(servers, 'sink-sap-b1');
    const traffic = { publisher, companies: [well], counted, connections: CONNECTIONS };
    const warm = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, index) => publisher.publish(index, String(index))),
    );
    const begun = await awaitStored([well, slow, dead], warm, TIMEOUT_MS);
    if (begun.size < CONNECTIONS) throw new Error(`only ${begun.size} of ${CONNECTIONS} connections took an order`);
    const readIdle = meterCpu([service]);
    await sleep(IDLE_MS);
    const idle = ((readIdle()[0]?.cpuMs ?? 0) / IDLE_MS) * 100;

    // Not counted: the amount of compiled code must not differ between the phases that are compared.
    await meterPhases(traffic, 1, seconds);
    const readCpu = meterCpu([service]);
    const before = await meterPhases(traffic, 1 + RATES.length, seconds);
    const orders = RATES.reduce<number>((sum, perSecond) => sum + perSecond * secondsAt(perSecond, seconds), 0);
    const cpuMicros = ((readCpu()[0]?.cpuMs ?? 0) * 1_000) / orders;
    await slow.delay(SLOW_MS);
    await dead.stop();
    const after = await meterPhases(traffic, 1 + 2 * RATES.length, seconds);
    const rssMb = readRssMb(service.pid);
    await publisher.close();
    const figures: Figure[] = [
      ...RATES.flatMap((perSecond, index) =>
        compare(perSecond, before[index] as OrderLatency, after[index] as OrderLatency),
      ),
      { name: 'CPU an order', value: cpuMicros, unit: 'µs', better: 'less' },
      { name: 'idle CPU', value: idle, unit: '%', better: 'less' },
      { name: 'memory', value: rssMb, unit: 'MB', better: 'less', reach: '≤ 250' },
    ];
    return figures;
  },
};
