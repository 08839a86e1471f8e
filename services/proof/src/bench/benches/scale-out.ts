import type { Bench, Figure } from '../harness/bench.ts';
import { runScaleOut } from '../harness/scale-out-run.ts';

export const scaleOut: Bench = {
  name: 'scale-out',
  title: 'Scale out: the longest way of an order, announced → stored, while replicas join and are killed',
  peer: '–',
  async run({ servers }) {
    const result = await runScaleOut(servers);
    const longest = (name: string, ms: number, reach?: string): Figure => ({
      name,
      value: ms / 1_000,
      unit: 's',
      better: 'less',
      ...(reach !== undefined && { reach }),
    });
    return [
      longest('one sink, one connector', result.usualMs),
      longest('a second sink joins', result.sinkAddedMs, '≤ 8'),
      longest('a second connector joins', result.connectorAddedMs, '≤ 8'),
      longest('one of the sinks is killed', result.sinkKilledMs, '≤ 8'),
      longest('one of the connectors is killed', result.connectorKilledMs, '≤ 8'),
      {
        name: 'deliveries that never came',
        value: result.missing,
        unit: '',
        better: 'less',
        note: `of ${result.orders}`,
      },
    ];
  },
};
