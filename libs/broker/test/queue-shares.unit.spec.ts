import { expect, test } from 'vitest';
import { PartitionWork } from '../src/dispatcher/partition-work.ts';
import { QueueShares } from '../src/dispatcher/queues.ts';

const LIMITS = {
  maxConcurrent: 10,
  maxConcurrentPerPartition: 10,
  maxQueuedRecords: 20_000,
  maxQueuedBytes: 64_000,
  maxFetchBytes: 4_000,
  minFetchBytes: 1,
  maxFetchWaitMs: 100,
};

function openWorks(count: number): PartitionWork[] {
  return Array.from({ length: count }, (_, partition) => new PartitionWork('lane', partition, () => undefined));
}

function dealTo(works: readonly PartitionWork[]): QueueShares {
  const shares = new QueueShares(LIMITS);
  shares.deal(works.length);
  return shares;
}

test('one busy partition among many idle ones may hold thousands of records', () => {
  const works = openWorks(64);
  const [busy] = works as [PartitionWork];
  busy.progressed = true;
  expect(dealTo(works).roomFor(busy, works)).toEqual({ records: 156 + 5_000, bytes: 500 + 16_000 });
});

test('a partition that finishes nothing gets its reserved part only', () => {
  const works = openWorks(64);
  expect(dealTo(works).roomFor(works[0] as PartitionWork, works)).toEqual({ records: 156, bytes: 500 });
});

test('whatever others hold, a partition keeps its reserved part, and all together stay within the limit', () => {
  const works = openWorks(64);
  const shares = dealTo(works);
  for (const work of works) {
    work.progressed = true;
    work.held = shares.roomFor(work, works).records;
    expect(work.held).toBeGreaterThanOrEqual(156);
  }
  expect(works.reduce((sum, { held }) => sum + held, 0)).toBeLessThanOrEqual(LIMITS.maxQueuedRecords);
});
