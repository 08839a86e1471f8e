import { backoffMs } from '@entrepot/service-kit/backoff';
import type { ConsumptionLimits, ConsumptionOptions } from '../consumption.ts';
import type { BrokerRecord } from '../record.ts';
import {
  type DispatcherOptions,
  type DispatcherPorts,
  type DispatcherTrouble,
  type PartitionOffset,
  REPORT_RETRY,
} from './contract.ts';
import { type Entry, Fifo, type KeyQueue, type PartitionWork } from './partition-work.ts';
import { type RunningKeys, takeStartable } from './queues.ts';

export interface HandlerRunnerParts {
  readonly options: DispatcherOptions;
  readonly limits: ConsumptionLimits;
  readonly schedule: DispatcherPorts['schedule'];
  readonly locks: RunningKeys;
  readonly isHeld: (work: PartitionWork) => boolean;
  /** A record of a partition that is still ours is finished. */
  readonly onFinished: (work: PartitionWork, entry: Entry) => void;
}

/** Starts handlers while there are places for them, and sees each record to its end; {@link CommitSchedule} commits what is finished. */
export class HandlerRunner {
  stopped = false;
  running = 0;
  private readonly parts: HandlerRunnerParts;
  private readonly turns = new Fifo<PartitionWork>();
  private pumping = false;
  private suspended = false;
  private whenIdle: (() => void)[] = [];

  constructor(parts: HandlerRunnerParts) {
    this.parts = parts;
  }

  suspend(): void {
    this.suspended = true;
  }

  unsuspend(): void {
    this.suspended = false;
  }

  /** Starts what can be started of a partition, and of the others whose turn it is. */
  start(work: PartitionWork): void {
    this.giveTurn(work);
    this.pump();
  }

  /** Accounts for a record dropped in favour of a newer one. */
  async accountConflated(entry: Entry, by: Entry): Promise<void> {
    const { record } = entry;
    const newer = by.record;
    const { onConflated } = this.parts.options;
    if (record === null || newer === null) return;
    if (onConflated !== undefined) {
      const { signal } = entry.work.abort;
      const { done } = await this.report('conflate-failed', entry, record, () => onConflated(record, newer, signal));
      if (!done) return;
    }
    this.finish(entry);
  }

  /** True when no handler runs; false when some still do after `timeoutMs`. */
  waitIdle(timeoutMs: number): Promise<boolean> {
    if (this.running === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancel = this.parts.schedule(timeoutMs, () => resolve(false));
      this.whenIdle.push(() => {
        cancel();
        resolve(true);
      });
    });
  }

  private giveTurn(work: PartitionWork): void {
    if (work.queuedForTurn || work.ready.size === 0 || !this.mayStart(work)) return;
    work.queuedForTurn = true;
    this.turns.push(work);
  }

  private mayStart(work: PartitionWork): boolean {
    return !work.lost && work.running < this.parts.limits.maxConcurrentPerPartition && !this.parts.isHeld(work);
  }

  /** One handler per partition and turn, so that a busy partition takes its share of the places only. */
  private pump(): void {
    // A handler may hold or release a partition before its first await: that must not start a second loop inside this one.
    if (this.pumping) return;
    this.pumping = true;
    while (!this.suspended && !this.stopped && this.running < this.parts.limits.maxConcurrent) {
      const work = this.turns.shift();
      if (work === undefined) break;
      work.queuedForTurn = false;
      if (!this.mayStart(work)) continue;
      const entry = takeStartable(work, this.parts.locks);
      if (entry !== null) void this.run(entry);
      this.giveTurn(work);
    }
    this.pumping = false;
  }

  private async run(entry: Entry): Promise<void> {
    this.running += 1;
    entry.work.running += 1;
    const finished = await this.handle(entry);
    this.running -= 1;
    // The partition's work of now, not of the start: a rebalance may lie between.
    entry.work.running -= 1;
    if (finished) this.finish(entry);
    this.freeKey(entry.queue);
    this.start(entry.work);
    if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** False when the record stays unfinished: its partition was lost, or the consumption stops. */
  private async handle(entry: Entry): Promise<boolean> {
    const record = entry.record as BrokerRecord;
    const { options, schedule } = this.parts;
    const { signal } = entry.work.abort;
    for (let failures = 1; ; failures += 1) {
      try {
        if (entry.bug !== null) throw entry.bug.error;
        await options.handler(record, signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        this.tell({ kind: 'handler-threw', record, error });
        const { done, answer } = await this.report('report-failed', entry, record, () => options.onBug(record, error));
        if (!done) return false;
        if (answer !== 'retry') return true;
      }
      await waitUnlessAborted(backoffMs(REPORT_RETRY, failures), signal, schedule);
      if (signal.aborted) return false;
    }
  }

  /** Calls `report`, with growing delay, until it resolves (`done`, with its answer) or the partition is lost. */
  private async report<T>(
    kind: DispatcherTrouble['kind'],
    entry: Entry,
    record: BrokerRecord,
    report: () => Promise<T>,
  ): Promise<{ done: boolean; answer?: T }> {
    const { signal } = entry.work.abort;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        return { done: true, answer: await report() };
      } catch (error) {
        if (signal.aborted) break;
        this.tell({ kind, record, error });
      }
      await waitUnlessAborted(backoffMs(REPORT_RETRY, failures), signal, this.parts.schedule);
    }
    return { done: false };
  }

  private finish(entry: Entry): void {
    entry.state = 'finished';
    entry.record = null;
    if (!entry.work.lost && !entry.carried) this.parts.onFinished(entry.work, entry);
  }

  private freeKey(queue: KeyQueue): void {
    // Own queue last: another partition's record of this key has waited longer than what follows here.
    for (const waiter of [...this.parts.locks.release(queue.key), queue]) {
      if (waiter.work.lost) continue;
      if (waiter.waiting.size === 0) {
        waiter.state = 'idle';
        waiter.work.keys.delete(waiter.key);
        continue;
      }
      waiter.state = 'ready';
      waiter.work.ready.push(waiter);
      // Of another member of the group in this process, perhaps: its own runner starts it.
      waiter.work.startReady(waiter.work);
    }
  }

  private tell(trouble: DispatcherTrouble): void {
    this.parts.options.onTrouble?.(trouble);
  }
}

function waitUnlessAborted(delayMs: number, signal: AbortSignal, schedule: DispatcherPorts['schedule']): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = schedule(delayMs, end);
    signal.addEventListener('abort', end);
  });
}

export interface CommitScheduleOptions {
  readonly ports: DispatcherPorts;
  readonly intervalMs: number;
  readonly epoch: () => number;
  readonly works: () => Iterable<PartitionWork>;
  readonly suspended: () => boolean;
  readonly onCommitted: ConsumptionOptions['onCommitted'];
  readonly onTrouble: (trouble: DispatcherTrouble) => void;
}

/**
 * Commits finished offsets on a timer of its own, off the delivery path: a commit per batch makes delivery five times slower. One commit
 * at a time, so that an earlier one cannot overwrite a later one.
 */
export class CommitSchedule {
  private readonly options: CommitScheduleOptions;
  private cancelTimer: (() => void) | null = null;
  private last: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(options: CommitScheduleOptions) {
    this.options = options;
  }

  /** Something of `work` may have become committable. */
  wake(work: PartitionWork): void {
    if (this.cancelTimer === null && !this.closed && work.hasCommittable) this.startTimer();
  }

  /** Commits what is finished when called, after the commit under way. */
  flush(): Promise<void> {
    this.last = this.last.then(() => this.commitFinished());
    return this.last;
  }

  close(): void {
    this.closed = true;
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private startTimer(): void {
    this.cancelTimer = this.options.ports.schedule(this.options.intervalMs, () => {
      this.cancelTimer = null;
      // During a rebalance the consumer's generation is in doubt: the next assignment starts from what is committed already.
      if (this.closed || this.options.suspended()) return;
      void this.flush().then(() => this.wakeAny());
    });
  }

  private wakeAny(): void {
    for (const work of this.options.works()) this.wake(work);
  }

  private async commitFinished(): Promise<void> {
    const works = [...this.options.works()].filter((work) => work.hasCommittable);
    if (works.length === 0) return;
    const offsets = works.map(
      ({ topic, partition, committable }): PartitionOffset => ({ topic, partition, offset: committable ?? 0n }),
    );
    try {
      await this.options.ports.commit(this.options.epoch(), offsets);
    } catch (error) {
      // Left as it is: the next tick commits the offsets of its time.
      this.options.onTrouble({ kind: 'commit-failed', error });
      return;
    }
    for (const [index, work] of works.entries()) {
      const { offset } = offsets[index] as PartitionOffset;
      if (work.committed === null || work.committed < offset) work.committed = offset;
      if (!work.lost) this.tellCommitted(work, offset);
    }
  }

  private tellCommitted(work: PartitionWork, offset: bigint): void {
    try {
      this.options.onCommitted?.(work.topic, work.partition, offset);
    } catch (error) {
      this.options.onTrouble({ kind: 'listener-threw', error });
    }
  }
}
