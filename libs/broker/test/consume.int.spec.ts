import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { BrokerRecord, Consumption } from '../src/index.ts';
import { type LogLine, makeName, makeTopic, openTestBroker, waitUntil } from './real-broker.ts';

const lines: LogLine[] = [];
const broker = await openTestBroker(lines);
const publisher = await broker.publisher();

test('members come and go while records are in flight: nothing lost, one key in order, one at a time', {
  timeout: 60_000,
}, async () => {
  const topic = await makeTopic(broker, 'rebalance', 6);
  const groupId = makeName('group');
  const done = new Map<string, number[]>();
  const faults: string[] = [];
  const member = (): Consumption => {
    const lastByKey = new Map<string, number>();
    return broker.consume({
      groupId,
      topics: [topic],
      onRevoked: () => lastByKey.clear(),
      handler: async (record, signal) => {
        const key = record.key ?? '';
        const number = Number(record.value?.toString());
        if (number <= (lastByKey.get(key) ?? -1)) faults.push(`${key}: ${number} after ${lastByKey.get(key)}`);
        lastByKey.set(key, number);
        await sleep(Math.random() * 10);
        if (signal.aborted) throw new Error('lost');
        done.set(key, [...(done.get(key) ?? []), number]);
      },
      onBug: async (record, error) => void faults.push(`${record.key}: ${String(error)}`),
    });
  };
  const members = [member()];
  await members[0]?.ready;
  let sent = 0;
  const sending = (async () => {
    for (; sent < 4_000; sent += 1) {
      await publisher.send(topic, { key: `k${sent % 40}`, value: Buffer.from(String(Math.floor(sent / 40))) });
      if (sent % 20 === 0) await sleep(30);
    }
  })();
  await sleep(1_000);
  members.push(member());
  await sleep(3_000);
  members.push(member());
  await sleep(2_000);
  await members[0]?.stop();
  await sending;
  await waitUntil(
    () => [...done.values()].every((numbers) => new Set(numbers).size === 100) && done.size === 40,
    30_000,
  );
  expect(faults).toEqual([]);
  // What is read again after a rebalance is little: finished work is committed before a partition is given up.
  const repeated = [...done.values()].reduce((sum, numbers) => sum + numbers.length - 100, 0);
  expect(repeated).toBeLessThan(200);
  await Promise.all(members.map((each) => each.stop()));
  const committed = await broker.committedOffsets(groupId, topic);
  const ends = await broker.endOffsets(topic);
  for (const [partition, end] of ends) if (end > 0n) expect(committed.get(partition)).toBe(end);
});

test('errors that end a kafkajs consumer are reported and nothing else happens', { timeout: 30_000 }, async () => {
  const topic = await makeTopic(broker, 'bugs', 1);
  const bugs: unknown[] = [];
  let handled = 0;
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: (record) => {
      const text = record.value?.toString() ?? '';
      if (text === 'type') return (undefined as unknown as { call(): Promise<void> }).call();
      if (text === 'syntax') return JSON.parse('{') as Promise<void>;
      if (text === 'range') return Promise.reject(new RangeError('deep'));
      handled += 1;
      return Promise.resolve();
    },
    onBug: async (_, error) => {
      bugs.push(error);
      if (bugs.length === 2) throw new Error('the report fails once');
    },
    keyOf: (record) => {
      if (record.key === 'unkeyable') throw new ReferenceError('keyOf');
      return record.key ?? '';
    },
  });
  const texts = ['type', 'a', 'syntax', 'b', 'range', 'c'];
  for (const text of texts) await publisher.send(topic, { key: text, value: Buffer.from(text) });
  await publisher.send(topic, { key: 'unkeyable', value: Buffer.from('d') });
  await waitUntil(() => handled === 3 && bugs.length === 5 && consumption.state().partitions[0]?.committable === 7n);
  expect(consumption.state()).toMatchObject({ status: 'consuming', crashes: 0, running: 0, waiting: 0 });
  await consumption.stop();
  expect(await broker.committedOffsets(consumption.groupId, topic)).toEqual(new Map([[0, 7n]]));
});

test('a held partition waits while the others go on, and a released one is back within the fetch time', {
  timeout: 30_000,
}, async () => {
  const topic = await makeTopic(broker, 'hold', 2);
  const seen: { at: number; record: BrokerRecord }[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async (record) => void seen.push({ at: performance.now(), record }),
    onBug: async () => undefined,
  });
  await consumption.ready;
  consumption.pause(topic, 0);
  await publisher.send(topic, { key: 'a', value: Buffer.from('x'), partition: 0 });
  await publisher.send(topic, { key: 'b', value: Buffer.from('x'), partition: 1 });
  await waitUntil(() => seen.length === 1);
  await sleep(400);
  expect(seen.map(({ record }) => record.partition)).toEqual([1]);
  expect(consumption.state().partitions).toContainEqual(expect.objectContaining({ partition: 0, held: true }));
  const releasedAt = performance.now();
  consumption.resume(topic, 0);
  await waitUntil(() => seen.length === 2);
  expect((seen[1]?.at ?? 0) - releasedAt).toBeLessThan(400);
  await consumption.stop();
});

test('queues stay within their limits, and everything is handled', { timeout: 30_000 }, async () => {
  const topic = await makeTopic(broker, 'bounded', 2);
  await Promise.all(
    Array.from({ length: 2_000 }, (_, index) =>
      publisher.send(topic, { key: `k${index % 100}`, value: Buffer.alloc(500) }),
    ),
  );
  let handled = 0;
  let most = 0;
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    limits: { maxQueuedRecords: 100, maxConcurrent: 20 },
    handler: async () => {
      const { running, waiting } = consumption.state();
      most = Math.max(most, running + waiting);
      await sleep(1);
      handled += 1;
    },
    onBug: async () => undefined,
  });
  await waitUntil(() => handled === 2_000);
  expect(most).toBeLessThanOrEqual(100);
  await consumption.stop();
});

test('an added partition is consumed without a restart', { timeout: 40_000 }, async () => {
  const topic = await makeTopic(broker, 'grow', 1);
  const seen: number[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    members: 2,
    handler: async (record) => void seen.push(record.partition),
    onBug: async () => undefined,
  });
  await consumption.ready;
  await broker.ensurePartitions(topic, 4);
  for (let partition = 0; partition < 4; partition += 1)
    await publisher.send(topic, { key: 'k', value: Buffer.from('x'), partition });
  await waitUntil(() => seen.length === 4, 15_000);
  expect(seen.toSorted()).toEqual([0, 1, 2, 3]);
  await consumption.stop();
});

test('records deleted before they were read are told of, loudly, and reading goes on', {
  timeout: 30_000,
}, async () => {
  const topic = await makeTopic(broker, 'deleted', 1);
  const seen: bigint[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async (record) => void seen.push(record.offset),
    onBug: async () => undefined,
  });
  await consumption.ready;
  const send = () => publisher.send(topic, { key: 'k', value: Buffer.from('x') });
  await send();
  await waitUntil(() => seen.length === 1);
  consumption.pause(topic, 0);
  await sleep(300);
  for (let index = 0; index < 5; index += 1) await send();
  await broker.deleteRecordsBelow(topic, new Map([[0, 4n]]));
  consumption.resume(topic, 0);
  await waitUntil(() => seen.length === 3);
  expect(seen).toEqual([0n, 4n, 5n]);
  expect(lines.map(({ message }) => message)).toContain('3 offsets were deleted before they were read');
  await consumption.stop();
});

test('a topic that does not exist yet is waited for', { timeout: 30_000 }, async () => {
  const topic = makeName('late');
  let handled = 0;
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async () => {
      handled += 1;
    },
    onBug: async () => undefined,
  });
  await waitUntil(() => consumption.state().crashes > 0);
  expect(broker.health()).toMatchObject({ ok: false });
  await broker.ensureTopics([{ name: topic, partitions: 1, config: {} }]);
  await publisher.send(topic, { key: 'k', value: Buffer.from('x') });
  await waitUntil(() => handled === 1);
  expect(broker.health()).toEqual({ ok: true });
  await consumption.stop();
});

test('aborted transactions of another producer leave holes that are stepped over, and nothing stays uncommitted', {
  timeout: 30_000,
}, async () => {
  const { Kafka, logLevel } = await import('kafkajs');
  const topic = await makeTopic(broker, 'holes', 1);
  const kafka = new Kafka({ brokers: (process.env.KAFKA_BROKERS ?? '').split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: makeName('tx'), idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const write = async (value: string, commit: boolean) => {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ key: 'k', value }] });
    await (commit ? transaction.commit() : transaction.abort());
  };
  const seen: string[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async (record) => void seen.push(record.value?.toString() ?? ''),
    onBug: async () => undefined,
  });
  await consumption.ready;
  for (const [value, commit] of [
    ['a', false],
    ['b', true],
    ['c', false],
    ['d', false],
  ] as const) {
    await write(value, commit);
    await sleep(150);
  }
  await publisher.send(topic, { key: 'k', value: Buffer.from('e') });
  await waitUntil(() => seen.length === 2);
  expect(seen).toEqual(['b', 'e']);
  await write('f', false);
  await waitUntil(
    () => consumption.state().partitions[0]?.lag === 0n && consumption.state().partitions[0]?.committable === 11n,
  );
  await consumption.stop();
  await producer.disconnect();
  expect(await broker.committedOffsets(consumption.groupId, topic)).toEqual(await broker.endOffsets(topic));
});
