import type { Clock } from '../ports.ts';
import { Lane, type LaneParts } from './lane.ts';
import { Presence } from './presence.ts';

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
  readonly #presence: Presence;
  readonly #stopping = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(parts: LanesParts) {
    this.#parts = parts;
    this.#presence = new Presence(parts.clock);
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

  /** A consumer of this process is about to join: lanes that the others lose may be on their way to it. */
  expect(consumer: number): void {
    this.#presence.expect(consumer);
  }

  /**
   * A consumer was given these lane partitions: their lanes are taken at once. Those it lost by that are others' now, for certain: unless it is
   * another consumer of this process that has them, they are given up, so that the new owner need not wait for the lease.
   */
  assign(consumer: number, partitions: readonly number[], lost: readonly number[]): void {
    this.#presence.assign(consumer, partitions);
    this.#presence.settle(lost, (partition) => this.#giveUp(partition));
    this.#serve(partitions);
  }

  /** A consumer is out of its group, perhaps only until it has joined again: its lanes stay that long, the work it began does not. */
  lose(consumer: number, partitions: readonly number[]): void {
    this.#presence.lose(consumer, partitions);
    this.#presence.settle(partitions);
    const giveUp = (): void => {
      for (const partition of partitions) if (!this.#presence.holds(partition)) this.#giveUp(partition);
    };
    void this.#parts.clock.sleep(REJOIN_GRACE_MS, this.#stopped.signal).then(giveUp, () => {});
  }

  /** The signal that work on a record of a lane partition goes by, of that of the consumer that read it: see {@link Presence.follow}. */
  follow(partition: number, signal: AbortSignal): AbortSignal {
    return this.#presence.follow(partition, signal);
  }

  /** A connection has become a target on a partition that is held already. */
  refresh(): void {
    this.#serve(this.#presence.list());
  }

  /** Stops all: deliveries under way may end until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped.abort(new Error('the lanes were stopped'));
    this.#presence.stop();
    const lanes = this.all();
    this.#lanes.clear();
    await Promise.all([...lanes.map((lane) => lane.stop(deadlineMs)), ...this.#stopping]);
  }

  #serve(partitions: Iterable<number>): void {
    for (const partition of partitions)
      for (const connection of this.#parts.connectionsOn(partition)) this.of(connection);
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
