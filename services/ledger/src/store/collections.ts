import type { Connection, mongo } from 'mongoose';
import { type Delivery, isUntried } from '../states/delivery.ts';
import type { Message, MessageFacts } from '../states/message.ts';
import { DocumentBatcher } from './document-batcher.ts';

/** An action of an operator or the API; append-only. */
export interface AuditEntry {
  readonly _id: string;
  readonly at: Date;
  /** Label of the token that acted. */
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

/** One retry or reprocess that an operator asked for. */
export interface Operation {
  readonly _id: string;
  readonly revision: number;
  readonly deliveryId: string;
  readonly mode: 'as-is' | 'refresh';
  readonly requestedBy: string;
  readonly reason: string;
  readonly state: OperationState;
  /** Its result, in words. */
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
  /** When it was revoked; null while it is in force. */
  readonly revokedAt: Date | null;
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

/** As the batcher changes messages: their payload is written, but not read again. */
type RecordedMessage = MessageFacts & Partial<Pick<Message, 'bytes' | 'headers'>>;

/** The ledger's own collections; no other service reads or writes them. */
export interface LedgerStore {
  readonly messages: mongo.Collection<Message>;
  readonly deliveries: mongo.Collection<Delivery>;
  readonly operations: mongo.Collection<Operation>;
  readonly audit: mongo.Collection<AuditEntry>;
  readonly tokens: mongo.Collection<ApiToken>;
  readonly laneStatus: mongo.Collection<LaneStatus>;
  readonly changes: {
    readonly messages: DocumentBatcher<RecordedMessage>;
    readonly deliveries: DocumentBatcher<Delivery>;
    readonly operations: DocumentBatcher<Operation>;
    readonly laneStatus: DocumentBatcher<LaneStatus>;
  };
}

/** Reports mostly arrive within seconds of their event. */
const MAX_RECENT = 2_000;

/** Opens the ledger's collections on the connection of a store that was opened with them, which created their indexes. */
export function openLedgerStore(connection: Connection): LedgerStore {
  const database = databaseOf(connection);
  // Payload bytes return as Buffer instead of the driver's Binary.
  const options = { promoteBuffers: true };
  const messages = database.collection<Message>('messages', options);
  const deliveries = database.collection<Delivery>('deliveries');
  const operations = database.collection<Operation>('operations');
  const audit = database.collection<AuditEntry>('audit');
  const tokens = database.collection<ApiToken>('tokens');
  const laneStatus = database.collection<LaneStatus>('laneStatus');
  return {
    messages,
    deliveries,
    operations,
    audit,
    tokens,
    laneStatus,
    changes: {
      messages: new DocumentBatcher<RecordedMessage>(messages as unknown as mongo.Collection<RecordedMessage>, {
        unread: ['bytes', 'headers'],
        maxRecent: MAX_RECENT,
      }),
      deliveries: new DocumentBatcher(deliveries, {
        maxRecent: MAX_RECENT,
        mayKeep: isUntried,
      }),
      operations: new DocumentBatcher(operations),
      laneStatus: new DocumentBatcher(laneStatus),
    },
  };
}

function databaseOf(connection: Connection): mongo.Db {
  if (connection.db === undefined) throw new Error('MongoDB connection has no database: name one in MONGODB_URI');
  return connection.db;
}
