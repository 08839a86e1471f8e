import type { ConsumptionLimits } from '../consumption.ts';
import type { BrokerRecord } from '../record.ts';
import type { DispatcherOptions } from './contract.ts';
import { type Entry, Fifo, type KeyQueue, type PartitionWork, type QueueRoom } from './partition-work.ts';

/** What a record costs beside key, value and headers: objects, queue places. */
const RECORD_OVERHEAD_BYTES = 200;

export interface Conflated {
  readonly entry: Entry;
  readonly by: Entry;
}

/** Puts a record at the end of its key's queue; answers the older version it makes needless, if one still waits there. */
export function enqueue(work: PartitionWork, record: BrokerRecord, options: DispatcherOptions): Conflated | null {
  const started = work.carried.get(record.offset);
  if (started !== undefined) {
    work.carried.delete(record.offset);
    // The same offset in a log that was made anew is another record.
    if (started.timestampMs === record.timestampMs) {
      started.carried = false;
      work.add(started);
      return null;
    }
  }
  let key = defaultKeyOf(work, record);
  let identity: string | null = null;
  let bug: Entry['bug'] = null;
  try {
    key = options.keyOf?.(record) ?? key;
    identity = options.latestWins?.(record) ?? null;
  } catch (error) {
    bug = { error };
  }
  const queue = openQueue(work, key);
  const entry: Entry = {
    offset: record.offset,
    timestampMs: record.timestampMs,
    record,
    bytes: sizeOf(record),
    state: 'waiting',
    work,
    queue,
    identity,
    bug,
    carried: false,
  };
  work.add(entry);
  queue.waiting.push(entry);
  if (queue.state === 'idle') {
    queue.state = 'ready';
    work.ready.push(queue);
  }
  return identity === null ? null : replaceNewest(queue, identity, entry);
}

/** The next entry of a partition whose key is free, its key now taken; null when there is none. */
export function takeStartable(work: PartitionWork, locks: RunningKeys): Entry | null {
  for (let queue = work.ready.shift(); queue !== undefined; queue = work.ready.shift()) {
    while (queue.waiting.peek() !== undefined && queue.waiting.peek()?.state !== 'waiting') queue.waiting.shift();
    if (queue.waiting.size === 0) {
      queue.state = 'idle';
      work.keys.delete(queue.key);
      continue;
    }
    if (!locks.take(queue.key, queue)) {
      queue.state = 'blocked';
      continue;
    }
    const entry = queue.waiting.shift() as Entry;
    queue.state = 'running';
    entry.state = 'running';
    if (entry.identity !== null && queue.newest?.get(entry.identity) === entry) queue.newest.delete(entry.identity);
    return entry;
  }
  return null;
}

function openQueue(work: PartitionWork, key: string): KeyQueue {
  let queue = work.keys.get(key);
  if (queue === undefined) {
    queue = { key, work, waiting: new Fifo(), state: 'idle', newest: null };
    work.keys.set(key, queue);
  }
  return queue;
}

function replaceNewest(queue: KeyQueue, identity: string, entry: Entry): Conflated | null {
  queue.newest ??= new Map();
  const older = queue.newest.get(identity);
  queue.newest.set(identity, entry);
  if (older === undefined) return null;
  older.state = 'conflated';
  return { entry: older, by: entry };
}

function defaultKeyOf(work: PartitionWork, record: BrokerRecord): string {
  return record.key === null
    ? `${work.topic}/${work.partition}@${record.offset}`
    : `${work.topic}/${work.partition}/${record.key}`;
}

function sizeOf(record: BrokerRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (record.value?.length ?? 0) + (record.key?.length ?? 0);
  for (const name in record.headers) bytes += name.length + (record.headers[name]?.length ?? 0);
  return bytes;
}

/**
 * Which keys have a handler running, whatever partition or epoch it belongs to. A handler of a lost partition keeps its key until it
 * returns: the same record, read again in this process, must not run beside it.
 */
export class RunningKeys {
  private readonly locked = new Map<string, KeyQueue[] | null>();

  /** True when the key was free and is now taken; else `queue` is woken when it is free again. */
  take(key: string, queue: KeyQueue): boolean {
    const waiters = this.locked.get(key);
    if (waiters === undefined) {
      this.locked.set(key, null);
      return true;
    }
    if (waiters === null) this.locked.set(key, [queue]);
    else waiters.push(queue);
    return false;
  }

  /** Frees the key; answers the queues that waited for it. */
  release(key: string): readonly KeyQueue[] {
    const waiters = this.locked.get(key);
    this.locked.delete(key);
    return waiters ?? [];
  }
}

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

/** Half of it free: resumed earlier, the partition would be paused again immediately. */
export function hasRoomAgain({ held, bytes, span, room }: PartitionWork): boolean {
  return held <= room.records / 2 && bytes <= room.bytes / 2 && span <= (room.records * SPAN_PER_RECORD) / 2;
}
