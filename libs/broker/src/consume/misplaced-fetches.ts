import type { Logger } from '@entrepot/service-kit';
import type { Admin } from 'kafkajs';
import type { TopicPartition } from '../consumption.ts';
import type { Dispatcher, FetchedBatch, PartitionOffset } from '../dispatcher/index.ts';
import { findLogBounds } from './ends/positions.ts';

/** So often must kafkajs insist on another position than ours before the log itself is looked at. */
const MISPLACED_LIMIT = 3;

export interface MisplacedFetchesParts {
  readonly dispatcher: Dispatcher;
  readonly admin: Admin;
  readonly log: Logger;
  readonly seek: (position: PartitionOffset) => void;
  readonly onOutOfRange: (topic: string, lost: number) => void;
}

/**
 * What to do when kafkajs read elsewhere than we said. Mostly it is a fetch of before a rebalance, and saying the position again is
 * enough. Else the log does not hold our position any more: kafkajs goes to the log's start by itself and in silence, we say so.
 */
export class MisplacedFetches {
  private readonly parts: MisplacedFetchesParts;
  private readonly seen = new Map<string, { readonly at: bigint; readonly count: number }>();

  constructor(parts: MisplacedFetchesParts) {
    this.parts = parts;
  }

  /** A new assignment: all positions are set again. */
  clear(): void {
    this.seen.clear();
  }

  putRight(batch: FetchedBatch, expected: bigint): void {
    const { topic, partition, fetchedOffset } = batch;
    const name = `${topic}/${partition}`;
    const before = this.seen.get(name);
    const count = before?.at === fetchedOffset ? before.count + 1 : 1;
    this.seen.set(name, { at: fetchedOffset, count });
    if (count < MISPLACED_LIMIT) this.parts.seek({ topic, partition, offset: expected });
    else if (count === MISPLACED_LIMIT) void this.followLog(batch, fetchedOffset);
  }

  /**
   * Moves our position to where the log is, if it does not hold it any more. Never rejects.
   * @param fetchedOffset where kafkajs reads instead; null when it does not
   */
  async followLog({ topic, partition }: TopicPartition, fetchedOffset: bigint | null): Promise<void> {
    const { dispatcher, admin, log, onOutOfRange } = this.parts;
    const { epoch } = dispatcher;
    const expected = dispatcher.expectedOffset(topic, partition);
    if (expected === null) return;
    const bounds = await findLogBounds(admin, { topic, partition }).catch(() => null);
    this.seen.delete(`${topic}/${partition}`);
    if (bounds === null || dispatcher.epoch !== epoch || dispatcher.expectedOffset(topic, partition) !== expected)
      return;
    const { start, end } = bounds;
    const facts = { topic, partition, expected: expected.toString(), start: start.toString(), end: end.toString() };
    if (expected < start) {
      onOutOfRange(topic, Number(start - expected));
      log.error(facts, `${start - expected} offsets were deleted before they were read`);
      this.moveTo(topic, partition, start);
    } else if (expected > end) {
      onOutOfRange(topic, 0);
      log.error(facts, 'the log was replaced: reading it from its start');
      this.moveTo(topic, partition, start);
    } else if (fetchedOffset !== null && fetchedOffset > expected) {
      // Said twice and honoured twice: nothing is there between our position and the one kafkajs comes back with.
      log.warn(facts, 'the log has a hole here (compaction): reading on behind it');
      this.moveTo(topic, partition, fetchedOffset);
    }
  }

  private moveTo(topic: string, partition: number, offset: bigint): void {
    this.parts.dispatcher.moveTo(topic, partition, offset);
    this.parts.seek({ topic, partition, offset });
  }
}
