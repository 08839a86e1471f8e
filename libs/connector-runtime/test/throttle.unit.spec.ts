import type { Throttled } from '@entrepot/store';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WaitingRecord } from '../src/sources/read-queue.ts';
import { createThrottle } from '../src/sources/throttle.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-30T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(waiting: readonly WaitingRecord[] = []) {
  const noted: (Throttled | null)[] = [];
  const throttle = createThrottle({ listWaiting: () => waiting, note: (throttled) => noted.push(throttled) });
  return { throttle, noted };
}

it('says since when, why, how many records wait and which wait longest', () => {
  const waiting = Array.from({ length: 12 }, (_, index) => ({
    entity: 'order' as const,
    sourceId: String(index),
    sinceMs: Date.now() - index * 1_000,
  }));
  const { throttle, noted } = setUp(waiting);
  throttle.report('budget', '40 of 2,000 points are left.');
  expect(noted).toHaveLength(1);
  expect(noted[0]).toMatchObject({ reason: '40 of 2,000 points are left.', records: 12, since: new Date() });
  expect(noted[0]?.longest.map(({ sourceId }) => sourceId)).toEqual([
    '11',
    '10',
    '9',
    '8',
    '7',
    '6',
    '5',
    '4',
    '3',
    '2',
  ]);
  expect(throttle.reason()).toBe('40 of 2,000 points are left.');
  throttle.close();
});

it('a budget that comes back bit by bit is one time of waiting; it is over when nobody waited for a while', () => {
  const { throttle, noted } = setUp();
  throttle.report('budget', 'short');
  for (let second = 0; second < 30; second += 1) {
    vi.advanceTimersByTime(1_000);
    throttle.report('budget', second % 2 === 0 ? null : 'short');
  }
  throttle.report('budget', null);
  expect(noted).not.toContain(null);
  expect(new Set(noted.map((one) => one?.since.toISOString()))).toEqual(new Set(['2026-11-30T10:00:00.000Z']));
  vi.advanceTimersByTime(5_000);
  expect(noted.at(-1)).toBeNull();
  expect(throttle.reason()).toBeNull();
  const before = noted.length;
  vi.advanceTimersByTime(60_000);
  expect(noted).toHaveLength(before);
});

it('while it lasts it is noted again, so that a note that grows old is of a process that is gone', () => {
  const { throttle, noted } = setUp();
  throttle.report('budget', 'short');
  vi.advanceTimersByTime(35_000);
  expect(noted.map((one) => one?.seenAt.toISOString())).toEqual([
    '2026-11-30T10:00:00.000Z',
    '2026-11-30T10:00:10.000Z',
    '2026-11-30T10:00:20.000Z',
    '2026-11-30T10:00:30.000Z',
  ]);
  throttle.close();
  expect(noted.at(-1)).toBeNull();
});

it('what two say is over when both have said so', () => {
  const { throttle, noted } = setUp();
  throttle.report('hold', 'asked to slow down');
  throttle.report('budget', 'short');
  throttle.report('hold', null);
  vi.advanceTimersByTime(5_000);
  expect(noted.at(-1)).not.toBeNull();
  throttle.report('budget', null);
  vi.advanceTimersByTime(5_000);
  expect(noted.at(-1)).toBeNull();
});
