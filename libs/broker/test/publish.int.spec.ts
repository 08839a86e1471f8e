import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { BrokerRecord } from '../src/index.ts';
import { partitionOfKey } from '../src/publish/sender.ts';
import { makeName, openTestBroker, waitUntil } from './real-broker.ts';

const broker = await openTestBroker();
const publisher = await broker.publisher();

test('concurrent sends get the coordinates at which the records are read', { timeout: 30_000 }, async () => {
  const topic = makeName('roundtrip');
  await broker.ensureTopics([{ name: topic, partitions: 4, config: { 'retention.ms': '3600000' } }]);
  const sent = new Map<string, string>();
  await Promise.all(
    Array.from({ length: 3_000 }, async (_, index) => {
      const key = index % 7 === 0 ? null : `shop/${index % 50}`;
      const coordinates = await publisher.send(topic, {
        key,
        value: Buffer.from(String(index)),
        headers: { ce_id: `id-${index}`, sign: 'ß' },
      });
      if (key !== null) expect(coordinates.partition).toBe(partitionOfKey(key, 4));
      sent.set(`${coordinates.partition}@${coordinates.offset}`, String(index));
    }),
  );
  expect(sent.size).toBe(3_000);
  const read: BrokerRecord[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async (record) => void read.push(record),
    onBug: async () => undefined,
  });
  await waitUntil(() => read.length >= 3_000);
  for (const record of read) expect(record.value?.toString()).toBe(sent.get(`${record.partition}@${record.offset}`));
  expect(read[0]?.headers).toMatchObject({ sign: 'ß' });
  await consumption.stop();
});

test('a record too large is refused alone', async () => {
  const topic = makeName('large');
  await broker.ensureTopics([{ name: topic, partitions: 1, config: { 'max.message.bytes': '5000' } }]);
  const record = (bytes: number) => ({ key: 'k', value: Buffer.alloc(bytes) });
  // One is over our own limit, one over the topic's only: the neighbours of both get through.
  const results = await Promise.allSettled(
    [10, 5_000_000, 20, 6_000, 30].map((bytes) => publisher.send(topic, record(bytes))),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'RecordTooLarge', topic });
  // Each names what would help: our setting, or the topic's when that is what is smaller.
  expect((results[1] as PromiseRejectedResult).reason.advice).toContain('ENTREPOT_MAX_RECORD_BYTES');
  expect((results[3] as PromiseRejectedResult).reason.advice).toContain(`max.message.bytes of topic ${topic}`);
  await publisher.send(topic, record(40));
});

test('the largest record is taken, and beside the headers of a lane as well, and read whole', {
  timeout: 30_000,
}, async () => {
  const MIB = 1024 * 1024;
  const topic = makeName('largest');
  await broker.ensureTopics([{ name: topic, partitions: 12, config: {} }]);
  const lanes = await broker.publisher({ writesLanes: true });
  // Framing is counted with 64 bytes, a header with 10 beside its text; random, since zeros would arrive whatever is cut off.
  const value = randomBytes(4 * MIB - 64 - 1);
  await publisher.send(topic, { key: 'k', value });
  await expect(publisher.send(topic, { key: 'kk', value })).rejects.toThrow(/4194305 bytes.*limit 4194304/);
  const headers = { lane: 'x'.repeat(32 * 1024 - 10 - 4) };
  await lanes.send(topic, { key: 'k', value, headers, partition: 3 });
  await expect(lanes.send(topic, { key: 'kk', value, headers })).rejects.toMatchObject({
    advice: expect.stringContaining('to 4194305 or more (it is 4194304)'),
  });
  const read: BrokerRecord[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async (record) => void read.push(record),
    onBug: async () => undefined,
  });
  await waitUntil(() => read.length >= 2);
  for (const record of read) expect(record.value?.equals(value)).toBe(true);
  await consumption.stop();
});

test('an unknown topic or partition is refused by name, and holds nobody else up', { timeout: 20_000 }, async () => {
  const topic = makeName('known');
  await broker.ensureTopics([{ name: topic, partitions: 1, config: {} }]);
  const missing = publisher.send(makeName('missing'), { key: 'k', value: null });
  const beyond = publisher.send(topic, { key: 'k', value: null, partition: 3 });
  const settled = Promise.allSettled([missing, beyond]);
  const startedAtMs = performance.now();
  await publisher.send(topic, { key: 'k', value: Buffer.from('x') });
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  for (const result of await settled)
    expect(result).toMatchObject({ status: 'rejected', reason: { name: 'TopicUnknown' } });
});

test('a lane record finds its partition right after the partition was added', { timeout: 20_000 }, async () => {
  const topic = makeName('lane');
  await broker.ensureTopics([{ name: topic, partitions: 1, config: { 'retention.ms': '-1' } }]);
  await publisher.send(topic, { key: 'k', value: Buffer.from('x'), partition: 0 });
  await broker.ensurePartitions(topic, 3);
  await broker.ensurePartitions(topic, 2);
  const { partition } = await publisher.send(topic, { key: 'k', value: Buffer.from('x'), partition: 2 });
  expect(partition).toBe(2);
  expect(await broker.endOffsets(topic)).toEqual(
    new Map([
      [0, 1n],
      [1, 0n],
      [2, 1n],
    ]),
  );
});

test('an unreachable Kafka rejects at the deadline, and close does not hang', { timeout: 20_000 }, async () => {
  const { BatchingPublisher } = await import('../src/publish/publisher.ts');
  const { Kafka, logLevel } = await import('kafkajs');
  const { createMetrics, createSilentLogger } = await import('@entrepot/service-kit');
  const unreachable = new BatchingPublisher({
    kafka: new Kafka({ brokers: ['127.0.0.1:9'], logLevel: logLevel.NOTHING }),
    log: createSilentLogger(),
    metrics: createMetrics({ service: 'test', processMetrics: false }),
    countPartitions: async () => 1,
    maxRecordBytes: 1_000_000,
    options: { deadlineMs: 600 },
  });
  await expect(unreachable.send('t', { key: 'k', value: null })).rejects.toMatchObject({
    name: 'PublishUnavailable',
    inDoubt: false,
  });
  await unreachable.close();
  await expect(unreachable.send('t', { key: 'k', value: null })).rejects.toMatchObject({ name: 'PublisherClosed' });
});
