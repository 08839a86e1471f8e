import type { Broker } from '@entrepot/broker';
import { listSharedTopics, listSinkTopics } from '@entrepot/canonical';
import type { Codec as EntityCodec } from '@entrepot/codec';
import { observeBudgets } from '@entrepot/runtime-kit/budget';
import { OpenClients } from '@entrepot/runtime-kit/clients';
import { createClock } from '@entrepot/runtime-kit/clock';
import { NO_TRACES, type Tracer } from '@entrepot/runtime-kit/tracing';
import type { Logger, Metrics } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import { KeyLocks, type Vendor } from '@entrepot/vendor-kit';
import type { LaneRecordParts } from '../delivery/deliver.ts';
import { Outages } from '../lane/holds.ts';
import { LaneReporter } from '../lane/lane-reports.ts';
import { Lanes } from '../lane/lanes.ts';
import { LANE_TIMES, type LaneTimes } from '../lane/owner.ts';
import { FirstAttempts, type RouterParts } from '../router/route.ts';
import { fillFromTopic } from '../states/fill.ts';
import { STATE_TIMES, StateKeeper, type StateTimes } from '../states/keeper.ts';
import {
  adaptCodec,
  adaptLanes,
  adaptLatestStates,
  adaptLinks,
  adaptPublished,
  adaptPublisher,
  adaptReports,
  adaptTargetStates,
  asOutage,
  createConfiguration,
  createObserver,
  createPing,
  observeLanes,
} from './adapters.ts';
import { followCollected, listRouted } from './collected-pairs.ts';
import { LaneTrimmer, SinkConsumers } from './consumers.ts';
import { growWithConnections } from './growth.ts';

const LANES_DEADLINE_MS = 2_000;

export interface SinkOptions {
  readonly vendor: Vendor;
  readonly store: Store;
  readonly broker: Broker;
  readonly codec: EntityCodec;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracer?: Tracer;
  /** Of the process, where other sides run in it, too; left out: its own. */
  readonly clients?: OpenClients;
  /** Identity as an owner of lanes: see ENTREPOT_INSTANCE. */
  readonly owner: string;
  readonly times?: Partial<LaneTimes>;
  readonly stateTimes?: Partial<StateTimes>;
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
  const { vendor, store, broker, log, metrics, tracer = NO_TRACES } = options;
  const definition = vendor.target;
  if (definition === null) throw new Error(`${vendor.title} has no target side: there is nothing a sink could do`);
  await broker.ensureTopics([...listSharedTopics(), ...listSinkTopics(vendor.name)]);
  const configuration = createConfiguration(store, broker, vendor.name);
  await configuration.growLanes();

  const clock = createClock();
  const publisher = await broker.publisher({ writesLanes: true });
  const reports = adaptReports(publisher);
  const links = adaptLinks(store);
  const codec = adaptCodec(options.codec);
  const outages = new Outages(clock, createPing(store, broker));
  const observe = createObserver(metrics, log, clock);
  const firstAttempts = new FirstAttempts(clock);
  const laneReports = new LaneReporter(clock, reports, outages);
  const budgetWaits = observeBudgets(metrics, () =>
    lanes
      .all()
      .flatMap(({ connection, budgetState }) => (budgetState === null ? [] : [{ connection, state: budgetState }])),
  );
  const clients = options.clients ?? OpenClients.on(store, { name: `sink ${vendor.name}`, clock, log });
  const lanes: Lanes = new Lanes({
    clock,
    store: adaptLanes(store),
    configuration,
    connectionsOn: configuration.connectionsOn,
    vendor,
    clients,
    asOutage,
    outages,
    owner: options.owner,
    times: { ...LANE_TIMES, ...options.times },
    log,
    onState: (connection, state, epoch) => {
      log.info({ connection, state: state.state, reason: state.reason, epoch }, 'lane state');
      laneReports.note(connection, state, epoch);
    },
    observeCall: observe.called,
    budgetWaits,
  });
  observeLanes(metrics, () => lanes.all());

  const latestStates = adaptLatestStates(store);
  const stateTimes = { ...STATE_TIMES, ...options.stateTimes };
  const keep = { vendor: vendor.name, clock, codec, latestStates, broker, outages, log, times: stateTimes };
  const keeper = new StateKeeper({
    vendor: vendor.name,
    clock,
    owner: options.owner,
    fills: store.stateFills,
    listCollected: followCollected(store, vendor.name, definition),
    fill: (...given) => fillFromTopic(keep, ...given),
    log,
    times: stateTimes,
  });
  await keeper.load();

  const router: RouterParts = {
    vendor: vendor.name,
    clock,
    configuration,
    links,
    codec,
    latestStates,
    kept: keeper,
    publisher: adaptPublisher(publisher),
    reports,
    outages,
    locks: new KeyLocks(),
    firstAttempts,
    observe: observe.routed,
    tracer,
  };
  const deliver: LaneRecordParts = {
    vendor: vendor.name,
    clock,
    links,
    published: adaptPublished(store),
    states: adaptTargetStates(store),
    latestStates,
    configuration,
    codec,
    reports,
    outages,
    firstAttempts,
    locks: new KeyLocks(),
    lanes,
    observe,
    tracer,
  };

  const trimmer = new LaneTrimmer(broker, log);
  const stopped = new AbortController();
  const trimming = trimmer.run(clock, stopped.signal);
  const keeping = keeper.run(stopped.signal);
  const consumers = new SinkConsumers({
    vendor: vendor.name,
    entities: listRouted(definition),
    broker,
    router,
    deliver,
    lanes,
    trimmer,
    fixedCount: options.consumers ?? null,
    stopDeadlineMs: options.stopDeadlineMs,
  });
  const stopGrowing = growWithConnections({ clock, configuration, consumers, lanes, log }, stopped.signal);
  await consumers.growTo(configuration.countPartitions());

  return {
    lanes,
    stop: async () => {
      stopGrowing();
      stopped.abort(new Error('stopped'));
      await consumers.stop();
      await lanes.stop(LANES_DEADLINE_MS);
      await clients.closed();
      laneReports.stop();
      outages.stop();
      await Promise.all([trimming, keeping]);
      await publisher.close();
    },
  };
}
