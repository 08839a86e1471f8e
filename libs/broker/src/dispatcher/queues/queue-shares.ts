import type { ConsumptionLimits } from '../../consumption.ts';
import type { PartitionWork, QueueRoom } from '../partition-work.ts';

/** The span of offsets held open by one unfinished record, as a multiple of the partition's room for records. */
const SPAN_PER_RECORD = 8;

/**
 * Deals the room of the queue to the partitions. One half is reserved in equal parts, so that nothing others do keeps a partition from
 * being read. The other half goes to where the work is: a partition that has finished something since its last batch may take half of what the
 * others have left of it. One that finishes nothing (its target is down) gets no more than its reserved part. A busy partition thus has enough
 * in hand for as long as a resumed one may wait for its next fetch.
 */
export class QueueShares {
  private readonly limits: ConsumptionLimits;
  private reserved: QueueRoom = { records: 1, bytes: 1 };

  constructor(limits: ConsumptionLimits) {
    this.limits = limits;
  }

  /** So many partitions are assigned from now on. */
  deal(partitions: number): void {
    const parts = 2 * Math.max(1, partitions);
    this.reserved = {
      records: Math.max(1, Math.floor(this.limits.maxQueuedRecords / parts)),
      bytes: Math.max(1, Math.floor(this.limits.maxQueuedBytes / parts)),
    };
  }

  /** What `work` may hold now, beside what the others (`works` may include it) hold. */
  roomFor(work: PartitionWork, works: Iterable<PartitionWork>): QueueRoom {
    const { reserved, limits } = this;
    if (!work.progressed) return reserved;
    let [records, bytes] = [limits.maxQueuedRecords / 2, limits.maxQueuedBytes / 2];
    for (const other of works) {
      if (other === work) continue;
      records -= Math.max(0, other.held - reserved.records);
      bytes -= Math.max(0, other.bytes - reserved.bytes);
    }
    return {
      records: reserved.records + Math.max(0, Math.floor(records / 2)),
      bytes: reserved.bytes + Math.max(0, Math.floor(bytes / 2)),
    };
  }
}

export function isFull({ held, bytes, span, room }: PartitionWork): boolean {
  return held >= room.records || bytes >= room.bytes || span >= room.records * SPAN_PER_RECORD;
}

/** Half of it free: resumed earlier, the partition would be paused again at once. */
export function hasRoomAgain({ held, bytes, span, room }: PartitionWork): boolean {
  return held <= room.records / 2 && bytes <= room.bytes / 2 && span <= (room.records * SPAN_PER_RECORD) / 2;
}
