import type { EntityName } from '@entrepot/canonical';
import { entityTopic } from '@entrepot/canonical';
import type { LedgerStore } from '../store/collections.ts';

/** First offset a consumer group has not finished, by `<topic>/<partition>`. */
export type CommittedOffsets = ReadonlyMap<string, bigint>;

export interface UnaccountedPorts {
  readonly store: LedgerStore;
  /** Committed offsets of a consumer group on a topic. */
  readCommitted(groupId: string, topic: string): Promise<CommittedOffsets>;
  /** Waits until the ledger has taken in every report written before now; false when it did not get there in time. */
  catchUp(): Promise<boolean>;
  /** Sink vendors with an active flow for the entity from the connection, with the time each flow last changed. */
  sinksFor(entity: EntityName, connection: string): readonly string[];
  /** Sink vendors that are running flows at all, with the entities they read. */
  readonly sinks: readonly { readonly vendor: string; readonly entities: readonly EntityName[] }[];
}

export interface UnaccountedItem {
  readonly kind: 'event-not-routed' | 'delivery-without-outcome';
  readonly id: string;
  readonly number: string | null;
  readonly detail: string;
}

export interface UnaccountedReport {
  readonly items: readonly UnaccountedItem[];
  /** False when the ledger is behind its topics, so that something may look missing that is only on its way. */
  readonly complete: boolean;
}

const MOST_SHOWN = 200;

/**
 * What the sinks say they have finished but never told the outcome of: must be empty. An event below a router's committed offset without
 * its routing report, or a delivery below its lane's committed offset without an outcome.
 */
export async function findUnaccounted(ports: UnaccountedPorts): Promise<UnaccountedReport> {
  const committed = await readAllCommitted(ports);
  // Offsets first, reports after: a report is acknowledged before its offset commits, so all reports below these offsets exist by now.
  const complete = await ports.catchUp();
  const items: UnaccountedItem[] = [];
  for (const { vendor, topics } of committed.routers) {
    for (const [place, offset] of topics) {
      items.push(...(await findUnrouted(ports, vendor, place, offset)));
      if (items.length >= MOST_SHOWN) return { items: items.slice(0, MOST_SHOWN), complete };
    }
  }
  items.push(...(await findWithoutOutcome(ports.store, committed.lanes)));
  return { items: items.slice(0, MOST_SHOWN), complete };
}

async function readAllCommitted(ports: UnaccountedPorts) {
  const routers: { vendor: string; topics: Map<string, bigint> }[] = [];
  const lanes = new Map<string, bigint>();
  for (const { vendor, entities } of ports.sinks) {
    const topics = new Map<string, bigint>();
    for (const entity of entities) {
      const offsets = await ports.readCommitted(`entrepot.sink.${vendor}`, entityTopic(entity));
      for (const [place, offset] of offsets) topics.set(place, offset);
    }
    routers.push({ vendor, topics });
    for (const topic of [`entrepot.internal.lane.${vendor}`, `entrepot.internal.bulk.${vendor}`]) {
      const offsets = await ports.readCommitted(`entrepot.lane.${vendor}`, topic);
      for (const [place, offset] of offsets) lanes.set(place, offset);
    }
  }
  return { routers, lanes };
}

async function findUnrouted(
  ports: UnaccountedPorts,
  vendor: string,
  place: string,
  committed: bigint,
): Promise<UnaccountedItem[]> {
  const [topic = '', partition = '0'] = place.split('/');
  const items: UnaccountedItem[] = [];
  const unrouted = ports.store.messages
    .find({ 'record.topic': topic, 'record.partition': Number(partition), routedBy: { $ne: vendor } })
    .sort({ _id: -1 })
    .limit(5_000);
  for await (const message of unrouted) {
    if (message.record === null || BigInt(message.record.offset) >= committed) continue;
    if (!ports.sinksFor(message.entity, message.connection).includes(vendor)) continue;
    items.push({
      kind: 'event-not-routed',
      id: message.eventId ?? message._id,
      number: message.number,
      detail: `${place} offset ${message.record.offset} is finished by the ${vendor} router, but no routing was reported`,
    });
  }
  return items;
}

async function findWithoutOutcome(store: LedgerStore, lanes: CommittedOffsets): Promise<UnaccountedItem[]> {
  const items: UnaccountedItem[] = [];
  for await (const delivery of store.deliveries.find({ state: 'pending' }).limit(5_000)) {
    if (delivery.lane === null) continue;
    const committed = lanes.get(`${delivery.lane.topic}/${delivery.lane.partition}`);
    if (committed === undefined || BigInt(delivery.lane.offset) >= committed) continue;
    items.push({
      kind: 'delivery-without-outcome',
      id: delivery._id,
      number: delivery.number,
      detail: `lane record ${delivery.lane.topic}/${delivery.lane.partition} offset ${delivery.lane.offset} is finished, but no outcome was reported`,
    });
  }
  return items;
}
