import type { Broker, BrokerRecord, Consumption } from '@entrepot/broker';
import { type EntityName, type EventHeaders, entitySchemas, entityTopic, parseEventHeaders } from '@entrepot/canonical';
import type { Codec } from '@entrepot/codec';
import { WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import type { Logger } from '@entrepot/service-kit';
import type { RepublicationDocument, Store } from '@entrepot/store';
import { holdWhileUnavailable, untilAborted } from '../hold.ts';
import type { ConnectorMetrics } from '../metrics.ts';
import type { RecordSync } from '../publish/record-sync.ts';

export interface RepublisherOptions {
  readonly vendor: string;
  /** Those whose states this vendor's connector publishes. */
  readonly entities: readonly EntityName[];
  readonly store: Pick<Store, 'connections' | 'republications'>;
  readonly broker: Pick<Broker, 'consume' | 'committedOffsets' | 'endOffsets'>;
  readonly codec: Pick<Codec, 'isWrittenWithOlder' | 'decode'>;
  readonly sync: Pick<RecordSync, 'republish'>;
  readonly log: Logger;
  readonly metrics: ConnectorMetrics;
  /** States published a second, of all entities of this process together. */
  readonly perSecond: number;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
  /**
   * The work counts as done after this time without a state in an older schema: replicas of the previous release may
   * still write. Default 10 minutes.
   */
  readonly quietMs?: number;
  readonly lookMs?: number;
}

const QUIET_MS = 600_000;
const LOOK_MS = 5_000;
const STOP_DEADLINE_MS = 2_000;
/** Live traffic shares the process. */
const LIMITS = { maxConcurrent: 64, maxQueuedRecords: 500, maxFetchBytes: 1_000_000 } as const;

/**
 * After a release with newer schemas, republishes the last state of each record that stands in an older schema, from
 * its topic: same content, new version, at a bounded rate. Replicas share the work as members of one group and resume
 * from its commits. Runs once per schema file and ends by itself.
 */
export function startRepublisher(options: RepublisherOptions): { stop(): Promise<void> } {
  const pace = createPace(options.perSecond);
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const work = async (entity: EntityName): Promise<void> => {
    while (!signal.aborted) {
      try {
        return await republishEntity({ ...options, signal }, entity, pace);
      } catch (err) {
        if (signal.aborted) return;
        // Any error (kafkajs throws a TypeError where a topic has just changed): the remaining work is known, and
        // starts again.
        options.log.warn({ err, entity }, 'republishing broke off; it goes on in a moment');
        await WALL_CLOCK.sleep(options.lookMs ?? LOOK_MS, signal).catch(() => undefined);
      }
    }
  };
  const works = options.entities.map(work);
  return {
    async stop() {
      ending.abort(new Error('the connector stops'));
      await Promise.all(works);
    },
  };
}

async function republishEntity(
  options: RepublisherOptions,
  entity: EntityName,
  pace: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { vendor, store, broker, metrics, signal, lookMs = LOOK_MS, quietMs = QUIET_MS } = options;
  const schema = entitySchemas[entity].file;
  const topic = entityTopic(entity);
  const log = options.log.child({ entity, schema });
  const retrying = <T>(work: () => Promise<T>): Promise<T> =>
    holdWhileUnavailable(work, { signal, onRetry: (err) => log.warn({ err }, 'republishing waits') });

  const known = await retrying(() => store.republications.get(vendor, schema));
  if (known !== null && known.doneAt !== null) return;
  const goal = await retrying(() => broker.endOffsets(topic));
  const work = known ?? (await retrying(() => store.republications.begin(vendor, schema, goal)));
  if (work.doneAt !== null) return;

  const groupId = `entrepot.connector.${vendor}.republish.${schema.replace('/', '.').replace(/\.avsc$/, '')}`;
  log.info({ groupId, already: work.republished }, 'states in older schemas are published once more');
  let sinceNoted = 0;
  const consumption = broker.consume({
    groupId,
    topics: [topic],
    limits: LIMITS,
    handler: async (record, lost) => {
      const met = await untilAborted(handle(record, entity, options, pace, log), lost);
      if (met) sinceNoted += 1;
    },
    onBug: async (record, err) => {
      if (signal.aborted) throw err;
      metrics.republished(entity, 'failed');
      log.error({ err, ...placeOf(record) }, 'a state stays in its older schema until it changes');
    },
  });
  const note = async (): Promise<void> => {
    const count = sinceNoted;
    if (count === 0) return;
    await retrying(() => store.republications.note(vendor, schema, count));
    sinceNoted -= count;
  };
  try {
    for (;;) {
      await WALL_CLOCK.sleep(lookMs, signal);
      await note();
      const left = remaining(consumption);
      metrics.republishRemaining(entity, left);
      if (sinceNoted > 0 || left > 0)
        log.info({ remaining: left }, 'states in older schemas are being published once more');
      if (!(await retrying(() => hasReached(work, consumption, broker, topic)))) continue;
      if (await retrying(() => store.republications.finish(vendor, schema, quietMs))) break;
    }
    const total = (await retrying(() => store.republications.get(vendor, schema)))?.republished;
    log.info({ republished: total }, 'no state in an older schema is left');
  } finally {
    metrics.republishRemaining(entity, null);
    await consumption.stop({ deadlineMs: STOP_DEADLINE_MS });
  }
}

/** @returns true when the record stood in an older schema and was published once more */
async function handle(
  record: BrokerRecord,
  entity: EntityName,
  options: RepublisherOptions,
  pace: (signal: AbortSignal) => Promise<void>,
  log: Logger,
): Promise<boolean> {
  const { codec, sync, store, metrics, signal } = options;
  const { value } = record;
  const event = readHeaders(record);
  // Erased, foreign, of another vendor's connector, or of a connection that no longer exists: not ours to publish.
  if (value === null || event === null || event.entity !== entity || event.vendor !== options.vendor) return false;
  if (store.connections.find(event.connection) === null) return false;
  const retrying = <T>(work: () => Promise<T>): Promise<T> =>
    holdWhileUnavailable(work, { signal, onRetry: (err) => log.warn({ err }, 'republishing waits') });
  let decoded: { readonly entity: StandingEntity };
  try {
    if (!(await retrying(() => codec.isWrittenWithOlder(value)))) return false;
    decoded = await retrying(() => codec.decode(value, entity));
  } catch (err) {
    signal.throwIfAborted();
    // Readers reported it when it arrived; publishing it again would report nothing new.
    metrics.republished(entity, 'unreadable');
    log.warn({ err, ...placeOf(record) }, 'a state cannot be read, and stays as it stands');
    return false;
  }
  const { source } = decoded.entity;
  if (source.connection !== event.connection || source.id !== event.sourceId) return false;
  const outcome = await sync.republish({ event, entity: decoded.entity }, () => pace(signal));
  metrics.republished(entity, outcome.result);
  if (outcome.result === 'refused')
    log.error({ ...placeOf(record), error: outcome.error }, 'a state stays in its older schema until it changes');
  return outcome.result === 'republished';
}

type StandingEntity = Parameters<RecordSync['republish']>[0]['entity'];

function readHeaders(record: BrokerRecord): EventHeaders | null {
  try {
    return parseEventHeaders(record.headers);
  } catch {
    return null;
  }
}

function placeOf({ topic, partition, offset }: BrokerRecord) {
  return { topic, partition, offset: String(offset) };
}

/** Records of the partitions that this process has. */
function remaining(consumption: Consumption): number {
  return consumption.state().partitions.reduce((sum, { lag }) => sum + Number(lag ?? 0), 0);
}

/** True when the group has read every partition up to the end that the topic had when the work began. */
async function hasReached(
  { goal }: RepublicationDocument,
  consumption: Consumption,
  broker: Pick<Broker, 'committedOffsets'>,
  topic: string,
): Promise<boolean> {
  const committed = await broker.committedOffsets(consumption.groupId, topic);
  const own = new Map(consumption.state().partitions.map(({ partition, lag }) => [partition, lag]));
  return goal.every(
    // What compaction took away at the end is never committed.
    ({ partition, offset }) => (committed.get(partition) ?? 0n) >= BigInt(offset) || own.get(partition) === 0n,
  );
}

/** Admits callers at a steady rate, one after the other. Idle time is not saved up. */
export function createPace(perSecond: number): (signal: AbortSignal) => Promise<void> {
  let nextAtMs = 0;
  return async (signal) => {
    const nowMs = WALL_CLOCK.monotonicMs();
    const atMs = Math.max(nowMs, nextAtMs);
    nextAtMs = atMs + 1_000 / perSecond;
    if (atMs > nowMs) await WALL_CLOCK.sleep(atMs - nowMs, signal);
  };
}
