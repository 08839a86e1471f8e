import type { BrokerRecord } from '@entrepot/broker';
import { ENTITY_TRAITS, entityOfType, isOrderedAlone, parseLaneKey } from '@entrepot/canonical';

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
