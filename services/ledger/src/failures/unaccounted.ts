import type { EntityName } from '@entrepot/canonical';
import { bulkLaneTopic, entityTopic, laneGroupId, laneTopic, routerGroupId } from '@entrepot/canonical';
import type { LedgerStore } from '../store/collections.ts';

/** First offset a consumer group has not finished, by partition. */
export type CommittedOffsets = ReadonlyMap<number, bigint>;

export interface UnaccountedPorts {
  readonly store: LedgerStore;
  /** Committed offsets of a consumer group on a topic. */
  readCommitted(groupId: string, topic: string): Promise<CommittedOffsets>;
  /** Waits until the ledger has taken in every report written before now; false when it did not get there in time. */
  catchUp(): Promise<boolean>;
  /** Flows of an entity to connections of a sink vendor, inactive ones included: the router reports on those too. */
  flowsTo(vendor: string, entity: EntityName): readonly { readonly id: string; readonly from: string }[];
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
  /** False when the ledger is behind its topics, so that something may look missing that is only on its way; or when there is more. */
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
  for (const router of committed.routers) {
    for (const [partition, offset] of router.offsets) {
      items.push(...(await findUnrouted(ports, router, partition, offset)));
    }
  }
  for (const lane of committed.lanes) items.push(...(await findWithoutOutcome(ports.store, lane)));
  return { items: items.slice(0, MOST_SHOWN), complete: complete && items.length <= MOST_SHOWN };
}

interface Router {
  readonly vendor: string;
  readonly topic: string;
  /** Where from, and since when, each flow is known to have been routed. */
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

/**
 * Routers say nothing of events that no flow concerns, so what passed before a flow existed is nobody's loss: a flow counts from the first
 * event that was routed on it.
 */
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
  // Compared by the database, so that however much is queued or of no concern, only what is missing is read and counts against the limit.
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
    .limit(MOST_SHOWN + 1)
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
    .limit(MOST_SHOWN + 1)
    .toArray();
  return found.map((delivery) => ({
    kind: 'delivery-without-outcome',
    id: delivery._id,
    number: delivery.number,
    detail: `lane record ${topic}/${partition} offset ${delivery.lane?.offset} is finished, but no outcome was reported`,
  }));
}
