import { describe, expect, it } from 'vitest';
import { comparePairs, formatReport, ratiosOfPairs, summarise } from '../src/bench/harness/report.ts';

const rate = (value: number) => ({ name: 'rate', value, unit: '/s', better: 'more' as const });
const latency = (value: number) => ({ name: 'p50', value, unit: 'ms', better: 'less' as const });

describe('pairs of runs', () => {
  it('are compared one by one, whichever way a figure counts', () => {
    const ratios = comparePairs(
      [
        [rate(90), latency(10)],
        [rate(300), latency(40)],
      ],
      [
        [rate(100), latency(20)],
        [rate(100), latency(20)],
      ],
    );
    expect([...ratios]).toEqual([
      ['rate', [0.9, 3]],
      ['p50', [2, 0.5]],
    ]);
  });

  it('leave out what only one of both measures', () => {
    expect([...comparePairs([[rate(1)]], [[latency(1)]])]).toEqual([]);
  });

  it('are told by the median of their ratios: one wild pair of five changes nothing', () => {
    const bench = { name: 'b', title: 'B', peer: 'none', run: async () => [] };
    const report = summarise(bench, [[rate(1)]], []);
    const ratios = new Map([['rate', [0.95, 0.91, 17, 0.93, 0.1]]]);
    expect(formatReport(report, ratiosOfPairs(ratios, 'to v0.1.0'))).toContain('0.93× (0.10× to 17.00×)');
  });
});
