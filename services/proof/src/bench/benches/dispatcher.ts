import { connectBroker } from '@entrepot/broker';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import type { Bench, Figure } from '../harness/bench.ts';
import { preload } from '../harness/preload.ts';
import { consumeBare } from '../peers/kafkajs-bare.ts';

const PARTITIONS = 4;
const RECORD_BYTES = 500;
const KEYS = 5_000;

interface Drain {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Waits until `count` records are counted, and returns rate and CPU from the first to the last. */
async function meterDrain(count: number, start: (seen: () => void) => Promise<() => Promise<void>>): Promise<Drain> {
  let seen = 0;
  let begun: { atMs: number; cpu: NodeJS.CpuUsage } | null = null;
  let finish: (drain: Drain) => void = () => {};
  const drained = new Promise<Drain>((resolve) => {
    finish = resolve;
  });
  const stop = await start(() => {
    begun ??= { atMs: performance.now(), cpu: process.cpuUsage() };
    seen += 1;
    if (seen < count) return;
    const { user, system } = process.cpuUsage(begun.cpu);
    finish({ perSecond: (count / (performance.now() - begun.atMs)) * 1_000, cpuMicros: (user + system) / count });
  });
  const drain = await drained;
  await stop();
  return drain;
}

export const dispatcher: Bench = {
  name: 'dispatcher',
  title: 'Dispatcher alone: a handler that does nothing, order per key, commits of finished records',
  peer: 'kafkajs eachMessage, eachBatch with nothing around them',
  async run({ servers, full }) {
    const { kafkaBrokers } = await servers.infra();
    const count = full ? 700_000 : 200_000;
    const log = createSilentLogger();
    const metrics = createMetrics({ service: 'bench', processMetrics: false });
    const broker = await connectBroker({ brokers: kafkaBrokers.split(','), clientId: 'bench', log, metrics });
    const topic = 'bench.dispatcher';
    const value = Buffer.alloc(RECORD_BYTES, 'x');
    await preload(broker, { topic, partitions: PARTITIONS, count }, (index) => ({ key: `key-${index % KEYS}`, value }));

    const ours = await meterDrain(count, async (seen) => {
      const consumption = broker.consume({
        groupId: 'bench-ours',
        topics: [topic],
        handler: async () => seen(),
        onBug: async () => {},
      });
      return () => consumption.stop();
    });
    await broker.close();
    const eachMessage = await meterDrain(count, (seen) => consumeBare(kafkaBrokers, topic, 'eachMessage', seen));
    const eachBatch = await meterDrain(count, (seen) => consumeBare(kafkaBrokers, topic, 'eachBatch', seen));
    const figures: Figure[] = [
      {
        name: 'records, beside eachMessage',
        value: ours.perSecond,
        unit: '/s',
        better: 'more',
        reach: '≥ 50,000',
        peer: eachMessage.perSecond,
      },
      {
        name: 'records, beside eachBatch',
        value: ours.perSecond,
        unit: '/s',
        better: 'more',
        peer: eachBatch.perSecond,
      },
      {
        name: 'CPU a record',
        value: ours.cpuMicros,
        unit: 'µs',
        better: 'less',
        reach: '≤ 20',
        peer: eachMessage.cpuMicros,
      },
    ];
    return figures;
  },
};
