import type { BrokerRecord } from '../../record.ts';
import type { DispatcherOptions } from '../contract.ts';
import type { Entry, KeyQueue, PartitionWork } from '../partition-work.ts';
import { Fifo } from './fifo.ts';
import type { KeyLocks } from './key-locks.ts';

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
export function takeStartable(work: PartitionWork, locks: KeyLocks): Entry | null {
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
