import type { Logger } from '@entrepot/service-kit';
import type { Vendor } from '@entrepot/vendor-kit';
import type { Connection as MongooseConnection, mongo } from 'mongoose';
import { type Budgets, createBudgets } from './budgets/budgets.ts';
import { type Collections, connectDatabase, inTransaction, isStoreUnavailable } from './database.ts';
import { boundCalls, openReader, openTimedReader, openWriter, withDeadline } from './deadline.ts';
import type { ConnectionDocument, FlowDocument } from './documents.ts';
import { type Cursors, createCursors } from './lanes/cursors.ts';
import { createLanes, type Lanes } from './lanes/lanes.ts';
import { createLinks } from './links/link-store.ts';
import type { Links } from './links/links.ts';
import { createPublished, type PublishedRecords } from './links/published.ts';
import { createRepublications, type Republications } from './links/republications.ts';
import type { CollectionSchema } from './migrations/collection-schema.ts';
import { prepareCollections, type StartingService } from './migrations/prepare.ts';
import { STORE_COLLECTIONS } from './migrations/store-collections.ts';
import { createSourceOperations, type SourceOperations } from './operations/source-operations.ts';
import { type Credentials, createCredentials } from './secrets/credentials.ts';
import type { MasterKeys } from './secrets/master-key.ts';
import { claimMasterKey, createSealer } from './secrets/seal.ts';
import { createServiceTroubles, type ServiceTroubles } from './services/service-troubles.ts';
import { createConnections } from './settings/connection-store.ts';
import type { Connections } from './settings/connections.ts';
import { createFlows } from './settings/flow-store.ts';
import type { Flows } from './settings/flows.ts';
import { followCollection } from './settings/live-snapshot.ts';
import { readConnection } from './settings/stored-connection.ts';
import { readFlow } from './settings/stored-flow.ts';
import { createTenants, ensureDefaultTenant, type Tenants } from './settings/tenants.ts';
import { registerVendors } from './settings/vendor-settings.ts';
import { createLatestStates, type LatestStates } from './states/latest-states.ts';
import { createStateFills, type StateFills } from './states/state-fills.ts';
import { createTargetStates, type TargetStates } from './target-states/target-states.ts';
import { type Configuration, createConfiguration, type SettingsInTransaction } from './yaml/configuration.ts';

export interface StoreOptions {
  /** MongoDB replica set; the database is in its path unless `database` is given. */
  readonly uri: string;
  readonly database?: string;
  readonly masterKeys: MasterKeys;
  /** Vendors whose settings this process can validate; connections of others can be listed, not opened or written. */
  readonly vendors: readonly Vendor[];
  readonly log: Logger;
  /**
   * The collections that the migrating process keeps beside the store's own; it brings all of them to this release's versions. Any other
   * process waits until the store's collections have their versions.
   */
  readonly migrates?: readonly CollectionSchema[];
  /** The service that starts: its readiness and the reasons it reports name what it waits for. */
  readonly service?: StartingService;
  /** Timeout of one call; longer than the driver's own timeouts. */
  readonly answerTimeoutMs?: number;
}

const ANSWER_TIMEOUT_MS = 10_000;
/** Shorter than the API's timeout of a request. */
const TRANSACTION_TIMEOUT_MS = 30_000;
const OPEN_DEADLINE_MS = 60_000;
const OPEN_RETRY_MS = 1_000;

/** All shared state of the system, except the ledger's. */
export interface Store {
  readonly connections: Connections;
  readonly flows: Flows;
  readonly tenants: Tenants;
  readonly credentials: Credentials;
  readonly lanes: Lanes;
  readonly budgets: Budgets;
  readonly links: Links;
  readonly published: PublishedRecords;
  readonly targetStates: TargetStates;
  readonly latestStates: LatestStates;
  readonly stateFills: StateFills;
  readonly cursors: Cursors;
  readonly republications: Republications;
  readonly sourceOperations: SourceOperations;
  readonly configuration: Configuration;
  readonly serviceTroubles: ServiceTroubles;
  /** True when links or published versions of a connection of this id are kept, though it may be removed: another must not take them over. */
  remembersConnection(id: string): Promise<boolean>;
  /** The connection underneath (majority and journal write concern), for collections owned by the caller. */
  readonly mongoose: MongooseConnection;
  /** @throws when the database does not answer */
  ping(): Promise<void>;
  /** Ends grouped writes under way, change streams, then the connection. */
  close(): Promise<void>;
}

/**
 * Connects, migrates the stored data or waits until it is migrated, checks that the master key is the store's, loads connections and flows
 * and follows their changes. Waits up to a minute for a database that does not answer or disconnects.
 * @throws SecretsUnavailable when the store's secrets were sealed under another key; the driver's error when no database answers within
 * that minute
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  let answeredAtMs = performance.now();
  const onAnswer = (): void => {
    answeredAtMs = performance.now();
  };
  for (;;) {
    try {
      return await tryToOpen(options, onAnswer);
    } catch (error) {
      if (!isStoreUnavailable(error) || performance.now() - answeredAtMs > OPEN_DEADLINE_MS) throw error;
      options.log.warn({ err: error }, 'MongoDB cannot be reached, trying again');
    }
    await new Promise((resolve) => setTimeout(resolve, OPEN_RETRY_MS));
  }
}

async function tryToOpen(options: StoreOptions, onAnswer: () => void): Promise<Store> {
  const { uri, masterKeys, log, migrates, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const { mongoose, db, collections } = await connectDatabase(uri, options.database);
  const bound = <T extends object>(api: T): T => boundCalls(api, answerTimeoutMs);
  const closing: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await withDeadline(close(), answerTimeoutMs).catch(() => {});
  };
  // Forced: lost connections, and those that wait for an answer that never comes, must not keep the process alive.
  closing.push(() => mongoose.close(true));
  try {
    const serviceTroubles = createServiceTroubles(collections.serviceTroubles, answerTimeoutMs);
    await prepareCollections({
      database: db,
      schemas: [...STORE_COLLECTIONS, ...(migrates ?? [])],
      migrates: migrates !== undefined,
      service: options.service ?? null,
      troubles: serviceTroubles,
      log,
      onAnswer,
    });
    await withDeadline(claimMasterKey(collections.facts, masterKeys), answerTimeoutMs);
    await withDeadline(ensureDefaultTenant(collections), answerTimeoutMs);
    const sealer = createSealer(collections.facts, masterKeys);
    const credentials = createCredentials({
      collections,
      sealer,
      transact: (work) => inTransaction(mongoose, work),
    });
    const vendors = registerVendors(options.vendors);
    const liveConnections = await followCollection({
      collection: db.collection<ConnectionDocument>('connections'),
      read: (document) => readConnection(document, vendors),
      log,
      answerTimeoutMs,
    });
    closing.push(liveConnections.close);
    const liveFlows = await followCollection({
      collection: db.collection<FlowDocument>('flows'),
      read: (document) => readFlow(document, vendors, liveConnections.find(document.to)?.vendor),
      log,
      answerTimeoutMs,
    });
    closing.push(liveFlows.close);
    const linkWriter = openWriter(collections.links, answerTimeoutMs);
    const publishedWriter = openWriter(collections.published, answerTimeoutMs);
    const budgetWriter = openWriter(collections.budgets, answerTimeoutMs);
    const stateWriter = openWriter(collections.targetStates, answerTimeoutMs);
    const latestWriter = openWriter(collections.latestStates, answerTimeoutMs);
    closing.push(linkWriter.drain, publishedWriter.drain, budgetWriter.drain, stateWriter.drain, latestWriter.drain);
    const openSettings = (session?: mongo.ClientSession): SettingsInTransaction => {
      const within = session === undefined ? {} : { session };
      const connections = createConnections({ collections, vendors, sealer, live: liveConnections, ...within });
      const flows = createFlows({ collections, vendors, connections, live: liveFlows, ...within });
      return { connections, flows, tenants: createTenants(collections, session) };
    };
    const settings = openSettings();
    const [connections, flows, tenants] = [bound(settings.connections), bound(settings.flows), bound(settings.tenants)];
    const transact = <T>(work: (settings: SettingsInTransaction) => Promise<T>): Promise<T> =>
      withDeadline(
        inTransaction(mongoose, (session) => work(openSettings(session))),
        TRANSACTION_TIMEOUT_MS,
      );
    return {
      connections,
      flows,
      tenants,
      credentials: { ...bound(credentials), vault: (connection) => bound(credentials.vault(connection)) },
      lanes: bound(createLanes(collections.lanes, sealer)),
      budgets: bound(
        createBudgets({ reader: openTimedReader(collections.budgets, answerTimeoutMs), writer: budgetWriter }),
      ),
      links: bound(createLinks(collections.links, linkWriter, openReader(collections.links, answerTimeoutMs))),
      published: bound(
        createPublished(collections.published, publishedWriter, openReader(collections.published, answerTimeoutMs)),
      ),
      targetStates: bound(
        createTargetStates(
          collections.targetStates,
          stateWriter,
          openReader(collections.targetStates, answerTimeoutMs),
        ),
      ),
      latestStates: bound(createLatestStates(collections.latestStates, latestWriter)),
      stateFills: bound(createStateFills(collections.stateFills, collections.latestStates)),
      cursors: bound(createCursors(collections.cursors)),
      republications: bound(createRepublications(collections.republications)),
      sourceOperations: bound(createSourceOperations(collections.sourceOperations)),
      configuration: createConfiguration({ connections, flows, tenants, vendors, transact }),
      serviceTroubles: bound(serviceTroubles),
      remembersConnection: (id) => withDeadline(remembersConnection(collections, id), answerTimeoutMs),
      mongoose,
      ping: async () => void (await withDeadline(db.command({ ping: 1 }), answerTimeoutMs)),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Links and published versions begin with the id of their connection and `|`, which no id holds. */
async function remembersConnection({ links, published }: Collections, id: string): Promise<boolean> {
  const ofIt = { _id: { $gte: `${id}|`, $lt: `${id}}` } };
  const [link, version] = await Promise.all([
    links.findOne(ofIt, { projection: { _id: 1 } }),
    published.findOne(ofIt, { projection: { _id: 1 } }),
  ]);
  return link !== null || version !== null;
}
