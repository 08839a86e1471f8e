import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { RecordRange, UnfinishedRecords } from '../consumption.ts';
import type { BrokerRecord } from '../record.ts';
import { countPartitions } from '../topics/apply-topics.ts';
import { fetchTopicOffsets, readCommitted } from './ends/positions.ts';
import { readBatch } from './session.ts';

const READ_DEADLINE_MS = 15_000;
const MAX_FETCH_BYTES = 1_000_000;

export interface UnfinishedOptions {
  readonly groupId: string;
  readonly topic: string;
  /** Only records written before it. */
  readonly beforeMs: number;
  /** The most records read of one partition. */
  readonly most: number;
}

/**
 * Reads what a group has not finished of records written before a time, whether it runs or not; its position is left alone. Offsets alone say whether
 * there is something: records are read only then.
 */
export async function readUnfinished(
  kafka: Kafka,
  admin: Admin,
  options: UnfinishedOptions,
): Promise<UnfinishedRecords> {
  const ranges = await findRanges(admin, options);
  if (ranges.length === 0) return { ranges, records: [], running: false };
  const { groups } = await admin.describeGroups([options.groupId]);
  const running = groups.some(({ members }) => members.length > 0);
  return { ranges, running, records: await readRanges(kafka, admin, options, ranges) };
}

async function findRanges(
  admin: Admin,
  { groupId, topic, beforeMs }: UnfinishedOptions,
): Promise<readonly RecordRange[]> {
  if ((await countPartitions(admin, topic)) === null) return [];
  const committed = await readCommitted(admin, groupId, topic);
  const bounds = await fetchTopicOffsets(admin, topic);
  // Most looks find a group that has finished everything: one more question less.
  if (bounds.every(({ partition, high }) => (committed.get(partition) ?? -1n) >= BigInt(high))) return [];
  const until = new Map(
    (await admin.fetchTopicOffsetsByTimestamp(topic, beforeMs)).map(({ partition, offset }) => [
      partition,
      BigInt(offset),
    ]),
  );
  return bounds.flatMap(({ partition, low }) => {
    const start = BigInt(low);
    const position = committed.get(partition) ?? start;
    const from = position > start ? position : start;
    const to = until.get(partition) ?? from;
    return from < to ? [{ partition, from, to }] : [];
  });
}

/** Reads with a group of its own, which is deleted afterwards: kafkajs fetches for members of a group only. */
async function readRanges(
  kafka: Kafka,
  admin: Admin,
  { groupId, topic, most }: UnfinishedOptions,
  ranges: readonly RecordRange[],
): Promise<readonly BrokerRecord[]> {
  const lookGroupId = `${groupId}.look.${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId: lookGroupId,
    maxBytes: MAX_FETCH_BYTES,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: false });
    return await collect(consumer, topic, most, ranges);
  } finally {
    await consumer.disconnect();
    // Kafka drops an empty group without offsets by itself, later.
    await admin.deleteGroups([lookGroupId]).catch(() => undefined);
  }
}

async function collect(
  consumer: Consumer,
  topic: string,
  most: number,
  ranges: readonly RecordRange[],
): Promise<readonly BrokerRecord[]> {
  const open = new Map(ranges.map((range) => [range.partition, { ...range, read: [] as BrokerRecord[] }]));
  const all = [...open.values()];
  const done = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const timer = setTimeout(resolve, READ_DEADLINE_MS).unref();
    const take = (partition: number, batch: ReturnType<typeof readBatch>): void => {
      const range = open.get(partition);
      if (range === undefined) return;
      for (let index = 0; index < batch.count && range.read.length < most; index += 1) {
        const record = batch.recordAt(index);
        if (record.offset >= range.from && record.offset < range.to) range.read.push(record);
      }
      // What cannot be decoded ends the look: the group itself stands before it, and says so.
      const isOver = batch.lastOffset >= range.to - 1n || batch.undecodable !== null || range.read.length >= most;
      if (isOver) open.delete(partition);
      if (open.size > 0) return;
      clearTimeout(timer);
      resolve();
    };
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        eachBatch: async ({ batch }) => take(batch.partition, readBatch(batch)),
      })
      .catch(reject);
    for (const { partition, from } of all) consumer.seek({ topic, partition, offset: from.toString() });
  });
  await done;
  return all.flatMap(({ read }) => read);
}
