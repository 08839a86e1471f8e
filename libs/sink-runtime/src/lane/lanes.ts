import type { Clock } from '@entrepot/runtime-kit/clock';
import { Lane, type LaneParts } from './lane.ts';

/** How long a lost partition may come back (an ordinary rebalance) before its lanes are given up. */
const REJOIN_GRACE_MS = 5_000;

export interface LanesParts extends Omit<LaneParts, 'clock'> {
  readonly clock: Clock;
  /** Target connections by the partition of their lanes. */
  connectionsOn(partition: number): readonly string[];
}

/** The lanes this process serves, made when first needed and given up with their partition. */
export class Lanes {
  readonly #parts: LanesParts;
  readonly #lanes = new Map<string, Lane>();
  /** Lane partitions held, by the consumer that holds them. */
  readonly #held = new Map<number, Set<number>>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(parts: LanesParts) {
    this.#parts = parts;
  }

  all(): Lane[] {
    return [...this.#lanes.values()];
  }

  /** The lane of a target connection; started if it is not running. */
  of(connection: string): Lane {
    this.#stopped.signal.throwIfAborted();
    const existing = this.#lanes.get(connection);
    if (existing !== undefined) return existing;
    const lane = new Lane(connection, this.#parts);
    this.#lanes.set(connection, lane);
    lane.start();
    return lane;
  }

  /**
   * A consumer was assigned these lane partitions: it takes their lanes immediately. The lanes of lost partitions now
   * belong to other consumers for certain: they are released immediately, so that the new owner does not wait for the
   * lease.
   */
  assign(consumer: number, partitions: readonly number[], lost: readonly number[]): void {
    this.#held.set(consumer, new Set(partitions));
    for (const partition of lost) if (!this.#holds(partition)) this.#giveUp(partition);
    for (const partition of partitions)
      for (const connection of this.#parts.connectionsOn(partition)) this.of(connection);
  }

  /** A consumer has left its group, perhaps only until it rejoins: its lanes stay that long. */
  lose(consumer: number, partitions: readonly number[]): void {
    const { clock } = this.#parts;
    const held = this.#held.get(consumer);
    for (const partition of partitions) held?.delete(partition);
    const giveUp = (): void => {
      for (const partition of partitions) if (!this.#holds(partition)) this.#giveUp(partition);
    };
    void clock.sleep(REJOIN_GRACE_MS, this.#stopped.signal).then(giveUp, () => {});
  }

  /** A connection has become a target on a partition that is held already. */
  refresh(): void {
    for (const partitions of this.#held.values()) {
      for (const partition of partitions)
        for (const connection of this.#parts.connectionsOn(partition)) this.of(connection);
    }
  }

  /** Stops all: deliveries under way may end until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped.abort(new Error('the lanes were stopped'));
    const lanes = this.all();
    this.#lanes.clear();
    await Promise.all([...lanes.map((lane) => lane.stop(deadlineMs)), ...this.#stopping]);
  }

  #holds(partition: number): boolean {
    return [...this.#held.values()].some((partitions) => partitions.has(partition));
  }

  #giveUp(partition: number): void {
    for (const connection of this.#parts.connectionsOn(partition)) {
      const lane = this.#lanes.get(connection);
      if (lane === undefined) continue;
      this.#lanes.delete(connection);
      const stopping = lane.stop(0).finally(() => this.#stopping.delete(stopping));
      this.#stopping.add(stopping);
    }
  }
}
