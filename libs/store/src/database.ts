import { createConnection, type Model, type Connection as MongooseConnection, mongo, Schema } from 'mongoose';
import type { BudgetDocument } from './budgets/allocation.ts';
import { StoreTimeout } from './deadline.ts';
import type {
  ConnectionDocument,
  CredentialDocument,
  CursorDocument,
  FlowDocument,
  LaneDocument,
  LatestStateDocument,
  LinkDocument,
  PublishedDocument,
  RepublicationDocument,
  ServiceTroubleDocument,
  StateFillDocument,
  TenantDocument,
} from './documents.ts';
import type { SourceOperationDocument } from './operations/source-operations.ts';
import type { TargetStateDocument } from './target-states/state-changes.ts';

/** A number that only rises, e.g. the next lane partition of a vendor (`_id` = `lane-partition:<vendor>`). */
export interface CounterDocument {
  readonly _id: string;
  readonly next: number;
}

/** Facts about the store itself, e.g. which master key its secrets are sealed under (`_id` = `master-key`). */
export interface StoreFactDocument {
  readonly _id: string;
  readonly value: string;
}

/** A re-sealing of all values under another master key. `_id` = the key's id. Lease times are the database's (`$$NOW`). */
export interface KeyRotationDocument {
  readonly _id: string;
  /** Id of the key before. */
  readonly from: string;
  readonly owner: string | null;
  readonly leaseUntil: Date;
  readonly startedAt: Date;
  /** Null while values under the key before remain. */
  readonly doneAt: Date | null;
}

export interface Collections {
  readonly connections: Model<ConnectionDocument>;
  readonly flows: Model<FlowDocument>;
  // The rest goes through the native driver: pipeline updates on the server's clock, and hot paths without casting and hydration.
  readonly lanes: mongo.Collection<LaneDocument>;
  readonly budgets: mongo.Collection<BudgetDocument>;
  readonly credentials: mongo.Collection<CredentialDocument>;
  readonly cursors: mongo.Collection<CursorDocument>;
  readonly counters: mongo.Collection<CounterDocument>;
  readonly facts: mongo.Collection<StoreFactDocument>;
  readonly keyRotations: mongo.Collection<KeyRotationDocument>;
  readonly links: mongo.Collection<LinkDocument>;
  readonly published: mongo.Collection<PublishedDocument>;
  readonly targetStates: mongo.Collection<TargetStateDocument>;
  readonly latestStates: mongo.Collection<LatestStateDocument>;
  readonly stateFills: mongo.Collection<StateFillDocument>;
  readonly serviceTroubles: mongo.Collection<ServiceTroubleDocument>;
  readonly republications: mongo.Collection<RepublicationDocument>;
  readonly sourceOperations: mongo.Collection<SourceOperationDocument>;
  readonly tenants: mongo.Collection<TenantDocument>;
}

export interface Database {
  readonly mongoose: MongooseConnection;
  /** The native driver's view of the same database. */
  readonly db: mongo.Db;
  readonly collections: Collections;
}

/** Bounds of each try of the driver, which tries twice. `withDeadline` bounds what these timeouts do not cover. */
const TIMEOUTS = { serverSelectionTimeoutMS: 4_000, connectTimeoutMS: 4_000, socketTimeoutMS: 8_000 } as const;
const ACKNOWLEDGE_TIMEOUT_MS = 8_000;

/**
 * Connects. Everything is written with majority and journal acknowledgement, and reads see only such writes.
 * Timeouts named in the URI win over ours.
 * @throws the driver's error when the database cannot be reached; nothing is left open then
 */
export async function connectDatabase(uri: string, database: string | undefined): Promise<Database> {
  const timeouts = Object.entries(TIMEOUTS).filter(([name]) => !new RegExp(`[?&]${name}=`, 'i').test(uri));
  const mongoose = createConnection(uri, {
    ...(database === undefined ? {} : { dbName: database }),
    ...Object.fromEntries(timeouts),
    appName: 'entrepot',
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: ACKNOWLEDGE_TIMEOUT_MS },
    readConcern: { level: 'majority' },
    // Calls made while the connection is lost fail immediately; mongoose would otherwise buffer them without a trace.
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
  });
  try {
    await mongoose.asPromise();
    const db = mongoose.getClient().db(mongoose.name) as unknown as mongo.Db;
    const collections = declareCollections(mongoose, db);
    return { mongoose, db, collections };
  } catch (error) {
    await mongoose.close(true).catch(() => {});
    throw error;
  }
}

function declareCollections(mongoose: MongooseConnection, db: mongo.Db): Collections {
  const id = { type: String, required: true } as const;
  const settings = { type: Schema.Types.Mixed, required: true } as const;
  const options = { versionKey: false, strict: 'throw', minimize: false, _id: false } as const;
  const model = <T>(name: string, fields: Record<string, unknown>, collection: string): Model<T> =>
    mongoose.model<T>(name, new Schema(fields as never, { ...options, collection }) as never) as unknown as Model<T>;
  return {
    connections: model<ConnectionDocument>(
      'Connection',
      {
        _id: id,
        label: id,
        vendor: id,
        tenant: id,
        active: { type: Boolean, required: true },
        settings,
        sealedSecrets: String,
        secretNames: [String],
        lanePartition: Number,
        revision: { type: Number, required: true },
        attention: String,
        settingRules: Number,
        otherRevisions: Number,
        throttled: Schema.Types.Mixed,
      },
      'connections',
    ),
    flows: model<FlowDocument>(
      'Flow',
      {
        _id: id,
        entity: id,
        from: id,
        to: id,
        tenant: id,
        active: { type: Boolean, required: true },
        settings,
        format2: settings,
        revision: { type: Number, required: true },
        mappingRevision: { type: Number, required: true },
      },
      'flows',
    ),
    lanes: db.collection<LaneDocument>('lanes'),
    budgets: db.collection<BudgetDocument>('budgets'),
    credentials: db.collection<CredentialDocument>('credentials'),
    cursors: db.collection<CursorDocument>('cursors'),
    counters: db.collection<CounterDocument>('counters'),
    facts: db.collection<StoreFactDocument>('storeFacts'),
    keyRotations: db.collection<KeyRotationDocument>('keyRotations'),
    links: db.collection<LinkDocument>('links'),
    published: db.collection<PublishedDocument>('published'),
    targetStates: db.collection<TargetStateDocument>('targetStates'),
    latestStates: db.collection<LatestStateDocument>('latestStates'),
    stateFills: db.collection<StateFillDocument>('stateFills'),
    serviceTroubles: db.collection<ServiceTroubleDocument>('serviceTroubles'),
    republications: db.collection<RepublicationDocument>('republications'),
    sourceOperations: db.collection<SourceOperationDocument>('sourceOperations'),
    tenants: db.collection<TenantDocument>('tenants'),
  };
}

/**
 * Runs work in a transaction, and repeats it from the beginning after a write conflict with another transaction. When a process dies
 * mid-transaction, the database aborts it after at most its own limit (60 s); writers of the same documents wait that long.
 */
export async function inTransaction<T>(
  mongoose: MongooseConnection,
  work: (session: mongo.ClientSession) => Promise<T>,
): Promise<T> {
  const session = await mongoose.startSession();
  try {
    return await session.withTransaction(() => work(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: ACKNOWLEDGE_TIMEOUT_MS },
      maxCommitTimeMS: ACKNOWLEDGE_TIMEOUT_MS,
    });
  } finally {
    await session.endSession();
  }
}

const UNAVAILABLE_LABELS = ['RetryableWriteError', 'TransientTransactionError', 'ResumableChangeStreamError'];

/**
 * True when an error says that the database is unreachable or did not acknowledge in time. The operation itself is valid, its outcome may
 * be unknown, and the caller retries it later.
 */
export function isStoreUnavailable(error: unknown): boolean {
  if (error instanceof StoreTimeout) return true;
  // A bulk write error without write errors means that the whole bulk failed: no connection, or no acknowledgement.
  if (error instanceof mongo.MongoBulkWriteError) {
    return [error.writeErrors].flat().length === 0 || error.result.getWriteConcernError() !== undefined;
  }
  if (!(error instanceof mongo.MongoError)) {
    return (
      error instanceof Error && /^(Mongoose(ServerSelection)?Error|MongooseServerSelectionError)$/.test(error.name)
    );
  }
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoWriteConcernError ||
    error instanceof mongo.MongoOperationTimeoutError ||
    UNAVAILABLE_LABELS.some((label) => error.hasErrorLabel(label)) ||
    error.name === 'MongoPoolClearedError' ||
    error.name === 'PoolClearedOnNetworkError' ||
    error.name === 'MongoWaitQueueTimeoutError'
  );
}
