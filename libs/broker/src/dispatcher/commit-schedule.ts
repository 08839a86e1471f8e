import type { ConsumptionOptions } from '../consumption.ts';
import type { DispatcherPorts, DispatcherTrouble, PartitionOffset } from './contract.ts';
import type { PartitionWork } from './partition-work.ts';

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
