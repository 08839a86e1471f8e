import type { Admin } from 'kafkajs';
import { findLogStarts } from './positions.ts';

/** Deletes what lies below an offset of each partition; nothing where the log already starts there or later. */
export async function deleteBelow(admin: Admin, topic: string, below: ReadonlyMap<number, bigint>): Promise<void> {
  // Also loads the topic's metadata, without which kafkajs does not know the partitions' leaders.
  const starts = await findLogStarts(admin, topic);
  const partitions = [...below].flatMap(([partition, offset]) => {
    const start = starts.get(partition);
    return start !== undefined && offset > start ? [{ partition, offset: offset.toString() }] : [];
  });
  if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions });
  // Last: one that was added a moment ago may be missing from the metadata, and must not keep the others.
  const unknown = [...below.keys()].filter((partition) => !starts.has(partition));
  if (unknown.length > 0) throw new Error(`topic ${topic} has no partition ${unknown.join(', ')}`);
}
