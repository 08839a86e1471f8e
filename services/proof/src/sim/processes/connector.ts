import type { EntityName, EntityOf } from '@entrepot/canonical';
import {
  createHintHandler,
  createRecordSync,
  parseInboxMessage,
  type Read,
  type RecordSyncOptions,
} from '@entrepot/connector-runtime/core';
import { GroupMember } from '../infrastructure/group-member.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import { publishFrom } from '../infrastructure/publish.ts';
import { createPublishedPort, reachDatabase, retriable } from '../infrastructure/stores.ts';
import { type SimEntity, toRecord, VENDOR } from '../models/records.ts';
import type { World } from '../world/world.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const METRICS = { synced() {}, unmapped() {}, hintLatency() {} };

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
    findOrigin: async () => null,
    confirm: async () => {},
    log: SILENT as unknown as RecordSyncOptions['log'],
    metrics: METRICS as unknown as RecordSyncOptions['metrics'],
    nowMicros,
    signal,
    absenceOf: () => 'deletes',
    onUnconfirmed: () => {},
    read: (address) =>
      readRecord(world, process, address.connection, address.entity as SimEntity, address.sourceId, nowMicros),
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
async function readRecord(
  world: World,
  process: SimProcess,
  connection: string,
  entity: SimEntity,
  sourceId: string,
  nowMicros: () => number,
): Promise<Read> {
  const readBeganAtMicros = nowMicros();
  const { state, stampMicros } = await process.call(() => world.readSource(connection, entity, sourceId));
  const fetched = {
    status: 'found',
    sourceId,
    entity: toRecord(connection, state),
    stampMicros,
    number: null,
  } as const;
  return { fetched, readBeganAtMicros, readEndedAtMicros: nowMicros() };
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
