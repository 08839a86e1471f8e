import { createReadQueue, type ReadItem, type ReadPriority, type ReadQueue } from './read-queue.ts';

/** A kind of call, with calls of its own: wide records that wait for the vendor's budget leave room for first looks. */
export interface ReadLane {
  readonly queues: Readonly<Record<ReadPriority, ReadQueue>>;
  readonly batchSize: number;
  readonly maxInFlight: number;
  inFlight: number;
  /** Records that a call gets done at once, as the last one did: fewer than it is given where the vendor's budget is short. */
  capacity: number;
  turns: number;
}

/** Of so many calls, one begins with further looks at absent records, and of twice as many, one with a backfill's. */
const AGAIN_EVERY = 4;

export function createLane(batchSize: number, maxInFlight: number): ReadLane {
  const queues = { live: createReadQueue(), again: createReadQueue(), bulk: createReadQueue() };
  return { queues, batchSize, maxInFlight, inFlight: 0, capacity: batchSize, turns: 0 };
}

export function listItems({ queues }: ReadLane): ReadItem[] {
  return Object.values(queues).flatMap((queue) => queue.items());
}

export function isWaiting({ queues }: ReadLane): boolean {
  return queues.live.size + queues.again.size + queues.bulk.size > 0;
}

/**
 * Where more waits than a call gets done, every other call begins with the newest: whatever stands in line (wide records, absent ones, a
 * flood), what has just been placed is read soon, and what waits longest gets the other half. Backfills are in no such hurry.
 */
export function takeBatch(lane: ReadLane): ReadItem[] {
  lane.turns += 1;
  const { queues, turns } = lane;
  const batch: ReadItem[] = [];
  for (const queue of orderQueues(queues, turns)) {
    const isLong = queue !== queues.bulk && queue.size > lane.capacity;
    const end = isLong && turns % 2 === 0 ? 'newest' : 'oldest';
    for (const item of queue.take(lane.batchSize - batch.length, end)) {
      // One that is read by itself takes the rest of the batch along only when it is first.
      if (batch[0]?.alone === true || (item.alone && batch.length > 0)) queue.put(item);
      else batch.push(item);
    }
  }
  return batch;
}

function orderQueues({ live, again, bulk }: ReadLane['queues'], turns: number): readonly ReadQueue[] {
  if (turns % (2 * AGAIN_EVERY) === 0) return [bulk, live, again];
  return turns % AGAIN_EVERY === 1 ? [again, live, bulk] : [live, again, bulk];
}
