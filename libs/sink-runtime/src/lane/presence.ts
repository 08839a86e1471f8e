import { PartitionLost } from '@entrepot/broker';
import type { Clock } from '../ports.ts';

/**
 * How long after one consumer has lost a partition another one of this process may say that it has it. Both hear of an assignment at about
 * the same time; what nobody has by then is another process's, and is given up.
 */
const MOVE_GRACE_MS = 300;

/** Which lane partitions are with this process, whichever of its consumers holds them: a move between two of them interrupts nothing. */
export class Presence {
  readonly #clock: Clock;
  readonly #held = new Map<number, Set<number>>();
  /** By partition: aborts when no consumer of this process holds it any more. */
  readonly #stays = new Map<number, AbortController>();
  readonly #followed = new WeakMap<AbortSignal, AbortSignal>();
  readonly #stopped = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A consumer begins: what the others lose may be on its way to it. */
  expect(consumer: number): void {
    if (!this.#held.has(consumer)) this.#held.set(consumer, new Set());
  }

  assign(consumer: number, partitions: readonly number[]): void {
    this.#held.set(consumer, new Set(partitions));
    for (const partition of partitions)
      if (!this.#stays.has(partition)) this.#stays.set(partition, new AbortController());
  }

  lose(consumer: number, partitions: readonly number[]): void {
    for (const partition of partitions) this.#held.get(consumer)?.delete(partition);
  }

  holds(partition: number): boolean {
    return [...this.#held.values()].some((partitions) => partitions.has(partition));
  }

  /** All that is held, by any consumer. */
  list(): ReadonlySet<number> {
    return new Set([...this.#held.values()].flatMap((partitions) => [...partitions]));
  }

  /**
   * Ends the work on those of the partitions that no consumer of this process has: at once if there is no other consumer, else when the others
   * have had the time to say so. `gone` is told each.
   */
  settle(partitions: readonly number[], gone: (partition: number) => void = () => {}): void {
    const end = (): void => {
      for (const partition of partitions) {
        if (this.holds(partition)) continue;
        this.#stays.get(partition)?.abort(new PartitionLost(`${partition} of the lanes`));
        this.#stays.delete(partition);
        gone(partition);
      }
    };
    if (this.#held.size <= 1) end();
    else void this.#clock.sleep(MOVE_GRACE_MS, this.#stopped.signal).then(end, () => {});
  }

  /**
   * The signal for work on a record of a partition: aborts with that of the consumer that read it; but when that consumer has only lost the
   * partition, not before it has left this process.
   */
  follow(partition: number, signal: AbortSignal): AbortSignal {
    // One for all records: the consumer's own signal is one for as long as it holds the partition.
    const known = this.#followed.get(signal);
    if (known !== undefined) return known;
    const work = new AbortController();
    const onAbort = (): void => {
      const stays = signal.reason instanceof PartitionLost ? this.#stays.get(partition)?.signal : undefined;
      if (stays === undefined) work.abort(signal.reason);
      else stays.addEventListener('abort', () => work.abort(stays.reason), { once: true });
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    this.#followed.set(signal, work.signal);
    return work.signal;
  }

  stop(): void {
    this.#stopped.abort(new Error('stopped'));
    for (const stays of this.#stays.values()) stays.abort(new Error('the lanes were stopped'));
    this.#stays.clear();
  }
}
