import type { PartitionState, TopicPartition, Undecodable } from '../consumption.ts';
import type { BrokerRecord } from '../record.ts';

/** One record on its way through the dispatcher. */
export interface Entry {
  readonly offset: bigint;
  readonly timestampMs: number;
  /** Null once finished: a finished record behind an unfinished one keeps only its offset in memory. */
  record: BrokerRecord | null;
  readonly bytes: number;
  /** `conflated`: dropped for a newer version, being accounted for. */
  state: 'waiting' | 'running' | 'conflated' | 'finished';
  /** Changes when a rebalance leaves the partition with us. */
  work: PartitionWork;
  readonly queue: KeyQueue;
  readonly identity: string | null;
  /** Error of `keyOf` or `latestWins`: reported in place of calling the handler. */
  readonly bug: { readonly error: unknown } | null;
  /** Started before a rebalance and not read again yet: its completion is remembered but moves nothing. */
  carried: boolean;
}

/** Records of one key in one partition, in offset order. */
export interface KeyQueue {
  readonly key: string;
  readonly work: PartitionWork;
  readonly waiting: Fifo<Entry>;
  /** `blocked`: the key runs elsewhere (another partition, or a handler of an earlier epoch). */
  state: 'idle' | 'ready' | 'blocked' | 'running';
  /** Newest waiting entry of each identity. */
  newest: Map<string, Entry> | null;
}

/** Looks at the end of the log in a row that found nothing to do, until a partition rests. */
const IDLE_LOOKS_UNTIL_REST = 3;
/** After so many more it is fetched for a while: a broker that no longer leads it may answer the look-ups. */
const MAX_REST_LOOKS = 30;

/** How much a partition may hold. */
export interface QueueRoom {
  readonly records: number;
  readonly bytes: number;
}

/** What we know of one partition during one epoch. */
export class PartitionWork {
  readonly topic: string;
  readonly partition: number;
  /** Shared over epochs while the partition stays with us: handlers of a partition we keep are not disturbed by a rebalance. */
  readonly abort: AbortController;
  readonly keys = new Map<string, KeyQueue>();
  readonly ready = new Fifo<KeyQueue>();
  /** By offset: started or finished before the rebalance, and not committed then. */
  readonly carried = new Map<bigint, Entry>();
  /** Of the epoch before, when the partition stayed with us: everything below is finished, whether committed or not. */
  finishedBelow: bigint | null = null;
  /** Offset order; the head is unfinished. */
  private readonly window = new Fifo<Entry>();
  /** Next offset to be read, null until the start position is known. */
  next: bigint | null = null;
  highWatermark: bigint | null = null;
  committed: bigint | null = null;
  lost = false;
  full = false;
  /** Where reading stopped, until another look finds otherwise. */
  undecodable: Undecodable | null = null;
  /** Fetched once more in spite of it. */
  private lookingAgain = false;
  /** As of the last batch. */
  room: QueueRoom = { records: 1, bytes: 1 };
  /** A record was finished since the last batch. */
  progressed = false;
  /** The consumer's last instruction. */
  paused = false;
  private idleLooks = 0;
  /** Waiting for its turn to start a handler. */
  queuedForTurn = false;
  running = 0;
  /** Taken and unfinished records, whether waiting or running. */
  held = 0;
  bytes = 0;

  /** Starts what became ready here; of the dispatcher that owns the partition. */
  readonly startReady: (work: PartitionWork) => void;

  constructor(
    topic: string,
    partition: number,
    startReady: (work: PartitionWork) => void,
    abort = new AbortController(),
  ) {
    this.topic = topic;
    this.partition = partition;
    this.startReady = startReady;
    this.abort = abort;
  }

  /** Nothing has come for a while: not fetched until the end of its log moves. */
  get resting(): boolean {
    return this.idleLooks >= IDLE_LOOKS_UNTIL_REST;
  }

  /** The log ends at `end`, by a look at it. */
  seeEnd(end: bigint): void {
    const isIdle = end === this.next && this.held === 0 && this.idleLooks < IDLE_LOOKS_UNTIL_REST + MAX_REST_LOOKS;
    this.idleLooks = isIdle ? this.idleLooks + 1 : 0;
  }

  wake(): void {
    this.idleLooks = 0;
  }

  /** Not to be fetched: what comes next cannot be decoded. */
  get stuck(): boolean {
    return this.undecodable !== null && !this.lookingAgain;
  }

  lookAgain(): void {
    this.lookingAgain = true;
  }

  /** @returns whether it is news */
  noteUndecodable(found: Undecodable | null): boolean {
    const before = this.undecodable;
    this.undecodable = found;
    this.lookingAgain = false;
    return before?.offset !== found?.offset || before?.cause !== found?.cause;
  }

  /** The partition is not ours any more. */
  lose(): TopicPartition {
    this.lost = true;
    this.abort.abort(new Error(`partition ${this.topic}/${this.partition} is not ours any more`));
    return { topic: this.topic, partition: this.partition };
  }

  /** For the next epoch of a partition that stays: what was started is remembered by offset, so that reading it again does not run it again. */
  carryOver(): PartitionWork {
    const next = new PartitionWork(this.topic, this.partition, this.startReady, this.abort);
    for (const entry of this.listStarted()) {
      entry.work = next;
      entry.carried = true;
      next.carried.set(entry.offset, entry);
    }
    next.finishedBelow = this.committable ?? this.finishedBelow;
    next.running = this.running;
    next.highWatermark = this.highWatermark;
    this.lost = true;
    return next;
  }

  add(entry: Entry): void {
    this.window.push(entry);
    if (entry.state === 'finished') {
      this.dropFinished();
      return;
    }
    this.held += 1;
    this.bytes += entry.bytes;
  }

  /** Books a finished entry of the window. */
  settle(entry: Entry): void {
    this.held -= 1;
    this.bytes -= entry.bytes;
    this.progressed = true;
    this.dropFinished();
  }

  /** Offsets from the first unfinished one on, finished ones included. */
  get span(): number {
    return this.window.size;
  }

  /** Everything below is finished. */
  get committable(): bigint | null {
    return this.window.peek()?.offset ?? this.next;
  }

  get hasCommittable(): boolean {
    const committable = this.committable;
    return committable !== null && this.committed !== null && committable > this.committed;
  }

  /** Entries that were started (or are done) and whose offsets a new epoch will read again. */
  private listStarted(): Entry[] {
    return [...this.window.toArray().filter((entry) => entry.state !== 'waiting'), ...this.carried.values()];
  }

  private dropFinished(): void {
    while (this.window.peek()?.state === 'finished') this.window.shift();
  }
}

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

/** First in, first out, with constant-time `shift` (an array's own moves every element). */
export class Fifo<T> {
  private items: (T | undefined)[] = [];
  private head = 0;

  get size(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  peek(): T | undefined {
    return this.items[this.head];
  }

  shift(): T | undefined {
    if (this.head === this.items.length) return undefined;
    const item = this.items[this.head];
    this.items[this.head] = undefined;
    this.head += 1;
    if (this.head === this.items.length) {
      this.items = [];
      this.head = 0;
    } else if (this.head >= 1024 && this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  /** What is left, oldest first. */
  toArray(): T[] {
    return this.items.slice(this.head) as T[];
  }
}
