import type { EntityName } from '@entrepot/canonical';
import { bulkLaneTopic, entityTopic, laneGroupId, laneTopic, routerGroupId } from '@entrepot/canonical';
import type { LedgerStore } from '../store/collections.ts';

/** First offset a consumer group has not finished, by partition. */
export type CommittedOffsets = ReadonlyMap<number, bigint>;

export interface UnaccountedPorts {
  readonly store: LedgerStore;
  /** Committed offsets of a consumer group on a topic. */
  readCommitted(groupId: string, topic: string): Promise<CommittedOffsets>;
  /** Waits until the ledger has ingested every report written before now; false after its timeout. */
  catchUp(): Promise<boolean>;
  /** Flows of an entity to connections of a sink vendor, inactive ones included: the router reports on those too. */
  flowsTo(vendor: string, entity: EntityName): readonly { readonly id: string; readonly from: string }[];
  /** Sink vendors with flows, and the entities they read. */
  readonly sinks: readonly { readonly vendor: string; readonly entities: readonly EntityName[] }[];
  /** Hints that no connector has read in time. */
  listUnreadHints(): Promise<readonly UnaccountedItem[]>;
}

export interface UnaccountedItem {
  readonly kind: 'event-not-routed' | 'delivery-without-outcome' | 'hint-not-read';
  readonly id: string;
  readonly number: string | null;
  readonly detail: string;
}

export interface UnaccountedReport {
  readonly items: readonly UnaccountedItem[];
  /** False when the ledger is behind its topics, so that an item may only be on its way; or when there are more items. */
  readonly complete: boolean;
}

const MAX_SHOWN = 200;

/**
 * Finds work that the sinks committed without reporting its outcome, and what connectors know and have not read in time; must be empty. Reports
 * an event below a router's committed offset without a routing report, and a delivery below its lane's committed offset without an outcome.
 */
export async function findUnaccounted(ports: UnaccountedPorts): Promise<UnaccountedReport> {
  const committed = await readAllCommitted(ports);
  // Offsets first, reports after: a report is acknowledged before its offset commits, so all reports below these offsets exist by now.
  const complete = await ports.catchUp();
  const items: UnaccountedItem[] = [...(await ports.listUnreadHints())];
  for (const router of committed.routers) {
    for (const [partition, offset] of router.offsets) {
      items.push(...(await findUnrouted(ports, router, partition, offset)));
    }
  }
  for (const lane of committed.lanes) items.push(...(await findWithoutOutcome(ports.store, lane)));
  return { items: items.slice(0, MAX_SHOWN), complete: complete && items.length <= MAX_SHOWN };
}

interface Router {
  readonly vendor: string;
  readonly topic: string;
  /** Source connections, each with the time of the first event routed from it. */
  readonly sources: readonly { readonly connection: string; readonly since: Date }[];
  readonly offsets: ReadonlyMap<number, bigint>;
}

interface LanePosition {
  readonly topic: string;
  readonly partition: number;
  readonly committed: bigint;
}

async function readAllCommitted(ports: UnaccountedPorts) {
  const routers: Router[] = [];
  const lanes: LanePosition[] = [];
  for (const { vendor, entities } of ports.sinks) {
    for (const entity of entities) {
      const topic = entityTopic(entity);
      const sources = await findSources(ports, vendor, entity);
      if (sources.length === 0) continue;
      routers.push({ vendor, topic, sources, offsets: await ports.readCommitted(routerGroupId(vendor), topic) });
    }
    for (const topic of [laneTopic(vendor), bulkLaneTopic(vendor)]) {
      const offsets = await ports.readCommitted(laneGroupId(vendor), topic);
      for (const [partition, committed] of offsets) lanes.push({ topic, partition, committed });
    }
  }
  return { routers, lanes };
}

/** Ignores events older than a flow's first routed event: routers report only on flows that exist. */
async function findSources(ports: UnaccountedPorts, vendor: string, entity: EntityName) {
  const since = new Map<string, Date>();
  for (const { id, from } of ports.flowsTo(vendor, entity)) {
    const [first] = await ports.store.deliveries
      .find({ flow: id }, { projection: { eventId: 1 } })
      .sort({ _id: 1 })
      .limit(1)
      .toArray();
    if (first === undefined) continue;
    const message = await ports.store.messages.findOne({ eventId: first.eventId }, { projection: { at: 1 } });
    const before = since.get(from);
    if (message !== null && (before === undefined || message.at < before)) since.set(from, message.at);
  }
  return [...since].map(([connection, at]) => ({ connection, since: at }));
}

async function findUnrouted(
  ports: UnaccountedPorts,
  { vendor, topic, sources }: Router,
  partition: number,
  committed: bigint,
): Promise<UnaccountedItem[]> {
  // The database compares, so that only missing events are read and count against the limit, however many are queued or irrelevant.
  const unrouted = await ports.store.messages
    .find(
      {
        'record.topic': topic,
        'record.partition': partition,
        routedBy: { $ne: vendor },
        $or: sources.map(({ connection, since }) => ({ connection, at: { $gte: since } })),
        $expr: { $lt: [{ $toLong: '$record.offset' }, committed] },
      },
      { projection: { eventId: 1, number: 1, 'record.offset': 1 } },
    )
    .limit(MAX_SHOWN + 1)
    .toArray();
  return unrouted.map((message) => ({
    kind: 'event-not-routed',
    id: message.eventId ?? message._id,
    number: message.number,
    detail: `${topic}/${partition} offset ${message.record?.offset} is finished by the ${vendor} router, but no routing was reported`,
  }));
}

async function findWithoutOutcome(store: LedgerStore, lane: LanePosition): Promise<UnaccountedItem[]> {
  const { topic, partition, committed } = lane;
  const found = await store.deliveries
    .find(
      {
        state: 'pending',
        outstanding: null,
        'lane.topic': topic,
        'lane.partition': partition,
        $expr: { $lt: [{ $toLong: '$lane.offset' }, committed] },
      },
      { projection: { number: 1, 'lane.offset': 1 } },
    )
    .limit(MAX_SHOWN + 1)
    .toArray();
  return found.map((delivery) => ({
    kind: 'delivery-without-outcome',
    id: delivery._id,
    number: delivery.number,
    detail: `lane record ${topic}/${partition} offset ${delivery.lane?.offset} is finished, but no outcome was reported`,
  }));
}
