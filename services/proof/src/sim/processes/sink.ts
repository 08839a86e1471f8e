import type { EntityName, EntityOf } from '@entrepot/canonical';
import { OpenClients } from '@entrepot/runtime-kit/clients';
import { breakerModel } from '@entrepot/runtime-kit/testing';
import {
  adaptPublisher,
  adaptReports,
  type Codec,
  type Configuration,
  FirstAttempts,
  handleLaneRecord,
  LANE_TIMES,
  LaneKeys,
  type LaneRecordParts,
  LaneReporter,
  Lanes,
  latestWinsKey,
  Outages,
  type RouterParts,
  reportBug,
  reportUnroutable,
  routeRecord,
  routerKey,
  settleConflated,
} from '@entrepot/sink-runtime/core';
import { KeyLocks } from '@entrepot/vendor-kit';
import { GroupMember } from '../infrastructure/group-member.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import { publishFrom } from '../infrastructure/publish.ts';
import {
  createLanePort,
  createLatestStatePort,
  createLinkPort,
  createShares,
  createStatePort,
  createVault,
  outageOf,
  reachDatabase,
} from '../infrastructure/stores.ts';
import { limitsOf, VENDOR } from '../models/records.ts';
import { defineModelTarget } from '../models/target.ts';
import { bulkLane } from '../world/topics.ts';
import type { World } from '../world/world.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Starts one replica of the sink in a process, put together as the product's composition root does it, on ports of the world. */
export function startSink(world: World, process: SimProcess): void {
  const { clock } = process;
  const database = reachDatabase(world, process, outageOf('database'));
  const configuration = createConfiguration(world, database);
  const publisher = adaptPublisher(publishFrom(world, process));
  const reports = adaptReports(publishFrom(world, process));
  const links = createLinkPort(world, database);
  const codec = createDecoder(world, process);
  const outages = new Outages(clock, (of) =>
    process.call(() => {
      if (world.outages[of]) throw new Error(`${of} does not answer`);
    }),
  );
  const firstAttempts = new FirstAttempts(clock);
  const laneReports = new LaneReporter(clock, reports, outages);
  const lanes = new Lanes({
    clock,
    store: createLanePort(world, database),
    configuration,
    connectionsOn: (partition) => world.targets.filter(({ lane }) => lane === partition).map(({ id }) => id),
    vendor: {
      client: {
        open: ({ connection, credentials }) => world.openSystem(connection.id, process, credentials),
        close: async () => {},
      },
      budget: () => limitsOf(world.plan.scenarios),
      source: null,
      target: defineModelTarget(world.plan.scenarios),
    },
    clients: new OpenClients({
      instance: `${process.name} ${clock.nowMicros()}`,
      credentials: { vault: (connection) => createVault(world, database, connection) },
      shares: createShares(world, database),
      clock,
      log: SILENT,
    }),
    // What is stored in the world answers in a sink's words.
    asOutage: (error) => error,
    breaker: breakerModel({
      monotonicMs: () => process.clock.monotonicMs(),
      schedule: (ms, wake) => process.later(ms, wake),
    }),
    outages,
    owner: process.name,
    times: LANE_TIMES,
    log: SILENT,
    onState: (connection, state, epoch) => laneReports.note(connection, state, epoch),
    observeCall: () => {},
    budgetWaits: { observe: () => {} },
  });
  const router: RouterParts = {
    vendor: VENDOR,
    clock,
    configuration,
    links,
    codec,
    latestStates: createLatestStatePort(world, database),
    // The model's plans are based on their records alone.
    kept: { keeps: () => false },
    publisher,
    reports,
    outages,
    locks: new KeyLocks(),
    firstAttempts,
    observe: () => {},
  };
  const deliver: LaneRecordParts = {
    vendor: VENDOR,
    clock,
    links,
    published: {
      newest: (entity, connection, id) =>
        database(() => world.stored.published.get(`${connection}|${entity}|${id}`) ?? null),
    },
    states: createStatePort(world, database),
    latestStates: createLatestStatePort(world, database),
    configuration,
    codec,
    reports,
    outages,
    firstAttempts,
    locks: new KeyLocks(),
    lanes,
    observe: {
      ended() {},
      held() {},
      confirmed() {},
      unreadable: () => world.blame('a lane record could not be read'),
    },
  };
  new GroupMember(world, process, world.groups.router, {
    handler: (record, signal) => routeRecord(router, record, signal),
    keyOf: routerKey,
    onBug: (record, error) => {
      world.blame(`routing broke down: ${String(error)}`);
      return reportUnroutable(router, record, error);
    },
  });
  const partitionsOf = (list: readonly { readonly partition: number }[]): number[] => [
    ...new Set(list.map(({ partition }) => partition)),
  ];
  const keys = new LaneKeys();
  new GroupMember(world, process, world.groups.lane, {
    handler: (record, signal) => handleLaneRecord(deliver, record, signal),
    restingTopics: [bulkLane()],
    keyOf: (record) => `${record.topic === bulkLane() ? 'bulk' : 'live'}|${keys.keyOf(record)}`,
    latestWins: latestWinsKey,
    onConflated: (record, by, signal) => settleConflated(deliver, record, by, signal),
    onBug: (record, error) => {
      world.blame(`a delivery broke down: ${String(error)}`);
      return reportBug(deliver, record, error);
    },
    onAssigned: (assigned, lost) => {
      for (const { topic, partition } of lost) keys.lost(topic, partition);
      lanes.assign(0, partitionsOf(assigned), partitionsOf(lost));
    },
    onCommitted: (topic, partition, offset) => keys.committed(topic, partition, offset),
    onRevoked: (lost) => lanes.lose(0, partitionsOf(lost)),
  });
}

function createDecoder(world: World, process: SimProcess): Codec {
  return {
    decode: <E extends EntityName>(_entity: E, value: Buffer): Promise<EntityOf<E>> =>
      process.call(() => {
        if (world.outages.registry) throw outageOf('registry')('down');
        return world.decode(value) as EntityOf<E>;
      }),
  };
}

function createConfiguration(world: World, database: ReturnType<typeof reachDatabase>): Configuration {
  const { configuration } = world;
  return {
    connection: (id) => configuration.connections.get(id) ?? null,
    flow: (id) => configuration.flows.get(id) ?? null,
    flowsFrom: (entity, from) =>
      [...configuration.flows.values()].filter((flow) => flow.entity === entity && flow.from === from),
    onConnectionChange: (listener) => configuration.follow(listener),
    open: (id) =>
      database(() => {
        const connection = configuration.connections.get(id);
        if (connection === undefined) throw new Error('no such connection');
        return { id, label: connection.label, settings: {}, secrets: {}, revision: connection.accessRevision };
      }),
    setAttention: (id, attention) => database(() => configuration.setAttention(id, attention)),
    lanePartition: (id) => database(() => world.targets.find((target) => target.id === id)?.lane ?? 0),
  };
}
