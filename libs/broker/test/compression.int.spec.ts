import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { DECOMPRESSORS } from '../src/decode/decompress.ts';
import type { BrokerRecord } from '../src/index.ts';
import { type LogLine, makeName, makeTopic, openTestAdmin, openTestBroker, waitUntil } from './real-broker.ts';

const lines: LogLine[] = [];
const broker = await openTestBroker(lines);
const admin = await openTestAdmin();
const publisher = await broker.publisher();
const ZSTD = 4;
const known = new Map(DECOMPRESSORS);
afterEach(() => {
  for (const [number, decompressor] of known) DECOMPRESSORS.set(number, decompressor);
});

/** What somebody does with Kafka's own tools: from here on the broker stores batches of the topic so. */
async function setCompression(topic: string, compression: string): Promise<void> {
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: topic, configEntries: [{ name: 'compression.type', value: compression }] }],
  });
  // The broker acts on it a moment after it has said yes.
  await sleep(300);
}

function consume(topics: readonly string[]) {
  const read: BrokerRecord[] = [];
  const consumption = broker.consume({
    groupId: makeName('group'),
    topics,
    handler: async (record) => void read.push(record),
    onBug: async () => undefined,
  });
  const values = (topic: string) =>
    read.filter((record) => record.topic === topic).map(({ value }) => value?.toString().slice(0, 8));
  return { consumption, values };
}

const ROW = 'an order has many lines that look alike; '.repeat(40);
const number = (index: number): string => String(index).padStart(8, '0');

test('a topic set to zstd, snappy, lz4 and gzip and back while records flow: every record is read, once', {
  timeout: 60_000,
}, async () => {
  const topic = await makeTopic(broker, 'compressed', 1);
  const used = new Set<string>();
  for (const [number, { name, decompress }] of known)
    DECOMPRESSORS.set(number, { name, decompress: (...given) => decompress(...given).finally(() => used.add(name)) });
  const { consumption, values } = consume([topic]);
  await consumption.ready;
  let sent = 0;
  for (const compression of ['producer', 'zstd', 'snappy', 'lz4', 'gzip', 'uncompressed', 'zstd', 'producer']) {
    const flowing = setCompression(topic, compression);
    for (let index = 0; index < 40; index += 1) {
      const sending = [0, 1, 2].map(() => {
        sent += 1;
        return publisher.send(topic, { key: `k${sent % 5}`, value: Buffer.from(number(sent) + ROW) });
      });
      await Promise.all(sending);
      await sleep(15);
    }
    await flowing;
  }
  await waitUntil(() => values(topic).length === sent);
  expect([...values(topic)].sort()).toEqual(Array.from({ length: sent }, (_, index) => number(index + 1)));
  expect([...used].sort(), 'the broker did compress').toEqual(['gzip', 'lz4', 'snappy', 'zstd']);
  expect(consumption.state()).toMatchObject({ status: 'consuming', crashes: 0 });
  await consumption.stop();
  expect(await broker.committedOffsets(consumption.groupId, topic)).toEqual(new Map([[0, BigInt(sent)]]));
});

test('what this build cannot unpack holds its partition alone, is told, and is read when it can be', {
  timeout: 60_000,
}, async () => {
  const topic = await makeTopic(broker, 'unknown', 2);
  const other = await makeTopic(broker, 'neighbour', 1);
  const send = (text: string, to = topic, partition = 0) =>
    publisher.send(to, { key: 'k', value: Buffer.from(text), partition });
  DECOMPRESSORS.delete(ZSTD);
  const { consumption, values } = consume([topic, other]);
  await consumption.ready;
  await send('before');
  await setCompression(topic, 'zstd');
  await send('packed');
  await setCompression(topic, 'producer');
  await send('behind');
  await waitUntil(() => broker.heldPartitions().length === 1);
  expect(broker.heldPartitions()).toEqual([
    {
      groupId: consumption.groupId,
      topic,
      partition: 0,
      offset: 1n,
      cause: 'its compression, number 4, is not known to this build',
    },
  ]);
  const health = broker.health();
  expect(health).toMatchObject({ ok: true, detail: expect.stringContaining(`${topic}/0 on: the batch at offset 1`) });
  expect(lines.filter(({ level }) => level === 'error').map(({ facts }) => facts)).toEqual([
    expect.objectContaining({ topic, partition: 0, offset: '1' }),
  ]);

  await send('neighbour', other);
  await send('sibling', topic, 1);
  await waitUntil(() => values(other).length === 1 && values(topic).includes('sibling'));
  // Longer than between two looks: nothing is skipped, and nothing crashes.
  await sleep(6_000);
  expect(values(topic).sort()).toEqual(['before', 'sibling']);
  expect(consumption.state()).toMatchObject({ status: 'consuming', crashes: 0 });
  expect((await broker.committedOffsets(consumption.groupId, topic)).get(0)).toBe(1n);

  for (const [compression, decompressor] of known) DECOMPRESSORS.set(compression, decompressor);
  await waitUntil(() => values(topic).length === 4);
  expect(values(topic).filter((value) => value !== 'sibling')).toEqual(['before', 'packed', 'behind']);
  expect(broker.heldPartitions()).toEqual([]);
  expect(broker.health()).toEqual({ ok: true });
  await consumption.stop();
});

test('a batch that cannot be unpacked and is deleted holds nothing any more, also when nothing came behind it', {
  timeout: 60_000,
}, async () => {
  const topic = await makeTopic(broker, 'deleted', 1);
  DECOMPRESSORS.delete(ZSTD);
  const { consumption, values } = consume([topic]);
  await consumption.ready;
  await setCompression(topic, 'zstd');
  await publisher.send(topic, { key: 'k', value: Buffer.from('packed') });
  await waitUntil(() => broker.heldPartitions().length === 1);
  await setCompression(topic, 'producer');
  await broker.deleteRecordsBelow(topic, new Map([[0, 1n]]));
  await waitUntil(() => broker.heldPartitions().length === 0);
  await publisher.send(topic, { key: 'k', value: Buffer.from('behind') });
  await waitUntil(() => values(topic).length === 1);
  expect(values(topic)).toEqual(['behind']);
  await consumption.stop();
});
