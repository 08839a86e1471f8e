import type { EntityName, ErrorDetail } from '@entrepot/canonical';
import type { mongo } from 'mongoose';
import { leaseEnd } from '../deadline.ts';
import { isDuplicateKey } from '../groups/conditional.ts';

/** `sync`: reads records now · `backfill`: reads everything from a look-back date on, at spare rate · `sweep`: finds what is gone. */
export const OPERATION_KINDS = ['sync', 'backfill', 'sweep'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const OPERATION_STATES = ['waiting', 'running', 'paused', 'completed', 'cancelled', 'failed'] as const;
export type OperationRunState = (typeof OPERATION_STATES)[number];

/** What became of the records of an operation; they add up to `records`. */
export interface OperationProgress {
  readonly records: number;
  readonly published: number;
  readonly unchanged: number;
  readonly unmapped: number;
  readonly notFound: number;
}

export type OperationWish = 'pause' | 'resume' | 'cancel';

/**
 * Work on a source that a person asked for and a connector does. Whoever holds the lease (database's clock) moves cursor, progress and state;
 * others only say what is wanted. What no one holds takes a wish immediately.
 */
export interface SourceOperationDocument {
  readonly _id: string;
  readonly kind: OperationKind;
  readonly tenant: string;
  readonly vendor: string;
  readonly connection: string;
  readonly entity: EntityName;
  /** Present until it has ended: one operation of a kind at a time works on the records of an entity. */
  readonly open?: string;
  readonly request: {
    /** From when, microseconds UTC; null = from the beginning. */
    readonly sinceMicros: number | null;
    /** The records to read; null = what the source lists. */
    readonly sourceIds: readonly string[] | null;
    /** Of a sweep: with more published records missing it stops, and deletes nothing. */
    readonly mostMissingPercent?: number;
  };
  readonly wanted: 'run' | 'pause' | 'cancel';
  readonly state: OperationRunState;
  /** Where it goes on: the source's own position, the number of ids that are done, or the last missing record of a sweep. */
  readonly cursor: string | null;
  readonly progress: OperationProgress;
  /** Why it does not get on while it runs; null while it does. */
  readonly waitsFor: string | null;
  readonly error: ErrorDetail | null;
  readonly owner: string | null;
  readonly leaseUntil: Date | null;
  readonly startedBy: string;
  /** Of the request that started it. */
  readonly traceparent: string;
  readonly createdAt: Date;
  /** When a connector first took it. */
  readonly startedAt: Date | null;
  /** When its state last changed. */
  readonly changedAt: Date;
  /** When progress was last made. */
  readonly progressAt: Date | null;
  readonly endedAt: Date | null;
}

export type OperationInput = Pick<
  SourceOperationDocument,
  '_id' | 'kind' | 'tenant' | 'vendor' | 'connection' | 'entity' | 'request' | 'startedBy' | 'traceparent'
> & { readonly createdAt: Date };

export interface OperationFilter {
  readonly connection?: string;
  readonly entity?: EntityName;
  readonly kinds?: readonly OperationKind[];
  readonly states?: readonly OperationRunState[];
}

/** How a turn of the holder ends; `stopped`: it obeys what is wanted, or leaves the rest to the next holder. */
export type OperationEnd =
  | { readonly state: 'completed' | 'stopped' }
  | { readonly state: 'failed'; readonly error: ErrorDetail };

export interface SourceOperations {
  /** @returns the operation of the same kind on the same records that has not ended, where there is one: nothing is started then */
  start(input: OperationInput): Promise<{ readonly started: boolean; readonly operation: SourceOperationDocument }>;
  get(id: string): Promise<SourceOperationDocument | null>;
  /** Newest first; `before`: the id of the last one of the page before. */
  list(filter: OperationFilter, before: string | null, limit: number): Promise<SourceOperationDocument[]>;
  /**
   * Says what is wanted. A failed operation resumes from its cursor.
   * @returns null when it has ended, is being cancelled, or is unknown
   * @throws OperationOpen when another one of its kind was started since it failed
   */
  ask(id: string, wish: OperationWish): Promise<SourceOperationDocument | null>;
  /** Ends what is open of a connection that was removed. */
  cancelOf(connection: string, error: ErrorDetail): Promise<void>;
  /** Takes one that no live process holds; null when there is none. Syncs come before backfills, older ones first. */
  claim(
    vendor: string,
    connections: readonly string[],
    owner: string,
    ttlMs: number,
  ): Promise<SourceOperationDocument | null>;
  /** Prolongs the lease. @returns what is wanted; null when another process, or nobody, holds it */
  keep(
    id: string,
    owner: string,
    ttlMs: number,
    waitsFor: string | null,
  ): Promise<SourceOperationDocument['wanted'] | null>;
  /** Moves cursor and counts together, once all before the cursor is acknowledged. @returns false when the lease is another's */
  advance(id: string, owner: string, cursor: string, done: OperationProgress): Promise<boolean>;
  /** Ends the holder's turn. */
  release(id: string, owner: string, end: OperationEnd): Promise<void>;
}

/** Another operation of the kind works on the same records. */
export class OperationOpen extends Error {
  override readonly name = 'OperationOpen';
  readonly operation: SourceOperationDocument;

  constructor(operation: SourceOperationDocument) {
    super(`the ${operation.kind} ${operation._id} has not ended`);
    this.operation = operation;
  }
}

/** Of an operation, or a part of one, that has done nothing yet. */
export const NO_PROGRESS: OperationProgress = { records: 0, published: 0, unchanged: 0, unmapped: 0, notFound: 0 };
/** `$mergeObjects` cannot leave a field out: what is marked so goes in a second step. */
const REMOVED = '';
const REMOVE_MARKED = { $set: { open: { $cond: [{ $eq: ['$open', REMOVED] }, '$$REMOVE', '$open'] } } };
const IS_OPEN = { open: { $type: 'string' } } as const;
const MAX_TRIES = 5;
const IS_HELD = { $and: [{ $ne: ['$owner', null] }, { $gt: ['$leaseUntil', '$$NOW'] }] };
const NO_LEASE = { owner: null, leaseUntil: null, waitsFor: null } as const;
const ENDED = { ...NO_LEASE, open: REMOVED, endedAt: '$$NOW', changedAt: '$$NOW' } as const;
const CANCELLED = { ...ENDED, state: 'cancelled', wanted: 'cancel' } as const;
const PAUSED = { ...NO_LEASE, state: 'paused', wanted: 'pause', changedAt: '$$NOW' } as const;
const WAITING = { ...NO_LEASE, state: 'waiting', wanted: 'run', changedAt: '$$NOW' } as const;

export function createSourceOperations(operations: mongo.Collection<SourceOperationDocument>): SourceOperations {
  const change = (filter: mongo.Filter<SourceOperationDocument>, fields: mongo.Document) =>
    operations.findOneAndUpdate(filter, [{ $replaceWith: { $mergeObjects: ['$$ROOT', fields] } }, REMOVE_MARKED], {
      returnDocument: 'after',
    });
  const findOpen = (open: string) => operations.findOne({ open });

  return {
    async start({ createdAt, ...input }) {
      const open = openKey(input);
      const document: SourceOperationDocument = {
        ...input,
        open,
        wanted: 'run',
        state: 'waiting',
        cursor: null,
        progress: NO_PROGRESS,
        waitsFor: null,
        error: null,
        owner: null,
        leaseUntil: null,
        createdAt,
        startedAt: null,
        changedAt: createdAt,
        progressAt: null,
        endedAt: null,
      };
      for (let tries = 1; ; tries += 1) {
        try {
          await operations.insertOne(document);
          return { started: true, operation: document };
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          const first = await findOpen(open);
          if (first !== null) return { started: false, operation: first };
          // It ended in between.
          if (tries === MAX_TRIES) throw error;
        }
      }
    },

    get: (id) => operations.findOne({ _id: id }),

    list: ({ connection, entity, kinds, states }, before, limit) =>
      operations
        .find({
          ...(connection === undefined ? {} : { connection }),
          ...(entity === undefined ? {} : { entity }),
          ...(kinds === undefined ? {} : { kind: { $in: [...kinds] } }),
          ...(states === undefined ? {} : { state: { $in: [...states] } }),
          ...(before === null ? {} : { _id: { $lt: before } }),
        })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray(),

    async ask(id, wish) {
      const asked = { _id: id, ...IS_OPEN, wanted: { $ne: 'cancel' } } as const;
      if (wish === 'cancel')
        return change({ _id: id, ...IS_OPEN }, { $cond: [IS_HELD, { wanted: 'cancel' }, CANCELLED] });
      if (wish === 'pause') return change(asked, { $cond: [IS_HELD, { wanted: 'pause' }, PAUSED] });
      const resumed = await change(asked, { $cond: [{ $eq: ['$state', 'paused'] }, WAITING, { wanted: 'run' }] });
      if (resumed !== null) return resumed;
      const ended = await operations.findOne({ _id: id, state: 'failed' });
      if (ended === null) return null;
      const open = openKey(ended);
      try {
        return await change({ _id: id, state: 'failed' }, { ...WAITING, open, error: null, endedAt: null });
      } catch (error) {
        const other = isDuplicateKey(error) ? await findOpen(open) : null;
        throw other === null ? error : new OperationOpen(other);
      }
    },

    async cancelOf(connection, error) {
      await operations.updateMany({ connection, ...IS_OPEN }, [
        { $replaceWith: { $mergeObjects: ['$$ROOT', { ...CANCELLED, error: { $literal: error } }] } },
        REMOVE_MARKED,
      ]);
    },

    async claim(vendor, connections, owner, ttlMs) {
      const held = {
        state: 'running',
        owner: { $literal: owner },
        leaseUntil: leaseEnd(ttlMs),
        waitsFor: null,
        startedAt: { $ifNull: ['$startedAt', '$$NOW'] },
        changedAt: '$$NOW',
      };
      return operations.findOneAndUpdate(
        {
          vendor,
          connection: { $in: [...connections] },
          state: { $in: ['waiting', 'running'] },
          $or: [{ owner: null }, { $expr: { $lte: ['$leaseUntil', '$$NOW'] } }],
        },
        [{ $replaceWith: { $mergeObjects: ['$$ROOT', obey(held)] } }, REMOVE_MARKED],
        { returnDocument: 'after', sort: { kind: -1, _id: 1 } },
      );
    },

    async keep(id, owner, ttlMs, waitsFor) {
      const kept = await operations.findOneAndUpdate(
        { _id: id, owner, state: 'running' },
        [{ $set: { leaseUntil: leaseEnd(ttlMs), waitsFor: { $literal: waitsFor } } }],
        { returnDocument: 'after', projection: { wanted: 1 } },
      );
      return kept?.wanted ?? null;
    },

    async advance(id, owner, cursor, done) {
      const counts = Object.entries(done).map(([name, count]) => [
        `progress.${name}`,
        { $add: [`$progress.${name}`, count] },
      ]);
      const { matchedCount } = await operations.updateOne({ _id: id, owner, state: 'running' }, [
        { $set: { cursor: { $literal: cursor }, progressAt: '$$NOW', ...Object.fromEntries(counts) } },
      ]);
      return matchedCount === 1;
    },

    async release(id, owner, end) {
      const fields =
        end.state === 'stopped'
          ? obey(WAITING)
          : { ...ENDED, state: end.state, error: end.state === 'failed' ? { $literal: end.error } : null };
      await change({ _id: id, owner, state: 'running' }, fields);
    },
  };
}

/** Fields after what is wanted: `running` where that is to run. */
function obey(running: mongo.Document): mongo.Document {
  const wants = (wish: 'cancel' | 'pause') => ({ $eq: ['$wanted', wish] });
  return { $cond: [wants('cancel'), CANCELLED, { $cond: [wants('pause'), PAUSED, running] }] };
}

function openKey({
  kind,
  connection,
  entity,
}: Pick<SourceOperationDocument, 'kind' | 'connection' | 'entity'>): string {
  return `${kind}|${connection}|${entity}`;
}
