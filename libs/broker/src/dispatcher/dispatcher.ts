import type { ConsumptionLimits, PartitionState, TopicPartition } from '../consumption.ts';
import {
  type AcceptResult,
  DEFAULT_COMMIT_INTERVAL_MS,
  DEFAULT_LIMITS,
  type DispatcherOptions,
  type DispatcherPorts,
  type DispatcherState,
  type DispatcherTrouble,
  type FetchedBatch,
} from './contract.ts';
import { CommitSchedule } from './commit-schedule.ts';
import { Fifo } from './fifo.ts';
import { KeyLocks } from './key-locks.ts';
import { enqueue, takeStartable } from './key-queues.ts';
import { type Entry, type KeyQueue, PartitionWork } from './partition-work.ts';
import { retryReport } from './retry-report.ts';

/** The span of offsets held open by one unfinished record, as a multiple of the partition's share of records. */
const SPAN_PER_SHARE = 8;

export function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/**
 * Hands records to handlers: different keys at once, one key in offset order, and says per partition up to where everything is finished.
 * Pure: time, fetching and committing are ports. One per consumer; an assignment starts a new epoch.
 */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly ports: DispatcherPorts;
  private readonly limits: ConsumptionLimits;
  private readonly works = new Map<string, PartitionWork>();
  /** Partitions held by `hold`, whether assigned or not: kafkajs forgets on a crash and remembers after a loss, so the truth is here. */
  private readonly holds = new Set<string>();
  private readonly locks = new KeyLocks();
  private readonly turns = new Fifo<PartitionWork>();
  private readonly commits: CommitSchedule;
  private epochNumber = 0;
  private running = 0;
  /** Each assigned partition's part of the queue. */
  private share = { records: 1, bytes: 1 };
  private suspended = false;
  private draining = false;
  private pumping = false;
  private whenIdle: (() => void)[] = [];

  constructor(options: DispatcherOptions, ports: DispatcherPorts) {
    this.options = options;
    this.ports = ports;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.commits = new CommitSchedule({
      ports,
      intervalMs: options.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS,
      epoch: () => this.epochNumber,
      works: () => this.works.values(),
      suspended: () => this.suspended,
      onCommitted: options.onCommitted,
      onTrouble: (trouble) => this.tell(trouble),
    });
  }

  get epoch(): number {
    return this.epochNumber;
  }

  /**
   * A new assignment. Lost partitions: signals aborted, queues dropped, completions ignored from here on. Kept partitions: running
   * handlers go on undisturbed, what waited is dropped and read again. No partition is read before `position`.
   */
  assign(partitions: readonly TopicPartition[]): { epoch: number; lost: TopicPartition[] } {
    this.epochNumber += 1;
    this.suspended = false;
    const before = new Map(this.works);
    this.works.clear();
    for (const { topic, partition } of partitions) {
      const name = nameOf(topic, partition);
      const old = before.get(name);
      this.works.set(name, old === undefined ? new PartitionWork(topic, partition) : carryOver(old));
      before.delete(name);
    }
    const lost = [...before.values()].map(loseWork);
    const count = Math.max(1, this.works.size);
    this.share = {
      records: Math.max(1, Math.floor(this.limits.maxQueuedRecords / count)),
      bytes: Math.max(1, Math.floor(this.limits.maxQueuedBytes / count)),
    };
    for (const work of this.works.values()) {
      // kafkajs keeps the pause state of a partition over a loss: first say everything anew.
      this.ports.resume(work.topic, work.partition);
      this.updateFetching(work);
    }
    return { epoch: this.epochNumber, lost };
  }

  /** The consumer is out of its group, or rejoining: start nothing until the next `assign`. Handlers already running go on. */
  suspend(): void {
    this.suspended = true;
  }

  /** Membership is over for certain (others may own the partitions by now): as `assign([])`, but still suspended. */
  revokeAll(): TopicPartition[] {
    this.epochNumber += 1;
    this.suspended = true;
    const lost = [...this.works.values()].map(loseWork);
    this.works.clear();
    return lost;
  }

  /**
   * Tells the committed offset of an assigned partition (its log's start when nothing was ever committed). Answers where reading must
   * start: there, or further on when we finished more ourselves and could not commit it. Null when the epoch is over.
   */
  position(epoch: number, { topic, partition }: TopicPartition, committed: bigint): bigint | null {
    const work = this.works.get(nameOf(topic, partition));
    if (epoch !== this.epochNumber || work === undefined) return null;
    const start = work.finishedBelow !== null && work.finishedBelow > committed ? work.finishedBelow : committed;
    work.next = start;
    work.committed = committed;
    for (const offset of work.carried.keys()) if (offset < start) work.carried.delete(offset);
    this.commits.wake(work);
    return start;
  }

  /** Where the next fetch of a partition must start, null when unknown or not assigned. */
  expectedOffset(topic: string, partition: number): bigint | null {
    return this.works.get(nameOf(topic, partition))?.next ?? null;
  }

  /**
   * The log between the expected offset and `offset` is gone (deleted before it was read): read on at `offset`. Backwards, the log itself
   * was replaced: what we hold of the old one is dropped.
   */
  moveTo(topic: string, partition: number, offset: bigint): void {
    const name = nameOf(topic, partition);
    const work = this.works.get(name);
    if (work === undefined || work.next === null) return;
    if (offset >= work.next) {
      work.next = offset;
      this.commits.wake(work);
      return;
    }
    loseWork(work);
    const fresh = new PartitionWork(topic, partition);
    this.works.set(name, fresh);
    this.position(this.epochNumber, fresh, offset);
    this.ports.resume(topic, partition);
    this.updateFetching(fresh);
  }

  /** Takes a fetched batch into the queues; never waits, never throws for what handlers or key functions do. */
  accept(batch: FetchedBatch): AcceptResult {
    const work = this.works.get(nameOf(batch.topic, batch.partition));
    if (work === undefined || this.suspended || this.draining) return { kind: 'unassigned' };
    if (work.next === null) return { kind: 'unpositioned' };
    if (batch.fetchedOffset !== work.next) return { kind: 'misplaced', expected: work.next };
    work.highWatermark = batch.highWatermark;
    let index = 0;
    for (; index < batch.count && !this.isFull(work); index += 1) {
      const record = batch.recordAt(index);
      const collapsed = enqueue(work, record, this.options);
      work.next = record.offset + 1n;
      if (collapsed !== null) void this.accountCollapsed(collapsed.entry, collapsed.by);
    }
    if (index === batch.count) work.next = batch.lastOffset + 1n;
    work.full = this.isFull(work);
    this.updateFetching(work);
    this.commits.wake(work);
    this.giveTurn(work);
    this.pump();
    return { kind: 'taken', next: work.next };
  }

  /** A fetch came back without records for anybody (control records, compaction): read on behind it. */
  skipEmpty(topic: string, partition: number, firstOffset: bigint, lastOffset: bigint): void {
    const work = this.works.get(nameOf(topic, partition));
    if (work?.next !== firstOffset) return;
    work.next = lastOffset + 1n;
    this.commits.wake(work);
  }

  hold(topic: string, partition: number): void {
    this.holds.add(nameOf(topic, partition));
    const work = this.works.get(nameOf(topic, partition));
    if (work !== undefined) this.updateFetching(work);
  }

  release(topic: string, partition: number): void {
    this.holds.delete(nameOf(topic, partition));
    const work = this.works.get(nameOf(topic, partition));
    if (work === undefined) return;
    this.updateFetching(work);
    this.giveTurn(work);
    this.pump();
  }

  /** Commits what is finished now. Never rejects: what could not be committed is read again. */
  flush(): Promise<void> {
    return this.commits.flush();
  }

  /**
   * Starts nothing more and waits for running handlers; at the deadline aborts their signals and gives them `graceMs` to return. What
   * finished meanwhile can be committed by `flush`.
   */
  async drain(deadlineMs: number, graceMs: number): Promise<void> {
    this.draining = true;
    if (await this.waitIdle(deadlineMs)) return;
    for (const work of this.works.values()) work.abort.abort(new Error('the consumption is stopping'));
    await this.waitIdle(graceMs);
  }

  /** Ends timers. Nothing may be called afterwards. */
  close(): void {
    this.draining = true;
    this.commits.close();
  }

  state(): DispatcherState {
    const partitions = [...this.works.values()].map((work): PartitionState => {
      const committable = work.committable;
      return {
        topic: work.topic,
        partition: work.partition,
        held: this.holds.has(nameOf(work.topic, work.partition)),
        full: work.full,
        waiting: Math.max(0, work.held - work.running),
        running: work.running,
        bytes: work.bytes,
        committable,
        lag: work.highWatermark === null || committable === null ? null : work.highWatermark - committable,
      };
    });
    return { epoch: this.epochNumber, running: this.running, waiting: partitions.reduce((sum, { waiting }) => sum + waiting, 0), partitions };
  }

  private isFull({ held, bytes, span }: PartitionWork): boolean {
    const { share } = this;
    return held >= share.records || bytes >= share.bytes || span >= share.records * SPAN_PER_SHARE;
  }

  private hasRoomAgain({ held, bytes, span }: PartitionWork): boolean {
    const { share } = this;
    return held <= share.records / 2 && bytes <= share.bytes / 2 && span <= (share.records * SPAN_PER_SHARE) / 2;
  }

  private updateFetching(work: PartitionWork): void {
    const paused = work.full || this.holds.has(nameOf(work.topic, work.partition));
    if (paused === work.paused) return;
    work.paused = paused;
    if (paused) this.ports.pause(work.topic, work.partition);
    else this.ports.resume(work.topic, work.partition);
  }

  private giveTurn(work: PartitionWork): void {
    if (work.queuedForTurn || work.lost || work.ready.size === 0 || work.running >= this.limits.maxConcurrentPerPartition) return;
    if (this.holds.has(nameOf(work.topic, work.partition))) return;
    work.queuedForTurn = true;
    this.turns.push(work);
  }

  /** Starts handlers while there are places, one per partition and turn, so that a busy partition takes its share only. */
  private pump(): void {
    // A handler may call hold or release before its first await: that must not start a second loop inside this one.
    if (this.pumping) return;
    this.pumping = true;
    while (!this.suspended && !this.draining && this.running < this.limits.maxConcurrent) {
      const work = this.turns.shift();
      if (work === undefined) break;
      work.queuedForTurn = false;
      if (work.lost || work.running >= this.limits.maxConcurrentPerPartition || this.holds.has(nameOf(work.topic, work.partition))) continue;
      const entry = takeStartable(work, this.locks);
      if (entry !== null) void this.run(entry);
      this.giveTurn(work);
    }
    this.pumping = false;
  }

  private async run(entry: Entry): Promise<void> {
    const record = entry.record;
    if (record === null) return;
    const { signal } = entry.work.abort;
    this.running += 1;
    entry.work.running += 1;
    let finished = true;
    try {
      if (entry.bug !== null) throw entry.bug.error;
      await this.options.handler(record, signal);
    } catch (error) {
      if (!signal.aborted) this.tell({ kind: 'handler-threw', record, error });
      finished = await this.retry('report-failed', entry, () => this.options.onBug(record, error));
    }
    this.running -= 1;
    entry.work.running -= 1;
    if (finished) this.finish(entry);
    this.freeKey(entry.queue);
    this.giveTurn(entry.work);
    this.pump();
    if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private async accountCollapsed(entry: Entry, by: Entry): Promise<void> {
    const { record } = entry;
    const newer = by.record;
    const { onCollapsed } = this.options;
    if (record === null || newer === null) return;
    if (onCollapsed !== undefined && !(await this.retry('collapse-failed', entry, () => onCollapsed(record, newer)))) return;
    this.finish(entry);
  }

  /** Calls `report` until it resolves; false when the partition was lost (or the consumption stopped) before it did. */
  private retry(kind: DispatcherTrouble['kind'], entry: Entry, report: () => Promise<void>): Promise<boolean> {
    return retryReport({
      report,
      signal: entry.work.abort.signal,
      schedule: this.ports.schedule,
      onFailure: (error) => this.tell({ kind, ...(entry.record === null ? {} : { record: entry.record }), error }),
    });
  }

  private finish(entry: Entry): void {
    entry.state = 'finished';
    entry.record = null;
    const { work } = entry;
    if (work.lost || entry.carried) return;
    work.settle(entry);
    this.commits.wake(work);
    if (work.full && this.hasRoomAgain(work)) {
      work.full = false;
      this.updateFetching(work);
    }
  }

  private freeKey(queue: KeyQueue): void {
    // Own queue last: another partition's record of this key has waited longer than what follows here.
    for (const waiter of [...this.locks.release(queue.key), queue]) {
      if (waiter.work.lost) continue;
      if (waiter.waiting.size === 0) {
        waiter.state = 'idle';
        waiter.work.keys.delete(waiter.key);
        continue;
      }
      waiter.state = 'ready';
      waiter.work.ready.push(waiter);
      this.giveTurn(waiter.work);
    }
  }

  private waitIdle(timeoutMs: number): Promise<boolean> {
    if (this.running === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancel = this.ports.schedule(timeoutMs, () => resolve(false));
      this.whenIdle.push(() => {
        cancel();
        resolve(true);
      });
    });
  }

  private tell(trouble: DispatcherTrouble): void {
    this.options.onTrouble?.(trouble);
  }
}

function loseWork(work: PartitionWork): TopicPartition {
  work.lost = true;
  work.abort.abort(new Error(`partition ${nameOf(work.topic, work.partition)} is not ours any more`));
  return { topic: work.topic, partition: work.partition };
}

/** The partition stays with us: what was started is remembered by offset, so that reading it again does not run it again. */
function carryOver(old: PartitionWork): PartitionWork {
  const work = new PartitionWork(old.topic, old.partition, old.abort);
  for (const entry of old.listStarted()) {
    entry.work = work;
    entry.carried = true;
    work.carried.set(entry.offset, entry);
  }
  work.finishedBelow = old.committable ?? old.finishedBelow;
  work.running = old.running;
  work.highWatermark = old.highWatermark;
  old.lost = true;
  return work;
}
