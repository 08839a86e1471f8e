import type { BrokerRecord } from '@entrepot/broker';
import { ENTITY_TRAITS, entityOfType, isOrderedAlone, parseLaneKey } from '@entrepot/canonical';
import { Lane, type LaneParts } from './lane.ts';

/** How long a lost partition may come back (an ordinary rebalance) before its lanes are given up. */
const REJOIN_GRACE_MS = 5_000;

export interface LanesParts extends LaneParts {
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

/** Names a lane record's own queue: of one source record and entity, for one target. Records of older routers have no other. */
function ownKey({ headers, partition, key, offset }: BrokerRecord): string {
  return `${headers.entrepot_to ?? partition}|${headers.ce_type ?? ''}|${key ?? offset}`;
}

/** Names the queue that a lane record belongs into: by its header the one of the record that it is about, else its own. */
function wantedKey(record: BrokerRecord): string {
  const queue = parseLaneKey(record.headers);
  return queue === null ? ownKey(record) : `${record.headers.entrepot_to ?? record.partition}|${queue}`;
}

/**
 * The conflation key of a record when only the newest waiting version matters, else null. It is the record's own, whatever queue it waits
 * in. Not conflated: retries and reprocessed records (an older version may come last, on purpose), immutable documents and deltas, and
 * republished states, which replace no other.
 */
export function latestWinsKey(record: BrokerRecord): string | null {
  const {
    entrepot_attempt: attempt,
    entrepot_operation: operation,
    ce_type: type,
    entrepot_repeats: repeats,
  } = record.headers;
  const entity = entityOfType(type ?? '');
  const conflates = entity !== null && ENTITY_TRAITS[entity].kind === 'state';
  return conflates && repeats === undefined && attempt === '1' && operation === undefined ? ownKey(record) : null;
}

interface Queue {
  readonly key: string;
  /** Of the last record that was put into it. */
  readonly last: bigint;
}

/**
 * What must run sequentially in a lane. A shipment waits behind the order that it names, a stock behind its product. One source record never
 * waits in two queues: while records of it are unfinished, the next follows them, though it asks for another queue (an older router wrote
 * those without the header, or the record names another order now). So a record changes its queue only when its old one holds none of it.
 */
export class LaneKeys {
  /** By partition: the record's own key → where it waits. In the order of their last offsets, except after a rebalance. */
  readonly #queues = new Map<string, Map<string, Queue>>();

  /** To be called in the order of offsets; again for records that are read again. */
  keyOf(record: BrokerRecord): string {
    const own = ownKey(record);
    const entity = entityOfType(record.headers.ce_type ?? '');
    if (entity === null || isOrderedAlone(entity)) return own;
    const queues = this.#on(record.topic, record.partition);
    const { key, last } = queues.get(own) ?? { key: wantedKey(record), last: record.offset };
    queues.delete(own);
    queues.set(own, { key, last: last > record.offset ? last : record.offset });
    return key;
  }

  /** Everything below `offset` is finished. */
  committed(topic: string, partition: number, offset: bigint): void {
    const queues = this.#on(topic, partition);
    for (const [own, { last }] of queues) {
      if (last >= offset) return;
      queues.delete(own);
    }
  }

  /** The partition belongs to another process now, which has finished what this one left. */
  lost(topic: string, partition: number): void {
    this.#queues.delete(`${topic}/${partition}`);
  }

  #on(topic: string, partition: number): Map<string, Queue> {
    const place = `${topic}/${partition}`;
    const queues = this.#queues.get(place) ?? new Map<string, Queue>();
    this.#queues.set(place, queues);
    return queues;
  }
}
