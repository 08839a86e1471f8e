import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { type LogLine, makeName, makeTopic, openTestAdmin, openTestBroker, waitUntil } from './real-broker.ts';

const lines: LogLine[] = [];
const broker = await openTestBroker(lines);
const admin = await openTestAdmin();

test('the catalogue is applied once, differences are put right, and other settings stay', {
  timeout: 20_000,
}, async () => {
  const topic = makeName('catalogue');
  const declare = (config: Record<string, string>) => broker.ensureTopics([{ name: topic, partitions: 2, config }]);
  await Promise.all([
    declare({ 'retention.ms': '1000000', 'segment.ms': '70000' }),
    declare({ 'retention.ms': '1000000', 'segment.ms': '70000' }),
  ]);
  lines.length = 0;
  await declare({ 'retention.ms': '1000000' });
  expect(lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  await declare({ 'retention.ms': '2000000', 'cleanup.policy': 'compact' });
  expect(lines.map(({ message }) => message)).toContain(
    'topic configuration differed from the declared one and was set',
  );
  lines.length = 0;
  await declare({ 'retention.ms': '2000000', 'cleanup.policy': 'compact', 'segment.ms': '70000' });
  expect(lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  await expect(broker.ensureTopics([{ name: topic, partitions: 3, config: {} }])).rejects.toThrow(
    'has 2 partitions, 3 are declared',
  );
});

test('what the broker would do by default all the same is set on an existing topic too, so that a change there moves nothing', {
  timeout: 20_000,
}, async () => {
  const topic = await makeTopic(broker, 'older', 1);
  const readSource = async (): Promise<number | undefined> => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: ['compression.type'] }],
    });
    const entry = resources[0]?.configEntries[0] as { configValue: string; configSource?: number } | undefined;
    expect(entry?.configValue).toBe('producer');
    return entry?.configSource;
  };
  // Kafka's numbers (ConfigEntry.ConfigSource): 5 is a default of Kafka, 1 is set on the topic.
  expect(await readSource()).toBe(5);
  await broker.ensureTopics([{ name: topic, partitions: 1, config: { 'compression.type': 'producer' } }]);
  expect(await readSource()).toBe(1);
});

test('a topic has room for the largest record: raised where it has less, left where it has more', {
  timeout: 20_000,
}, async () => {
  const topic = makeName('room');
  const larger = await openTestBroker(lines, 6_000_000);
  const readRoom = async (): Promise<string | undefined> => {
    const admin = new Kafka({
      brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic }],
    });
    await admin.disconnect();
    return resources[0]?.configEntries.find(({ configName }) => configName === 'max.message.bytes')?.configValue;
  };
  await broker.ensureTopics([{ name: topic, partitions: 1, config: { 'max.message.bytes': '5000' } }]);
  expect(await readRoom()).toBe('5000');
  await broker.ensureTopics([{ name: topic, partitions: 1, config: {} }]);
  expect(await readRoom()).toBe(String(4 * 1024 * 1024 + 64 * 1024));
  await larger.ensureTopics([{ name: topic, partitions: 1, config: {} }]);
  expect(await readRoom()).toBe(String(6_000_000 + 64 * 1024));
  lines.length = 0;
  await larger.ensureTopics([{ name: topic, partitions: 1, config: {} }]);
  await broker.ensureTopics([{ name: topic, partitions: 1, config: {} }]);
  expect(await readRoom()).toBe(String(6_000_000 + 64 * 1024));
  expect(lines.filter(({ level }) => level !== 'debug')).toEqual([]);
});

test('delivered lane records are deleted', { timeout: 20_000 }, async () => {
  const topic = makeName('delete');
  await broker.ensureTopics([{ name: topic, partitions: 2, config: { 'retention.ms': '-1' } }]);
  const publisher = await broker.publisher();
  for (let index = 0; index < 5; index += 1)
    await publisher.send(topic, { key: 'k', value: Buffer.from(String(index)), partition: 1 });
  await broker.deleteRecordsBelow(topic, new Map([[1, 3n]]));
  await broker.deleteRecordsBelow(
    topic,
    new Map([
      [0, 0n],
      [1, 2n],
    ]),
  );
  const read: string[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics: [topic],
    handler: async (record) => void read.push(record.value?.toString() ?? ''),
    onBug: async () => undefined,
  });
  await waitUntil(() => read.length === 2);
  expect(read).toEqual(['3', '4']);
  await consumption.stop();
  expect(await broker.committedOffsets(consumption.groupId, topic)).toEqual(new Map([[1, 5n]]));
});
