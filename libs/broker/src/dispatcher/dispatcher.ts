import type { TopicPartition, Undecodable } from '../consumption.ts';
import {
  type AcceptResult,
  DEFAULT_COMMIT_INTERVAL_MS,
  DEFAULT_LIMITS,
  type DispatcherOptions,
  type DispatcherPorts,
  type DispatcherState,
  type FetchedBatch,
} from './contract.ts';
import { CommitSchedule, HandlerRunner } from './handler-runner.ts';
import { describePartition, type Entry, nameOf, PartitionWork } from './partition-work.ts';
import { enqueue, hasRoomAgain, isFull, QueueShares, RunningKeys } from './queues.ts';

/**
 * Hands records to handlers: different keys concurrently, one key in offset order. Knows, per partition, up to which offset all is finished.
 * Pure: time, fetching and committing are ports. One per consumer; an assignment starts a new epoch.
 */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly ports: DispatcherPorts;
  private readonly shares: QueueShares;
  private readonly works = new Map<string, PartitionWork>();
  /** Partitions held by `hold`, whether assigned or not: kafkajs forgets on a crash and remembers after a loss, so the truth is here. */
  private readonly holds = new Set<string>();
  private readonly runner: HandlerRunner;
  private readonly commits: CommitSchedule;
  private epochNumber = 0;
  private suspended = false;
  private draining = false;

  /** `locks` is given when several dispatchers of a process share the keys (members of one group). */
  constructor(options: DispatcherOptions, ports: DispatcherPorts, locks = new RunningKeys()) {
    this.options = options;
    this.ports = ports;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.shares = new QueueShares(limits);
    this.commits = new CommitSchedule({
      ports,
      intervalMs: options.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS,
      epoch: () => this.epochNumber,
      works: () => this.works.values(),
      suspended: () => this.suspended,
      onCommitted: options.onCommitted,
      onTrouble: (trouble) => options.onTrouble?.(trouble),
    });
    this.runner = new HandlerRunner({
      options,
      limits,
      schedule: ports.schedule,
      locks,
      isHeld: ({ topic, partition }) => this.holds.has(nameOf(topic, partition)),
      onFinished: (work, entry) => this.finish(work, entry),
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
    this.runner.unsuspend();
    const before = new Map(this.works);
    this.works.clear();
    for (const { topic, partition } of partitions) {
      const name = nameOf(topic, partition);
      const old = before.get(name);
      this.works.set(name, old === undefined ? this.openWork(topic, partition) : old.carryOver());
      before.delete(name);
    }
    const lost = [...before.values()].map((work) => work.lose());
    this.shares.deal(this.works.size);
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
    this.runner.suspend();
  }

  /** It was a false alarm: the assignment still stands. */
  unsuspend(): void {
    this.suspended = false;
    this.runner.unsuspend();
    for (const work of this.works.values()) {
      this.commits.wake(work);
      this.runner.start(work);
    }
  }

  /** Membership is over for certain (others may own the partitions by now): as `assign([])`, but still suspended. */
  revokeAll(): TopicPartition[] {
    this.epochNumber += 1;
    this.suspend();
    const lost = [...this.works.values()].map((work) => work.lose());
    this.works.clear();
    return lost;
  }

  /**
   * Takes the committed offset of an assigned partition (its log's start when nothing was ever committed). Answers where reading must
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
    this.noteUndecodable(work, null);
    if (offset >= work.next) {
      work.next = offset;
      this.commits.wake(work);
      return;
    }
    work.lose();
    const fresh = this.openWork(topic, partition);
    this.works.set(name, fresh);
    this.position(this.epochNumber, fresh, offset);
    this.ports.resume(topic, partition);
    this.updateFetching(fresh);
  }

  /** Numbers of the assigned partitions, over all topics. */
  listNumbers(): number[] {
    return [...new Set([...this.works.values()].map(({ partition }) => partition))];
  }

  /** Takes a fetched batch into the queues; never waits, never throws for what handlers or key functions do. */
  accept(batch: FetchedBatch): AcceptResult {
    const work = this.works.get(nameOf(batch.topic, batch.partition));
    if (work === undefined || this.suspended || this.draining) return { kind: 'unassigned' };
    if (work.next === null) return { kind: 'unpositioned' };
    if (batch.fetchedOffset !== work.next) return { kind: 'misplaced', expected: work.next };
    work.highWatermark = batch.highWatermark;
    work.wake();
    work.room = this.shares.roomFor(work, this.works.values());
    work.progressed = false;
    let index = 0;
    for (; index < batch.count && !isFull(work); index += 1) {
      const record = batch.recordAt(index);
      const conflated = enqueue(work, record, this.options);
      work.next = record.offset + 1n;
      if (conflated !== null) void this.runner.accountConflated(conflated.entry, conflated.by);
    }
    const isTaken = index === batch.count;
    if (isTaken) work.next = batch.lastOffset + 1n;
    work.full = isFull(work);
    this.noteUndecodable(work, isTaken ? batch.undecodable : null);
    this.commits.wake(work);
    this.runner.start(work);
    return { kind: 'taken', next: work.next };
  }

  /** A fetch returned no records for a handler (control records, compaction): reading continues behind it. */
  skipEmpty(topic: string, partition: number, firstOffset: bigint, lastOffset: bigint): void {
    const work = this.works.get(nameOf(topic, partition));
    if (work?.next !== firstOffset) return;
    work.next = lastOffset + 1n;
    this.noteUndecodable(work, null);
    this.commits.wake(work);
  }

  /** The end of a partition's log, for its lag, and for whether it rests. */
  noteLogEnd(topic: string, partition: number, end: bigint): void {
    const work = this.works.get(nameOf(topic, partition));
    if (work === undefined) return;
    if (work.highWatermark === null || work.highWatermark < end) work.highWatermark = end;
    if (!this.options.restingTopics?.includes(topic)) return;
    work.seeEnd(end);
    this.updateFetching(work);
  }

  /** The ends of a topic's logs are not known: none of its partitions rests. */
  wake(topic: string): void {
    for (const work of this.works.values()) {
      if (work.topic !== topic) continue;
      work.wake();
      this.updateFetching(work);
    }
  }

  /** Has a partition fetched once that could not be decoded: what was missing may be there by now. */
  lookAgain(topic: string, partition: number): void {
    const work = this.works.get(nameOf(topic, partition));
    if (work === undefined) return;
    work.lookAgain();
    this.updateFetching(work);
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
    this.runner.start(work);
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
    this.runner.stopped = true;
    if (await this.runner.waitIdle(deadlineMs)) return;
    for (const work of this.works.values()) work.abort.abort(new Error('the consumption is stopping'));
    await this.runner.waitIdle(graceMs);
  }

  /** Ends timers. Nothing may be called afterwards. */
  close(): void {
    this.draining = true;
    this.runner.stopped = true;
    this.commits.close();
  }

  state(): DispatcherState {
    const partitions = [...this.works.values()].map((work) =>
      describePartition(work, this.holds.has(nameOf(work.topic, work.partition))),
    );
    return {
      epoch: this.epochNumber,
      running: this.runner.running,
      waiting: partitions.reduce((sum, { waiting }) => sum + waiting, 0),
      partitions,
    };
  }

  private noteUndecodable(work: PartitionWork, found: Undecodable | null): void {
    if (work.noteUndecodable(found)) this.options.onUndecodable?.(work, found);
    this.updateFetching(work);
  }

  private updateFetching(work: PartitionWork): void {
    const paused = work.full || work.resting || work.stuck || this.holds.has(nameOf(work.topic, work.partition));
    if (paused === work.paused) return;
    work.paused = paused;
    if (paused) this.ports.pause(work.topic, work.partition);
    else this.ports.resume(work.topic, work.partition);
  }

  private finish(work: PartitionWork, entry: Entry): void {
    work.settle(entry);
    this.commits.wake(work);
    if (!work.full || !hasRoomAgain(work)) return;
    work.full = false;
    this.updateFetching(work);
  }

  private openWork(topic: string, partition: number): PartitionWork {
    return new PartitionWork(topic, partition, (work) => this.runner.start(work));
  }
}
