import type { PartitionState } from '../consumption.ts';
import type { PartitionWork } from './partition-work.ts';

export function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

export function describePartition(work: PartitionWork, held: boolean): PartitionState {
  const { topic, partition, full, undecodable, running, bytes, committable } = work;
  return {
    topic,
    partition,
    held,
    full,
    resting: work.resting,
    undecodable,
    waiting: Math.max(0, work.held - running),
    running,
    bytes,
    committable,
    lag: lagOf(work.highWatermark, committable),
  };
}

/** Never below zero: the end of the log is known from the last fetch only. */
function lagOf(end: bigint | null, committable: bigint | null): bigint | null {
  if (end === null || committable === null) return null;
  return end > committable ? end - committable : 0n;
}
