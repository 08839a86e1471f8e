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

/** What to do about a held partition. */
const ADVICE =
  'All other partitions are read on, and nothing of this one is skipped. It goes on by itself once a build runs that can decode the batch, or once the batch is deleted or has expired: then load again what was in it.';

/** In words, for a person. */
export function tellHeld(held: readonly HeldPartition[]): { subject: string; message: string; advice: string }[] {
  return held.map((each) => ({
    subject: `${each.topic}/${each.partition}`,
    message: describeHeld(each),
    advice: ADVICE,
  }));
}

export function describeHeld({ groupId, topic, partition, offset, cause }: HeldPartition): string {
  return `${groupId} cannot read ${topic}/${partition} on: the batch at offset ${offset} cannot be decoded, ${cause}`;
}
