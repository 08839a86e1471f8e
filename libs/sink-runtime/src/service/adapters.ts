import { type Broker, type BrokerRecord, type Publisher, PublishUnavailable, RecordTooLarge } from '@entrepot/broker';
import {
  ATTEMPT_TOPIC,
  bulkLaneTopic,
  type EntityName,
  formatReport,
  laneTopic,
  type Report,
  type RoutingDecision,
  UNMAPPED_TOPIC,
} from '@entrepot/canonical';
import { CodecError, type Codec as EntityCodec } from '@entrepot/codec';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { Logger, Metrics } from '@entrepot/service-kit';
import { type Connection, isStoreUnavailable, type Store } from '@entrepot/store';
import type { ConfirmationObserver } from '../delivery/confirm-record.ts';
import type { DeliveryObserver } from '../delivery/deliver.ts';
import type { CallName, CallOutcome } from '../lane/access.ts';
import type { Lane } from '../lane/lane.ts';
import type { LaneState } from '../lane/lane-holds.ts';
import {
  type Codec,
  type Configuration,
  type LaneStore,
  type LatestStates,
  type Links,
  Outage,
  type PublishedVersions,
  type Reports,
  type TargetStates,
  TooLarge,
  Undecodable,
} from '../ports.ts';

const MAX_KEY_CHARACTERS = 1_024;

/** Calls the store; an unreachable database is an outage, whatever error the driver throws. */
async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asOutage(error);
  }
}

export function adaptLinks({ links }: Store): Links {
  return {
    get: (key) => withDatabase(() => links.get(key)),
    findByTargetId: (...args) => withDatabase(() => links.findByTargetId(...args)),
    findByReference: (...args) => withDatabase(() => links.findByReference(...args)),
    recordIntent: (...args) => withDatabase(() => links.recordIntent(...args)),
    clearIntent: (...args) => withDatabase(() => links.clearIntent(...args)),
    recordDocument: (...args) => withDatabase(() => links.recordDocument(...args)),
    recordDelivered: (...args) => withDatabase(() => links.recordDelivered(...args)),
  };
}

export function adaptTargetStates({ targetStates }: Store): TargetStates {
  return {
    get: (key) => withDatabase(() => targetStates.get(key)),
    ofRecord: (record) => withDatabase(() => targetStates.ofRecord(record)),
    replace: (...args) => withDatabase(() => targetStates.replace(...args)),
  };
}

/** What a client keeps in the database throws its errors as they are. */
export function asOutage(error: unknown): unknown {
  return isStoreUnavailable(error) ? new Outage('database', error) : error;
}

export function adaptLanes({ lanes }: Store): LaneStore {
  return {
    acquire: (...args) => withDatabase(() => lanes.acquire(...args)),
    renew: (...args) => withDatabase(() => lanes.renew(...args)),
    release: (lease) => withDatabase(() => lanes.release(lease)),
    // A client keeps its session by them, and may share it with a connector: the lane itself tells what an outage is.
    readSession: (connection) => lanes.readSession(connection),
    writeSession: (...args) => lanes.writeSession(...args),
  };
}

export function adaptLatestStates({ latestStates, stateFills }: Store): LatestStates {
  return {
    keep: (state) => withDatabase(() => latestStates.keep(state)),
    erase: (record) => withDatabase(() => latestStates.erase(record)),
    collect: (...args) => withDatabase(() => latestStates.collect(...args)),
    isComplete: (pair) => withDatabase(() => stateFills.isDone(pair)),
  };
}

export function adaptPublished({ published }: Store): PublishedVersions {
  return {
    newest: (entity, connection, sourceId) => withDatabase(() => published.get({ connection, entity, sourceId })),
  };
}

export function adaptCodec(codec: EntityCodec): Codec {
  return {
    async decode<E extends EntityName>(entity: E, value: Buffer) {
      try {
        return (await codec.decode(value, entity)).entity as never;
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        throw error.retriable ? new Outage('registry', error) : new Undecodable(error.name, error.message);
      }
    },
  };
}

/** Sends records; a broker that does not acknowledge is an outage, which is waited out, never a fault of the record. */
export function adaptPublisher(publisher: Pick<Publisher, 'send'>): Pick<Publisher, 'send'> {
  return {
    async send(topic, record) {
      try {
        return await publisher.send(topic, record);
      } catch (error) {
        if (error instanceof RecordTooLarge) throw new TooLarge(error);
        throw error instanceof PublishUnavailable ? new Outage('broker', error) : error;
      }
    },
  };
}

export function adaptReports(publisher: Pick<Publisher, 'send'>): Reports {
  const { send: append } = adaptPublisher(publisher);
  async function send(key: string | null, report: Report): Promise<void> {
    try {
      await append(report.kind === 'stray' ? UNMAPPED_TOPIC : ATTEMPT_TOPIC, {
        // The key of a foreign record may be a megabyte, which would leave no room for the report.
        key: key === null ? null : key.slice(0, MAX_KEY_CHARACTERS),
        value: formatReport(report),
      });
    } catch (error) {
      // Evidence is worth much, but not the report itself.
      if (!(error instanceof TooLarge) || report.kind !== 'attempt' || report.exchanges.length === 0) throw error;
      await send(key, { ...report, exchanges: [] });
    }
  }
  return { send };
}

/**
 * Probes whether the needed systems are back. The registry offers no probe without a record: the next decoding is one.
 */
export function createPing(store: Store, broker: Broker): (of: Outage['of']) => Promise<void> {
  return async (of) => {
    if (of === 'database') await store.ping();
    if (of === 'broker') await broker.endOffsets(ATTEMPT_TOPIC);
  };
}

export interface SinkConfiguration extends Configuration {
  /** Target connections of this vendor on a lane partition. */
  connectionsOn(partition: number): readonly string[];
  /** Highest number of lane partitions that any connection needs. */
  countPartitions(): number;
  /** Grows the lane topics to what the connections need. */
  growLanes(): Promise<void>;
}

/** Connections and flows of one vendor's sink, from the store's live snapshots. */
export function createConfiguration(
  store: Store,
  broker: Pick<Broker, 'ensurePartitions'>,
  vendor: string,
): SinkConfiguration {
  let grownTo = 0;

  function targets(): Connection[] {
    return store.connections.snapshot().filter((connection) => connection.vendor === vendor);
  }

  function countPartitions(): number {
    return Math.max(0, ...targets().map(({ lanePartition }) => (lanePartition ?? -1) + 1));
  }

  async function growTo(count: number): Promise<void> {
    if (count <= grownTo) return;
    await broker.ensurePartitions(laneTopic(vendor), count);
    await broker.ensurePartitions(bulkLaneTopic(vendor), count);
    grownTo = count;
  }

  return {
    connection: (id) => store.connections.find(id),
    flow: (id) => store.flows.find(id),
    flowsFrom: (entity, from) =>
      store.flows
        .snapshot()
        .filter((flow) => flow.entity === entity && flow.from === from)
        .filter((flow) => store.connections.find(flow.to)?.vendor === vendor),
    onConnectionChange: (listener) => store.connections.onChange(({ before, after }) => listener(before, after)),
    open: (id) => withDatabase(() => store.connections.open(id)),
    setAttention: (id, attention) => withDatabase(() => store.connections.setAttention(id, attention)),
    async lanePartition(id) {
      const known = store.connections.find(id)?.lanePartition ?? null;
      const partition = known ?? (await withDatabase(() => store.connections.assignLanePartition(id)));
      await growTo(partition + 1);
      return partition;
    },
    connectionsOn: (partition) =>
      targets().flatMap(({ id, lanePartition }) => (lanePartition === partition ? [id] : [])),
    countPartitions,
    growLanes: () => growTo(countPartitions()),
  };
}

const LANE_STATES: readonly LaneState['state'][] = ['starting', 'running', 'held', 'needs-attention'];
const CIRCUIT_STATES = ['closed', 'half-open', 'open'] as const;

export interface SinkObserver extends DeliveryObserver, ConfirmationObserver {
  routed(decision: RoutingDecision['result'] | 'unreadable' | 'no-flow', entity: EntityName | null): void;
  called(connection: string, operation: CallName, outcome: CallOutcome, durationMs: number): void;
}

/** Metrics and log lines of a sink. Log lines carry event, delivery and trace, never the record's content. */
export function createObserver(metrics: Metrics, log: Logger, clock: Pick<Clock, 'nowMicros'>): SinkObserver {
  const routed = metrics.counter('entrepot_sink_routed_total');
  const attempts = metrics.counter('entrepot_sink_attempts_total');
  const duration = metrics.histogram('entrepot_sink_attempt_seconds');
  const age = metrics.histogram('entrepot_sink_delivery_seconds');
  const calls = metrics.histogram('entrepot_sink_call_seconds');
  const unreadable = metrics.counter('entrepot_sink_unreadable_total');
  const confirmed = metrics.counter('entrepot_sink_confirmed_total');
  return {
    routed: (result, entity) => routed.inc({ entity: entity ?? 'unknown', result }),
    called: (connection, operation, outcome, ms) => calls.observe({ connection, operation, outcome }, ms / 1_000),
    ended(delivery, result, durationMs) {
      const { event, lane } = delivery;
      const labels = { connection: lane.to, entity: event.entity };
      attempts.inc({ ...labels, outcome: result.outcome });
      duration.observe(labels, durationMs / 1_000);
      if (lane.attempt === 1) age.observe(labels, Math.max(0, clock.nowMicros() - event.publishedAtMicros) / 1_000_000);
      const facts = {
        eventId: event.eventId,
        deliveryId: lane.deliveryId,
        traceparent: event.traceparent ?? undefined,
        connection: lane.to,
        entity: event.entity,
        attempt: lane.attempt,
        outcome: result.outcome,
        code: result.error?.code ?? undefined,
        durationMs: Math.round(durationMs),
      };
      if (result.outcome === 'failed' || result.outcome === 'mismatch') log.warn(facts, 'delivery needs a person');
      else log.info(facts, 'delivery attempted');
    },
    held({ event, lane }, why) {
      const facts = { eventId: event.eventId, deliveryId: lane.deliveryId, connection: lane.to, err: why };
      log.debug(facts, 'delivery is begun anew');
    },
    confirmed: (connection, entity, result) => confirmed.inc({ connection, entity, result }),
    unreadable(record: BrokerRecord, why) {
      const { topic, partition, offset } = record;
      unreadable.inc({ topic });
      log.error(
        { topic, partition, offset: offset.toString(), reason: why.message },
        'lane record belongs to no delivery, and confirms none',
      );
    },
  };
}

/** State of each lane and its breaker, one series a state, 1 for the current one. */
export function observeLanes(metrics: Metrics, lanes: () => readonly Lane[]): void {
  metrics.gauge('entrepot_sink_lane_state', (gauge) => {
    for (const lane of lanes()) {
      const { state } = lane.state;
      for (const each of LANE_STATES) gauge.set({ connection: lane.connection, state: each }, each === state ? 1 : 0);
    }
  });
  metrics.gauge('entrepot_sink_breaker_state', (gauge) => {
    for (const lane of lanes()) {
      for (const each of CIRCUIT_STATES)
        gauge.set({ connection: lane.connection, state: each }, each === lane.circuitState ? 1 : 0);
    }
  });
}
