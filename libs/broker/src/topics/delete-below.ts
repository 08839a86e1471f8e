import type { Admin } from 'kafkajs';

/** Deletes what lies below `offset`; nothing when the log already starts there or later. */
export async function deleteBelow(admin: Admin, topic: string, partition: number, offset: bigint): Promise<void> {
  // Also loads the topic's metadata, without which kafkajs does not know the partition's leader.
  const low = (await admin.fetchTopicOffsets(topic)).find((answer) => answer.partition === partition)?.low;
  if (low === undefined) throw new Error(`topic ${topic} has no partition ${partition}`);
  if (offset <= BigInt(low)) return;
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: offset.toString() }] });
}
