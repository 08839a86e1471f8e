import type { EntityName } from '@entrepot/canonical';
import type { mongo } from 'mongoose';
import { isTakeable, type Lease, type LocalDeadline, leaseEnd, readMonotonicMs, startDeadline } from '../deadline.ts';
import type { CursorDocument } from '../documents.ts';

/** What is polled repeatedly: the changes of an entity, or the webhook subscriptions of the connection. */
export type CursorSubject = EntityName | 'webhook-subscriptions';

/** The right to poll one entity of one connection. */
export interface PollerLease extends Lease {
  readonly connection: string;
  readonly entity: CursorSubject;
  /** Position at the time of acquisition. */
  readonly cursor: string | null;
}

export interface Cursors {
  get(connection: string, entity: CursorSubject): Promise<CursorDocument | null>;
  /** @returns null while another poller's lease runs (database's clock) */
  acquirePoller(connection: string, entity: CursorSubject, owner: string, ttlMs: number): Promise<PollerLease | null>;
  /** @returns false when another poller took over: the lease has ended */
  renewPoller(lease: PollerLease, ttlMs: number): Promise<boolean>;
  /**
   * Moves the cursor; call it after everything before it was acknowledged.
   * @returns false when another poller took over: nothing was written
   */
  set(lease: PollerLease, cursor: string): Promise<boolean>;
  /** Frees the poller for the next round; `polled` notes a completed poll (`polledAt`, database's clock). The lease has ended. */
  releasePoller(lease: PollerLease, polled: boolean): Promise<void>;
}

export function createCursors(cursors: mongo.Collection<CursorDocument>): Cursors {
  const deadlines = new WeakMap<PollerLease, LocalDeadline>();

  return {
    get: (connection, entity) => cursors.findOne({ _id: cursorId(connection, entity) }),

    async acquirePoller(connection, entity, owner, ttlMs) {
      const _id = cursorId(connection, entity);
      const take = async (): Promise<PollerLease | null> => {
        const sentAt = readMonotonicMs();
        const taken = await cursors.findOneAndUpdate(
          { _id, ...isTakeable(owner) },
          [{ $set: { owner: { $literal: owner }, leaseUntil: leaseEnd(ttlMs) } }],
          { returnDocument: 'after' },
        );
        if (taken === null) return null;
        const deadline = startDeadline(sentAt, ttlMs);
        const { remainingMs, outlives } = deadline;
        const lease: PollerLease = { connection, entity, owner, cursor: taken.cursor, remainingMs, outlives };
        deadlines.set(lease, deadline);
        return lease;
      };
      const lease = await take();
      if (lease !== null) return lease;
      const { upsertedCount } = await cursors.updateOne(
        { _id },
        { $setOnInsert: { cursor: null, owner: null, leaseUntil: null, polledAt: null } },
        { upsert: true },
      );
      return upsertedCount === 1 ? take() : null;
    },

    async renewPoller(lease, ttlMs) {
      const sentAt = readMonotonicMs();
      const { matchedCount } = await cursors.updateOne(owned(lease), [{ $set: { leaseUntil: leaseEnd(ttlMs) } }]);
      const deadline = deadlines.get(lease);
      if (matchedCount === 1) deadline?.prolong(sentAt, ttlMs);
      else deadline?.end();
      return matchedCount === 1;
    },

    async set(lease, cursor) {
      const { matchedCount } = await cursors.updateOne(owned(lease), { $set: { cursor } });
      return matchedCount === 1;
    },

    async releasePoller(lease, polled) {
      deadlines.get(lease)?.end();
      const polledAt = polled ? { polledAt: '$$NOW' } : {};
      await cursors.updateOne(owned(lease), [{ $set: { owner: null, leaseUntil: null, ...polledAt } }]);
    },
  };
}

/** `_id` of a cursor. */
export function cursorId(connection: string, entity: CursorSubject): string {
  return `${connection}|${entity}`;
}

function owned(lease: PollerLease): mongo.Filter<CursorDocument> {
  return { _id: cursorId(lease.connection, lease.entity), owner: lease.owner };
}
