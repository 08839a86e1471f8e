import type { HeldPartition } from './broker-contract.ts';
import type { ConsumptionState } from './consumption.ts';

/** Partitions that are not read on because a batch of theirs cannot be decoded. */
export function listHeld(consumptions: readonly ConsumptionState[]): HeldPartition[] {
  return consumptions.flatMap(({ groupId, partitions }) =>
    partitions.flatMap(({ topic, partition, undecodable }) =>
      undecodable === null ? [] : [{ groupId, topic, partition, ...undecodable }],
    ),
  );
}

export function describeHeld({ groupId, topic, partition, offset, cause }: HeldPartition): string {
  return `${groupId} cannot read ${topic}/${partition} on: the batch at offset ${offset} cannot be decoded, ${cause}`;
}
