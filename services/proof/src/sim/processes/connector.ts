import type { EntityName, EntityOf } from '@entrepot/canonical';
import {
  createConfirmer,
  createEchoGuard,
  createHintHandler,
  createRecordSync,
  parseInboxMessage,
  type Read,
  type RecordSyncOptions,
} from '@entrepot/connector-runtime/core';
import { ConnectionBudget } from '@entrepot/runtime-kit/budget';
import type { Connection } from '@entrepot/store';
import { VendorError } from '@entrepot/vendor-kit';
import { GroupMember } from '../infrastructure/group-member.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import { publishFrom } from '../infrastructure/publish.ts';
import {
  createPublishedPort,
  createReferencePort,
  createShares,
  createStatePort,
  createVault,
  reachDatabase,
  retriable,
} from '../infrastructure/stores.ts';
import { ERP, limitsOf, type SimEntity, toRecord, VENDOR } from '../models/records.ts';
import type { World } from '../world/world.ts';

/** Between two tries to read from a system that does not answer. */
const READ_AGAIN_MS = 500;
const SILENT = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const METRICS = {
  published: { inc() {} },
  unchanged: { inc() {} },
  hintSeconds: { observe() {} },
  echoed() {},
  unmapped() {},
  confirmed() {},
};

/**
 * Starts one replica of the connector in a process: hints → read → version → entity topic. Everything but the reading is the product's
 * code.
 */
export function startConnector(world: World, process: SimProcess): void {
  const database = reachDatabase(world, process, retriable);
  const signal = new AbortController().signal;
  const nowMicros = createSharedClock(world, process);
  const options: RecordSyncOptions = {
    vendor: VENDOR,
    published: createPublishedPort(world, database),
    publisher: publishFrom(world, process),
    codec: createEncoder(world, process),
    echoes: createEchoGuard({
      states: createStatePort(world, database),
      links: createReferencePort(world, database),
      isTarget: (id) => findConnection(world, id) !== null,
      nowMicros,
    }),
    confirm: createConfirmer({
      vendor: VENDOR,
      connections: { find: (id) => findConnection(world, id) },
      links: createReferencePort(world, database),
      publisher: publishFrom(world, process),
      metrics: METRICS,
    }),
    log: SILENT as unknown as RecordSyncOptions['log'],
    metrics: METRICS as unknown as RecordSyncOptions['metrics'],
    nowMicros,
    signal,
    absenceOf: () => 'deletes',
    onUnconfirmed: () => {},
    read: createReader(world, process, database, nowMicros),
    clock: process.clock,
    random: () => world.random.next(),
  };
  const sync = createRecordSync(options);
  world.syncs.set(process, sync);
  const handler = createHintHandler({
    vendor: VENDOR,
    sync,
    // Called only when thousands of hints wait.
    connections: { find: () => 'unknown' },
    findPoller: () => undefined,
    publisher: options.publisher,
    log: options.log,
    metrics: options.metrics,
    nowMicros,
  });
  new GroupMember(world, process, world.groups.inbox, {
    handler,
    latestWins: ({ value }) => {
      const hint = parseInboxMessage(value);
      return hint === null ? null : `${hint.connection}|${hint.entity}|${hint.sourceId}`;
    },
    onConflated: async () => {},
    onBug: async (_record, error) => world.blame(`a hint could not be followed: ${String(error)}`),
  });
}

/** All replicas read the database's clock, each at most 100 ms wrong: a fiftieth of the error of their own clocks. */
function createSharedClock(world: World, process: SimProcess): () => number {
  const wrongByMicros = Math.round((process.clock.nowMicros() - world.clock.nowMicros()) / 50);
  let last = 0;
  return () => {
    last = Math.max(world.clock.nowMicros() + wrongByMicros, last + 1);
    return last;
  };
}

/** Reads the system's state at one moment of the call; the times are the caller's, before and after. */
function createReader(
  world: World,
  process: SimProcess,
  database: ReturnType<typeof reachDatabase>,
  nowMicros: () => number,
): RecordSyncOptions['read'] {
  const erp = world.openSystem(ERP, process, createVault(world, database, ERP));
  const budget = new ConnectionBudget({
    connection: ERP,
    // A process that begins anew is another holder.
    holder: `connector ${process.name} ${process.clock.monotonicMs()}`,
    limits: limitsOf(world.plan.scenarios),
    shares: createShares(world, database),
    clock: process.clock,
    log: SILENT,
  });
  const call = budget.call(new AbortController().signal);
  return async ({ connection, entity, sourceId }): Promise<Read> => {
    const state = () => world.readSource(connection, entity as SimEntity, sourceId);
    for (;;) {
      const readBeganAtMicros = nowMicros();
      try {
        const shown = await (connection === ERP ? erp.request('read', call, state) : process.call(state));
        const { stampMicros, confirms, states } = shown;
        const record = { entity: toRecord(connection, shown.state), stampMicros, number: null, confirms, states };
        const fetched = { status: 'found', sourceId, ...record } as const;
        return { fetched, readBeganAtMicros, readEndedAtMicros: nowMicros() };
      } catch (error) {
        if (!(error instanceof VendorError) && !isRetriable(error)) throw error;
        await process.clock.sleep(READ_AGAIN_MS, call.signal);
      }
    }
  };
}

/** What a confirmation is sent by: the lane of a connection that is written to. */
function findConnection(world: World, id: string): Connection | null {
  const lanePartition = world.targets.find((target) => target.id === id)?.lane;
  return lanePartition === undefined ? null : ({ id, lanePartition } as unknown as Connection);
}

function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error;
}

/** Bytes that represent an entity: the wire format has tests of its own. */
function createEncoder(world: World, process: SimProcess): RecordSyncOptions['codec'] {
  const encode = (_name: EntityName, entity: EntityOf<EntityName>): Promise<Buffer> =>
    process.call(() => {
      if (world.outages.registry) throw retriable('the registry does not answer');
      return world.encode(entity);
    });
  return { encode } as unknown as RecordSyncOptions['codec'];
}
