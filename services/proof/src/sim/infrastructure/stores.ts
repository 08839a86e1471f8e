import type { BudgetModel } from '@entrepot/runtime-kit/testing';
import { type LaneStore, type LatestStates, type Links, Outage, type TargetStates } from '@entrepot/sink-runtime/core';
import { LatestStateModel, type LinkModel, type StateModel } from '@entrepot/sink-runtime/testing';
import {
  type Budgets,
  type LinkDocument,
  type LinkedDocument,
  type Published,
  type PublishedDocument,
  publishedId,
  type Links as StoreLinks,
} from '@entrepot/store';
import type { CredentialVault } from '@entrepot/vendor-kit';
import type { Conditions } from './conditions.ts';
import type { SimProcess } from './process.ts';

/** Clocks drift: a lease lasts a little shorter on its holder's side than on the database's. */
const LEASE_SHARE = 0.99;

interface StoredLane {
  epoch: number;
  owner: string | null;
  untilMs: number;
  session: string | null;
}

interface StoredCredential {
  readonly value: string;
  readonly revision: number;
  readonly writtenAtMs: number;
}

interface StoreConditions extends Conditions {
  readonly links: LinkModel;
  readonly states: StateModel;
  readonly stored: Stored;
}

/** The contents of MongoDB, except links. */
export class Stored {
  readonly lanes = new Map<string, StoredLane>();
  readonly credentials = new Map<string, StoredCredential>();
  readonly published = new Map<string, PublishedDocument>();
  readonly latestStates = new LatestStateModel();
}

type Database = <T>(work: () => T | Promise<T>) => Promise<T>;

/** The database as one process reaches it: sometimes unavailable, sometimes slow, and sometimes it writes and the answer gets lost. */
export function reachDatabase(world: Conditions, process: SimProcess, outage: (words: string) => Error): Database {
  return (work) => {
    const lost = !world.calm && world.random.chance(world.plan.lostAnswers) ? outage('the answer got lost') : undefined;
    return process.call(() => {
      if (world.outages.database) throw outage('down');
      return work();
    }, lost);
  };
}

/** The budgets of connections, as one process reaches them. */
export function createShares(
  { budgets }: { readonly budgets: BudgetModel },
  database: Database,
): Pick<Budgets, 'renew' | 'release'> {
  return {
    renew: (...asked) => database(() => budgets.answer(...asked)),
    release: (...given) => database(() => budgets.takeBack(...given)),
  };
}

/** For the sink's ports. */
export function outageOf(system: Outage['of']): (words: string) => Error {
  return (words) => new Outage(system, new Error(words));
}

/** For the connector, which recognises infrastructure errors by their being retriable. */
export function retriable(words: string): Error {
  return Object.assign(new Error(words), { retriable: true });
}

export function createLinkPort(world: StoreConditions, database: Database): Links {
  const { links } = world;
  return {
    get: (key) => database(() => links.get(key)),
    findByTargetId: (...args) => database(() => links.findByTargetId(...args)),
    findByReference: (...args) => database(() => links.findByReference(...args)),
    recordIntent: (...args) => database(() => links.recordIntent(...args)),
    clearIntent: (...args) => database(() => links.clearIntent(...args)),
    recordDocument: (...args) => database(() => links.recordDocument(...args)),
    recordDelivered: (...args) => database(() => links.recordDelivered(...args)),
  };
}

export function createStatePort({ states }: Pick<StoreConditions, 'states'>, database: Database): TargetStates {
  return {
    get: (key) => database(() => states.get(key)),
    ofRecord: (record) => database(() => states.ofRecord(record)),
    replace: (...args) => database(() => states.replace(...args)),
  };
}

export function createLatestStatePort(world: StoreConditions, database: Database): LatestStates {
  const { latestStates } = world.stored;
  return {
    keep: (state) => database(() => latestStates.keep(state)),
    erase: (record) => database(() => latestStates.erase(record)),
    collect: (...args) => database(() => latestStates.collect(...args)),
    isComplete: () => database(() => latestStates.isComplete()),
  };
}

/** The links with a document of this reference or id, as the connector asks for them. */
export function createReferencePort(
  { links }: StoreConditions,
  database: Database,
): Pick<StoreLinks, 'findByReference' | 'findByDocuments'> {
  const find = (target: string, is: (document: LinkedDocument) => boolean): Promise<LinkDocument[]> =>
    database(() => [...links.links.values()].filter((link) => link.target === target && link.documents.some(is)));
  return {
    findByReference: (target, reference) => find(target, ({ externalRef }) => externalRef === reference),
    findByDocuments: (target, documents) =>
      find(target, ({ targetId, externalRef }) =>
        documents.some((each) => each.targetId === targetId || each.reference === externalRef),
      ),
  };
}

type Lease = Parameters<LaneStore['renew']>[0];

/** Leases as the store keeps them: the end counts from before the call on the holder's side, from its arrival on the database's. */
export function createLanePort(world: StoreConditions, database: Database): LaneStore {
  const { clock, stored } = world;
  const ends = new WeakMap<Lease, { atMs: number }>();
  const owned = ({ connection, epoch, owner }: Lease): StoredLane | null => {
    const lane = stored.lanes.get(connection);
    return lane !== undefined && lane.epoch === epoch && lane.owner === owner ? lane : null;
  };
  return {
    async acquire(connection, owner, ttlMs) {
      const sentMs = clock.monotonicMs();
      const epoch = await database(() => {
        const now = clock.monotonicMs();
        const lane = stored.lanes.get(connection) ?? { epoch: 0, owner: null, untilMs: 0, session: null };
        if (lane.owner !== null && lane.owner !== owner && lane.untilMs > now) return null;
        stored.lanes.set(connection, { ...lane, epoch: lane.epoch + 1, owner, untilMs: now + ttlMs });
        return lane.epoch + 1;
      });
      if (epoch === null) return null;
      const end = { atMs: sentMs + ttlMs * LEASE_SHARE };
      const remainingMs = (): number => end.atMs - clock.monotonicMs();
      const lease = { connection, owner, epoch, remainingMs, outlives: (ms: number) => remainingMs() > ms };
      ends.set(lease, end);
      return lease;
    },
    async renew(lease, ttlMs) {
      const sentMs = clock.monotonicMs();
      const end = ends.get(lease);
      const renewed = await database(() => {
        const lane = owned(lease);
        if (lane !== null) lane.untilMs = clock.monotonicMs() + ttlMs;
        return lane !== null;
      });
      if (end !== undefined) end.atMs = renewed ? sentMs + ttlMs * LEASE_SHARE : Number.NEGATIVE_INFINITY;
      return renewed;
    },
    async release(lease) {
      const end = ends.get(lease);
      if (end !== undefined) end.atMs = Number.NEGATIVE_INFINITY;
      await database(() => {
        const lane = owned(lease);
        if (lane !== null) Object.assign(lane, { owner: null, untilMs: 0 });
      });
    },
    readSession: (connection) => database(() => stored.lanes.get(connection)?.session ?? null),
    writeSession: (lease, token) =>
      database(() => {
        const lane = owned(lease);
        if (lane !== null) lane.session = token;
        return lane !== null;
      }),
  };
}

/** The vault of a connection, for both its sides. */
export function createVault(
  { clock, stored }: StoreConditions,
  database: Database,
  connection: string,
): CredentialVault {
  return {
    read: () =>
      database(() => {
        const kept = stored.credentials.get(connection);
        if (kept === undefined) return { value: null, revision: 0, ageMs: 0 };
        const { value, revision, writtenAtMs } = kept;
        return { value, revision, ageMs: clock.monotonicMs() - writtenAtMs };
      }),
    write: (value, expectedRevision) =>
      database(() => {
        if ((stored.credentials.get(connection)?.revision ?? 0) !== expectedRevision) return false;
        const writtenAtMs = clock.monotonicMs();
        stored.credentials.set(connection, { value, revision: expectedRevision + 1, writtenAtMs });
        return true;
      }),
  };
}

export function createPublishedPort(world: StoreConditions, database: Database): Published {
  const { published } = world.stored;
  return {
    get: (key) => database(() => published.get(publishedId(key)) ?? null),
    getMany: () => Promise.reject(new Error('not used')),
    intend: (key, { expected, version, contentHash, readEndedAtMicros, reader, deleted }) =>
      database(() => {
        const id = publishedId(key);
        const current = published.get(id) ?? null;
        const isExpected =
          current?.version === expected?.version &&
          current?.readEndedAtMicros === expected?.readEndedAtMicros &&
          current?.reader === expected?.reader;
        if (current !== null && !isExpected) return { ok: false, current };
        published.set(id, { _id: id, version, contentHash, readEndedAtMicros, reader, deleted, state: 'intended' });
        return { ok: true };
      }),
    noteRead: (key, version, { readEndedAtMicros, reader }) =>
      database(() => {
        const current = published.get(publishedId(key));
        if (current?.version !== version) return false;
        const ended = Math.max(current.readEndedAtMicros, readEndedAtMicros);
        const of = current.reader === reader ? reader : null;
        published.set(publishedId(key), { ...current, readEndedAtMicros: ended, reader: of });
        return true;
      }),
    confirm: (key, version) =>
      database(() => {
        const current = published.get(publishedId(key));
        if (current?.version !== version) return false;
        published.set(publishedId(key), { ...current, state: 'confirmed' });
        return true;
      }),
  };
}
