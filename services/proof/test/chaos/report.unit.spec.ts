import { expect, test } from 'vitest';
import {
  type ChaosReport,
  describeReport,
  describeSeries,
  findShortfalls,
  isBroken,
  sumUp,
} from '../../src/chaos/report.ts';

const REPORT: ChaosReport = {
  seed: 7,
  machine: 'a machine',
  minutes: 1,
  sent: 100,
  edits: 20,
  cancellations: 5,
  customers: 10,
  customerEdits: 30,
  customerWrites: 35,
  webhooks: { sent: 300, accepted: 250 },
  kills: 10,
  faults: { 'kill service': 10, 'target 500': 1 },
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  stale: 0,
  unaccounted: 0,
  settledAfterMs: 1_500,
  recovery: { 'kill service': { times: 10, p50: 1_000, p99: 2_000, max: 3_000 } },
  endedByThemselves: [],
  findings: { lost: [] },
  shortfalls: [],
  keptIn: null,
};

test('any broken promise breaks a run', () => {
  expect(isBroken(REPORT)).toBe(false);
  for (const name of ['lost', 'duplicated', 'outOfOrder', 'stale', 'unaccounted'] as const) {
    expect(isBroken({ ...REPORT, [name]: 1 })).toBe(true);
  }
});

test('a run with too few kills, orders or customers says so', () => {
  const planned = { kills: 100, orders: 50, customers: 9 };
  expect(findShortfalls({ planned, kills: 50, sent: 50, customers: 9 })).toEqual([]);
  expect(findShortfalls({ planned, kills: 49, sent: 49, customers: 8 })).toEqual([
    'only 49 kills of 100 planned',
    'only 49 orders of 50 wished for were placed',
    'only 8 customers of 9 wished for were entered',
  ]);
});

test('a report names each fault with its recovery, what was found, and where it lies', () => {
  const words = describeReport({
    ...REPORT,
    lost: 1,
    findings: { lost: [{ id: '#1001', what: 'no document' }] },
    shortfalls: ['only 1 kill'],
    keptIn: '/somewhere',
  });
  expect(words).toContain('lost 1 · duplicated 0');
  expect(words).toMatch(/kill service +10 +1\.0 s +2\.0 s +3\.0 s/);
  expect(words).toContain('#1001: no document');
  expect(words).toContain('FELL SHORT: only 1 kill');
  expect(words).toContain('/somewhere');
});

test('a series adds its runs up', () => {
  const series = sumUp([REPORT, { ...REPORT, seed: 8, faults: { 'target 500': 2 }, stale: 1 }]);
  expect(series).toMatchObject({ sent: 200, kills: 20, stale: 1, faults: { 'kill service': 10, 'target 500': 3 } });
  expect(describeSeries(series)).toContain('20 customers on both sides with 60 edits (70 writes)');
  expect(describeSeries(series)).toContain('seeds 7, 8): 200 orders, 40 edits, 10 cancellations, 20 kills; lost 0');
  expect(describeSeries(sumUp([{ ...REPORT, customers: 0 }]))).not.toContain('customers');
});
