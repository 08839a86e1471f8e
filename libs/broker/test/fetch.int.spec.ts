import { setTimeout as sleep } from 'node:timers/promises';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { expect, test, vi } from 'vitest';
import { makeName, makeTopic, openTestBroker, waitUntil } from './real-broker.ts';

const broker = await openTestBroker();
const publisher = await broker.publisher();

test('a partition that rests is read again when something comes', { timeout: 30_000 }, async () => {
  const topic = await makeTopic(broker, 'rests', 2);
  const seen: string[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    restingTopics: [topic],
    handler: async (record) => void seen.push(record.value?.toString() ?? ''),
    onBug: async () => undefined,
  });
  await consumption.ready;
  await publisher.send(topic, { key: 'a', value: Buffer.from('before'), partition: 0 });
  await waitUntil(() => seen.length === 1);
  await waitUntil(() => consumption.state().partitions.every(({ resting }) => resting));
  await publisher.send(topic, { key: 'a', value: Buffer.from('after'), partition: 0 });
  await publisher.send(topic, { key: 'b', value: Buffer.from('first'), partition: 1 });
  await waitUntil(() => seen.length === 3);
  await waitUntil(() => consumption.state().partitions.every(({ lag }) => lag === 0n));
  await consumption.stop();
});

test('connections without waiting requests do not look for any', { timeout: 30_000 }, async () => {
  const topic = await makeTopic(broker, 'idle', 1);
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async () => undefined,
    onBug: async () => undefined,
  });
  await consumption.ready;
  await publisher.send(topic, { key: 'a', value: Buffer.from('x') });
  const looks = vi.spyOn(RequestQueue.prototype, 'checkPendingRequests');
  await sleep(1_000);
  // One an answer: ten fetches, a heartbeat, commits. By itself kafkajs looks a thousand times a second on each connection.
  expect(looks.mock.calls.length).toBeLessThan(100);
  looks.mockRestore();
  await consumption.stop();
});

test('a fetch waits for more, and brings what there is all the same', { timeout: 30_000 }, async () => {
  const topic = await makeTopic(broker, 'gathered', 1);
  const seen: { text: string; atMs: number }[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async (record) => void seen.push({ text: record.value?.toString() ?? '', atMs: performance.now() }),
    onBug: async () => undefined,
    // More than is ever sent here: each fetch ends by its time.
    limits: { minFetchBytes: 1024 * 1024, maxFetchWaitMs: 2_000 },
  });
  await consumption.ready;
  const gapMs = 100;
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await publisher.send(topic, { key: text, value: Buffer.from(text) });
    await sleep(gapMs);
  }
  await waitUntil(() => seen.length === 6);
  expect(seen.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  // Sent one by one, some of them at least were handled together.
  const gaps = seen.slice(1).map(({ atMs }, index) => atMs - (seen[index]?.atMs ?? 0));
  expect(Math.min(...gaps)).toBeLessThan(gapMs / 2);
  await consumption.stop();
});
