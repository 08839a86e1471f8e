import { createAdminClient } from '@entrepot/stack/clients';
import type { Bench, Figure } from '../harness/bench.ts';
import { runOpenLoop } from '../harness/open-loop.ts';
import { createOrderSource, writeBenchConfig } from '../harness/orders.ts';
import { meterCpu, readRssMb } from '../harness/process-usage.ts';

const WARM_UP = 200;
const ANNOUNCED_PER_SECOND = 1_000;
const TIMEOUT_MS = 120_000;

export const pipeline: Bench = {
  name: 'pipeline',
  title: 'Pipeline: order placed → verified document, everything on this machine',
  peer: '–',
  async run({ servers, full, note }) {
    const count = full ? 10_000 : 1_500;
    const stack = await servers.stack(writeBenchConfig(servers));
    const infra = await servers.infra();
    const source = createOrderSource(stack);
    const admin = createAdminClient(stack.adminUrl, stack.adminToken.token);
    const warm = await source.place(WARM_UP);
    for (const id of warm) await source.announce(id);
    await source.awaitDocuments(warm, TIMEOUT_MS);
    const orders = await source.place(count);
    const processes = [
      ...infra.parts.map((part) => ({ name: part.part, pid: part.child().pid })),
      ...stack.services.map((service) => ({ name: service.name, pid: service.pid() ?? 0 })),
      { name: 'generator', pid: process.pid },
    ];
    const readCpu = meterCpu(processes);
    const startedAt = Date.now();
    await runOpenLoop(ANNOUNCED_PER_SECOND, count / ANNOUNCED_PER_SECOND, (index) =>
      source.announce(orders[index] as string),
    );
    const stored = await source.awaitDocuments(orders, TIMEOUT_MS);
    const cpu = readCpu();
    const lastAt = Math.max(...orders.map((id) => stored.get(id) ?? Number.NaN));
    if (Number.isNaN(lastAt)) throw new Error(`not all of ${count} orders were stored within ${TIMEOUT_MS / 1_000} s`);
    const rss = processes.map(({ name, pid }) => `${name} ${readRssMb(pid).toFixed(0)}`).join(', ');
    note(`memory under load, MB: ${rss}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const states = await Promise.all(
      ['delivered', 'failed', 'mismatch', 'retrying'].map(async (state) => {
        const found = await admin.listDeliveries({ state, limit: '1' });
        return found.length === 0 ? [] : [state];
      }),
    );
    await source.close();
    const figures: Figure[] = [
      {
        name: 'orders',
        value: count / ((lastAt - startedAt) / 1_000),
        unit: '/s',
        better: 'more',
        reach: '≥ 250',
        note: `deliveries in other states than verified: ${states.flat().join(', ') || 'none'}`,
      },
      ...cpu.map(
        ({ name, cpuMs }): Figure => ({
          name: `CPU an order, ${name}`,
          value: (cpuMs * 1_000) / count,
          unit: 'µs',
          better: 'less',
        }),
      ),
      {
        name: 'CPU an order, all but the generator',
        value:
          (cpu.filter(({ name }) => name !== 'generator').reduce((sum, { cpuMs }) => sum + cpuMs, 0) * 1_000) / count,
        unit: 'µs',
        better: 'less',
      },
      ...processes
        .filter(({ name }) => stack.services.some((service) => service.name === name))
        .map(
          ({ name, pid }): Figure => ({
            name: `memory under load, ${name}`,
            value: readRssMb(pid),
            unit: 'MB',
            better: 'less',
            reach: '≤ 250',
          }),
        ),
    ];
    return figures;
  },
};
