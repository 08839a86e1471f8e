import type { Bench, Figure } from '../harness/bench.ts';
import { meterCpu, readRssMb } from '../harness/process-usage.ts';
import { startAlone } from '../harness/service-alone.ts';

const SETTLE_MS = 10_000;
const IDLE_MS = 15_000;

export const footprint: Bench = {
  name: 'footprint',
  title: 'Memory and start',
  peer: '–',
  async run({ servers, full }) {
    const startedAt = performance.now();
    await servers.infra();
    const serversReadyAt = performance.now();
    const stack = await servers.stack();
    const readyAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, full ? 60_000 : SETTLE_MS));
    const services = stack.services.map(({ name, pid }) => ({ name, pid: pid() ?? 0 }));
    const readCpu = meterCpu(services);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const cpu = readCpu();
    const figures: Figure[] = [
      {
        name: 'stack with its servers, all cached',
        value: (readyAt - startedAt) / 1_000,
        unit: 's',
        better: 'less',
        reach: '≤ 25',
      },
      { name: 'stack, servers running', value: (readyAt - serversReadyAt) / 1_000, unit: 's', better: 'less' },
    ];
    for (const [index, { name, pid }] of services.entries()) {
      figures.push({ name: `idle memory, ${name}`, value: readRssMb(pid), unit: 'MB', better: 'less', reach: '≤ 130' });
      figures.push({
        name: `idle CPU, ${name}`,
        value: ((cpu[index]?.cpuMs ?? 0) / IDLE_MS) * 100,
        unit: '%',
        better: 'less',
      });
    }
    await stack.stop();
    for (const name of ['ledger', 'sink-sap-b1', 'connector-shopify']) {
      const alone = await startAlone(servers, name);
      figures.push({
        name: `ready alone, ${name}`,
        value: alone.readyMs / 1_000,
        unit: 's',
        better: 'less',
        reach: '≤ 2',
      });
      await alone.stop();
    }
    return figures;
  },
};
