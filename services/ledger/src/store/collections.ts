import type { Connection, mongo } from 'mongoose';
import type { Delivery } from '../states/delivery.ts';
import type { Message } from '../states/message.ts';
import type { SourceRecord } from '../states/source-record.ts';
import { DocumentBatcher } from './document-batcher.ts';

/** Something an operator or the API did; append-only. */
export interface AuditEntry {
  readonly _id: string;
  readonly at: Date;
  /** Label of the token that did it. */
  readonly actor: string;
  readonly role: string;
  /** E.g. `delivery.retry`, `connection.test`. */
  readonly action: string;
  readonly subject: string;
  readonly reason: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type OperationState = 'requested' | 'running' | 'succeeded' | 'failed';

/** One retry or reprocess that somebody asked for. */
export interface Operation {
  readonly _id: string;
  readonly revision: number;
  readonly deliveryId: string;
  readonly mode: 'as-is' | 'refresh';
  readonly requestedBy: string;
  readonly reason: string;
  readonly state: OperationState;
  /** What came of it, in words. */
  readonly result: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ApiToken {
  readonly _id: string;
  readonly hash: string;
  readonly label: string;
  readonly role: 'viewer' | 'operator' | 'admin';
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** State of a target connection's lane, as its sink last reported. */
export interface LaneStatus {
  readonly _id: string;
  readonly revision: number;
  readonly state: 'running' | 'held' | 'needs-attention';
  readonly reason: string | null;
  readonly epoch: number;
  readonly atMicros: number;
}

/** The ledger's own collections; nobody else touches them. */
export interface LedgerStore {
  readonly messages: mongo.Collection<Message>;
  readonly deliveries: mongo.Collection<Delivery>;
  readonly records: mongo.Collection<SourceRecord>;
  readonly operations: mongo.Collection<Operation>;
  readonly audit: mongo.Collection<AuditEntry>;
  readonly tokens: mongo.Collection<ApiToken>;
  readonly laneStatus: mongo.Collection<LaneStatus>;
  readonly changes: {
    readonly messages: DocumentBatcher<Message>;
    readonly deliveries: DocumentBatcher<Delivery>;
    readonly records: DocumentBatcher<SourceRecord>;
    readonly operations: DocumentBatcher<Operation>;
    readonly laneStatus: DocumentBatcher<LaneStatus>;
  };
}

/**
 * Lower bound of times in partial indexes. Filters are comparisons and not `$type`, because MongoDB uses a partial index only where the
 * query says as much as its filter: the timers' queries repeat the bound.
 */
export const LONG_AGO = new Date(0);

/** Opens the ledger's collections on a connection and makes the indexes that lists and timers need. */
export async function openLedgerStore(connection: Connection): Promise<LedgerStore> {
  const database = databaseOf(connection);
  // Payload bytes come back as Buffer, not as the driver's Binary.
  const options = { promoteBuffers: true };
  const messages = database.collection<Message>('messages', options);
  const deliveries = database.collection<Delivery>('deliveries');
  const records = database.collection<SourceRecord>('records');
  const operations = database.collection<Operation>('operations');
  const audit = database.collection<AuditEntry>('audit');
  const tokens = database.collection<ApiToken>('tokens');
  const laneStatus = database.collection<LaneStatus>('laneStatus');
  await Promise.all([
    messages.createIndexes([
      { key: { eventId: 1 }, name: 'event' },
      { key: { refs: 1, _id: -1 }, name: 'search' },
      {
        key: { 'record.topic': 1, 'record.partition': 1, connection: 1, routedBy: 1 },
        name: 'routing-of-connection',
      },
      { key: { entity: 1, connection: 1, sourceId: 1, _id: -1 }, name: 'record' },
      {
        key: { fingerprint: 1, _id: -1 },
        name: 'troubled',
        partialFilterExpression: { fingerprint: { $gt: '' }, repairedByVersion: null },
      },
    ]),
    deliveries.createIndexes([
      { key: { state: 1, _id: -1 }, name: 'state' },
      { key: { flow: 1, _id: -1 }, name: 'flow' },
      { key: { refs: 1, _id: -1 }, name: 'search' },
      { key: { eventId: 1 }, name: 'event' },
      { key: { from: 1, sourceId: 1, flow: 1, version: 1 }, name: 'open', partialFilterExpression: { endedAt: null } },
      { key: { nextAttemptAt: 1 }, name: 'due-at', partialFilterExpression: { nextAttemptAt: { $gt: LONG_AGO } } },
      { key: { waitingKeys: 1 }, name: 'waiting', partialFilterExpression: { state: 'waiting' } },
      {
        key: { 'outstanding.sinceMs': 1 },
        name: 'outstanding-since',
        partialFilterExpression: { 'outstanding.sinceMs': { $gt: 0 } },
      },
      {
        key: { fingerprint: 1, _id: -1 },
        name: 'failures-by-cause',
        partialFilterExpression: { fingerprint: { $gt: '' } },
      },
    ]),
    records.createIndexes([
      { key: { entity: 1, updatedAt: -1, _id: 1 }, name: 'newest' },
      { key: { entity: 1, status: 1, updatedAt: -1, _id: 1 }, name: 'status' },
      { key: { refs: 1 }, name: 'search' },
    ]),
    operations.createIndexes([{ key: { deliveryId: 1, _id: -1 }, name: 'delivery' }]),
    audit.createIndexes([{ key: { subject: 1, _id: -1 }, name: 'subject' }]),
    tokens.createIndexes([{ key: { hash: 1 }, name: 'hash', unique: true }]),
  ]);
  return {
    messages,
    deliveries,
    records,
    operations,
    audit,
    tokens,
    laneStatus,
    changes: {
      messages: new DocumentBatcher(messages),
      deliveries: new DocumentBatcher(deliveries),
      records: new DocumentBatcher(records),
      operations: new DocumentBatcher(operations),
      laneStatus: new DocumentBatcher(laneStatus),
    },
  };
}

function databaseOf(connection: Connection): mongo.Db {
  if (connection.db === undefined) throw new Error('MongoDB connection has no database: name one in MONGODB_URI');
  return connection.db;
}
