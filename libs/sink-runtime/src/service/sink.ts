import type { Broker, TopicPartition } from '@entrepot/broker';
import { EntrepotServer, type GroupOptions, PassErrorsFilter } from '@entrepot/broker/nest';
import {
  bulkLaneTopic,
  laneGroupId,
  laneTopic,
  listSharedTopics,
  listSinkTopics,
  routerGroupId,
} from '@entrepot/canonical';
import type { Codec as EntityCodec } from '@entrepot/codec';
import type { Logger, Metrics } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { type DeliverParts, reportBug } from '../delivery/deliver.ts';
import { createCircuit } from '../lane/circuit.ts';
import { KeyLocks } from '../lane/key-locks.ts';
import { LaneReporter } from '../lane/lane-reports.ts';
import { Lanes } from '../lane/lanes.ts';
import { Outages } from '../lane/outages.ts';
import { LANE_TIMES, type LaneTimes } from '../lane/owner.ts';
import { LaneTrimmer } from '../lane/trim.ts';
import { type RouterParts, reportUnroutable } from '../router/route.ts';
import {
  adaptCodec,
  adaptLanes,
  adaptLinks,
  adaptPublished,
  adaptPublisher,
  adaptReports,
  createClock,
  createPing,
} from './adapters.ts';
import { laneKey, latestWinsKey, settleCollapsed } from './collapse.ts';
import { createConfiguration } from './configuration.ts';
import { createSinkModule, LANE_GROUP, ROUTER_GROUP } from './controllers.ts';
import { createObserver, observeLanes } from './metrics.ts';

/** A consumer with more lane partitions than this gets slower for all of them. */
const PARTITIONS_PER_CONSUMER = 32;
const LANES_DEADLINE_MS = 2_000;

export interface SinkOptions {
  readonly vendor: Vendor;
  readonly store: Store;
  readonly broker: Broker;
  readonly codec: EntityCodec;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Identity as an owner of lanes: see ENTREPOT_INSTANCE. */
  readonly owner: string;
  readonly times?: Partial<LaneTimes>;
  /** Kafka consumers; null = by the number of lanes. */
  readonly consumers?: number | null;
  /** How long deliveries under way may take to end on stop. */
  readonly stopDeadlineMs: number;
}

export interface Sink {
  readonly lanes: Lanes;
  stop(): Promise<void>;
}

/** Starts a vendor's sink on the given parts: topics, router, lanes, and everything they need. The composition root. */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const { vendor, store, broker, log, metrics } = options;
  const definition = vendor.target;
  if (definition === null) throw new Error(`${vendor.title} has no target side: there is nothing a sink could do`);
  await broker.ensureTopics([...listSharedTopics(), ...listSinkTopics(vendor.name)]);
  const configuration = createConfiguration(store, broker, vendor.name);
  await configuration.growLanes();

  const clock = createClock();
  const publisher = await broker.publisher();
  const reports = adaptReports(publisher);
  const links = adaptLinks(store);
  const codec = adaptCodec(options.codec);
  const outages = new Outages(clock, createPing(store, broker));
  const observe = createObserver(metrics, log, () => clock.nowMicros());
  const laneReports = new LaneReporter(clock, reports, outages);
  const lanes = new Lanes({
    clock,
    store: adaptLanes(store),
    configuration,
    connectionsOn: configuration.connectionsOn,
    definition,
    circuits: createCircuit,
    outages,
    owner: options.owner,
    times: { ...LANE_TIMES, ...options.times },
    log,
    onState: (connection, state, epoch) => {
      log.info({ connection, state: state.state, reason: state.reason, epoch }, 'lane state');
      laneReports.note(connection, state, epoch);
    },
    observeCall: observe.called,
  });
  observeLanes(metrics, () => lanes.all());
  const unfollow = configuration.onConnectionChange(() => {
    configuration.growLanes().then(
      () => lanes.refresh(),
      (error: unknown) => log.warn({ err: error }, 'lane topics could not be grown; the router tries again'),
    );
  });

  const router: RouterParts = {
    vendor: vendor.name,
    clock,
    configuration,
    links,
    codec,
    publisher: adaptPublisher(publisher),
    reports,
    outages,
    observe: observe.routed,
  };
  const deliver: DeliverParts = {
    vendor: vendor.name,
    clock,
    links,
    published: adaptPublished(store),
    configuration,
    codec,
    reports,
    outages,
    locks: new KeyLocks(),
    laneOf: (connection) => lanes.of(connection),
    observe,
  };

  const trimmer = new LaneTrimmer(broker, log);
  const stopped = new AbortController();
  const trimming = trimmer.run(clock, stopped.signal);
  const module = createSinkModule(vendor.name, definition.entities, router, deliver);
  const consumers =
    options.consumers ?? Math.max(1, Math.ceil(configuration.countPartitions() / PARTITIONS_PER_CONSUMER));
  const services: INestMicroservice[] = [];
  for (let consumer = 0; consumer < consumers; consumer += 1) {
    const groups = {
      [ROUTER_GROUP]: describeRouterGroup(router),
      [LANE_GROUP]: describeLaneGroup(consumer, deliver, lanes, trimmer, definition.maxConcurrency),
    };
    const strategy = new EntrepotServer({ broker, groups, closeDeadlineMs: options.stopDeadlineMs });
    const service = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
      strategy,
      logger: false,
      abortOnError: false,
    });
    service.useGlobalFilters(new PassErrorsFilter());
    await service.listen();
    services.push(service);
  }

  return {
    lanes,
    stop: async () => {
      unfollow();
      stopped.abort(new Error('stopped'));
      await Promise.all(services.map((service) => service.close()));
      await lanes.stop(LANES_DEADLINE_MS);
      laneReports.stop();
      outages.stop();
      await trimming;
      await publisher.close();
    },
  };
}

function describeRouterGroup(parts: RouterParts): GroupOptions {
  return { groupId: routerGroupId(parts.vendor), onBug: (record, error) => reportUnroutable(parts, record, error) };
}

function describeLaneGroup(
  consumer: number,
  parts: DeliverParts,
  lanes: Lanes,
  trimmer: LaneTrimmer,
  maxConcurrency: number,
): GroupOptions {
  // Deliveries that wait (at a held lane's gate, in doubt) take a place: there must be enough for those that can work.
  const maxConcurrentPerPartition = Math.max(64, maxConcurrency * 4);
  const partitionsOf = (list: readonly TopicPartition[]): number[] =>
    list.flatMap(({ topic, partition }) => (topic === laneTopic(parts.vendor) ? [partition] : []));
  return {
    groupId: laneGroupId(parts.vendor),
    keyOf: (record) => `${record.topic === bulkLaneTopic(parts.vendor) ? 'bulk' : 'live'}|${laneKey(record)}`,
    latestWins: latestWinsKey,
    onCollapsed: (record, by, signal) => settleCollapsed(parts, record, by, signal),
    onBug: (record, error) => reportBug(parts, record, error),
    limits: { maxConcurrentPerPartition, maxConcurrent: maxConcurrentPerPartition * 2 * PARTITIONS_PER_CONSUMER },
    onAssigned: (assigned) => lanes.assign(consumer, partitionsOf(assigned)),
    onRevoked: (lost) => lanes.lose(consumer, partitionsOf(lost)),
    onCommitted: (topic, partition, offset) => trimmer.committed(topic, partition, offset),
  };
}
