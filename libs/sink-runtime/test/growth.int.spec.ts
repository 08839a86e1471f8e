import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeOrder, openSinkBench, type SinkBench } from './sink-bench.ts';

/** As many lanes as one consumer serves. */
const LANES = 32;

let bench: SinkBench;

beforeAll(async () => {
  bench = await openSinkBench();
  for (let lane = 0; lane < LANES; lane += 1) await bench.addTarget(`erp${lane}`);
}, 60_000);
afterAll(() => bench?.close(), 60_000);

it('adds a consumer for one connection more, without interrupting what the lanes do that move to it', async () => {
  const sink = await bench.startReplica('one');
  const attemptsOf = (id: string) => bench.attempts().filter(({ sourceId }) => sourceId === id);
  await bench.publish(makeOrder(bench.shop, 'before', 1));
  await bench.until('delivered by one consumer', () => attemptsOf('before').length === LANES, 40_000);

  // Look-up, creation and reading back last longer than the group takes to deal its partitions anew.
  for (const target of bench.allTargets()) target.latencyMs = 5_000;
  await bench.publish(makeOrder(bench.shop, 'meanwhile', 1));
  await bench.addTarget('one-more');
  await bench.publish(makeOrder(bench.shop, 'after', 1));
  await bench.until(
    'delivered to all',
    () => new Set(attemptsOf('after').map(({ to }) => to)).size === LANES + 1,
    50_000,
  );
  // Lanes that moved are read again from their last commit, by the new consumer.
  expect(attemptsOf('meanwhile').some(({ outcome }) => outcome === 'unchanged')).toBe(true);
  const cutOff = bench.attempts().filter(({ outcome }) => outcome !== 'verified' && outcome !== 'unchanged');
  expect(cutOff).toEqual([]);
  for (const target of bench.allTargets()) {
    const orders = target.documents.length;
    expect(target.requests.filter((request) => request === 'find')).toHaveLength(orders);
  }
  expect(new Set(sink.lanes.all().map(({ epoch }) => epoch))).toEqual(new Set([1]));
}, 120_000);
