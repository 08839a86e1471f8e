import type { Logger } from '@entrepot/service-kit';
import { backoffMs } from '@entrepot/service-kit/backoff';
import type { Admin } from 'kafkajs';
import type { TopicPartition } from '../../consumption.ts';
import type { PartitionOffset } from '../../dispatcher/index.ts';
import { messageOf } from '../../kafkajs/errors.ts';

const TRY_AGAIN = { firstMs: 50, longestMs: 1_000 } as const;
/** Each question about another topic that comes in between costs one. */
const MAX_QUESTIONS = 10;

/** The same as {@link findPositions}, tried again until Kafka answers; null when it is over before. */
export async function awaitPositions(
  admin: Admin,
  groupId: string,
  partitions: readonly TopicPartition[],
  isOver: () => boolean,
  log: Pick<Logger, 'warn'>,
): Promise<readonly PartitionOffset[] | null> {
  if (partitions.length === 0) return [];
  for (let failures = 1; !isOver(); failures += 1) {
    try {
      return await findPositions(admin, groupId, partitions);
    } catch (error) {
      log.warn({ err: error }, `committed offsets could not be read, trying again: ${messageOf(error)}`);
      await new Promise((resolve) => setTimeout(resolve, backoffMs(TRY_AGAIN, failures)));
    }
  }
  return null;
}

/** Where a group has to read on: its committed offset, or the log's start where it never committed. */
async function findPositions(
  admin: Admin,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<PartitionOffset[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const committed = await admin.fetchOffsets({ groupId, topics });
  const starts = new Map<string, Map<number, bigint>>();
  const positions: PartitionOffset[] = [];
  for (const { topic, partition } of partitions) {
    const found = committed
      .find((answer) => answer.topic === topic)
      ?.partitions.find((answer) => answer.partition === partition)?.offset;
    const offset = BigInt(found ?? -1);
    if (offset >= 0n) {
      positions.push({ topic, partition, offset });
      continue;
    }
    let topicStarts = starts.get(topic);
    if (topicStarts === undefined) {
      topicStarts = await findLogStarts(admin, topic);
      starts.set(topic, topicStarts);
    }
    // A partition added this instant may be missing from the answer; it starts at 0.
    positions.push({ topic, partition, offset: topicStarts.get(partition) ?? 0n });
  }
  return positions;
}

export interface LogBounds {
  readonly start: bigint;
  readonly end: bigint;
}

export async function findLogBounds(admin: Admin, { topic, partition }: TopicPartition): Promise<LogBounds | null> {
  const found = (await fetchTopicOffsets(admin, topic)).find((answer) => answer.partition === partition);
  return found === undefined ? null : { start: BigInt(found.low), end: BigInt(found.high) };
}

/** First offset that each partition's log still has. */
export async function findLogStarts(admin: Admin, topic: string): Promise<Map<number, bigint>> {
  return new Map((await fetchTopicOffsets(admin, topic)).map(({ partition, low }) => [partition, BigInt(low)]));
}

/** First unfinished offset per partition as the group last committed it. */
export async function readCommitted(
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<ReadonlyMap<number, bigint>> {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const offsets = (answer?.partitions ?? []).map(({ partition, offset }): [number, bigint] => [
    partition,
    BigInt(offset),
  ]);
  return new Map(offsets.filter(([, offset]) => offset >= 0n));
}

/** Offset the next record of each partition will get. */
export async function readEnds(admin: Admin, topic: string): Promise<ReadonlyMap<number, bigint>> {
  return new Map((await fetchTopicOffsets(admin, topic)).map(({ partition, high }) => [partition, BigInt(high)]));
}

/**
 * Offsets of a topic's partitions. kafkajs keeps one view of the cluster for all questions of an admin: an answer about another topic replaces it,
 * and a question that waits then finds no partitions of its own topic and fails with a TypeError. The next question loads them again.
 */
export async function fetchTopicOffsets(
  admin: Pick<Admin, 'fetchTopicOffsets'>,
  topic: string,
): ReturnType<Admin['fetchTopicOffsets']> {
  for (let asked = 1; ; asked += 1) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (!(error instanceof TypeError) || asked === MAX_QUESTIONS) throw error;
    }
  }
}
