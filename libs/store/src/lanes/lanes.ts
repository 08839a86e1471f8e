import type { mongo } from 'mongoose';
import {
  isTakeable,
  type Lease,
  type LocalDeadline,
  leaseEnd,
  readMonotonicMs,
  startDeadline,
  withDeadline,
} from '../deadline.ts';
import type { LaneDocument } from '../documents.ts';
import { SecretsUnavailable } from '../errors.ts';
import { createGroupedWriter, type GroupedOperation } from '../groups/grouped.ts';
import type { Sealer } from '../secrets/seal.ts';

/** Ownership of a target connection, by one process at a time. */
export interface LaneLease extends Lease {
  readonly connection: string;
  /** Rises with every acquisition, also by the same owner; fences link updates. */
  readonly epoch: number;
}

export interface Lanes {
  /**
   * Takes the lane when it is free, expired (by the database's clock) or our own; epoch + 1 each time.
   * @returns null while another owner's lease runs
   */
  acquire(connection: string, owner: string, ttlMs: number): Promise<LaneLease | null>;
  /**
   * Renews the lease in place.
   * @returns false when another owner took the lane: the lease has ended, the caller stops sending immediately
   */
  renew(lease: LaneLease, ttlMs: number): Promise<boolean>;
  /** Releases the lane immediately; the lease has ended. The session token stays, so that the successor can end the session. */
  release(lease: LaneLease): Promise<void>;
  get(connection: string): Promise<LaneDocument | null>;
  /** The session token the last owner left, decrypted; null when there is none or it cannot be opened any more. */
  readSession(connection: string): Promise<string | null>;
  /** Keeps a session token for the successor, sealed. @returns false when a newer epoch owns the lane: nothing was written */
  writeSession(lease: LaneLease, token: string | null): Promise<boolean>;
}

/** Shorter than the interval between two renewals: a renewal that hangs must not delay the next one of all leases of a process. */
const RENEWAL_TIMEOUT_MS = 1_500;

/** One lease to be prolonged. */
interface Renewal extends GroupedOperation {
  readonly lease: LaneLease;
  readonly ttlMs: number;
}

export function createLanes(lanes: mongo.Collection<LaneDocument>, sealer: Sealer): Lanes {
  const deadlines = new WeakMap<LaneLease, LocalDeadline>();
  // A sink of 300 lanes renews them all every two seconds: one write instead of 150 a second.
  const renewals = createGroupedWriter<Renewal>({
    writeBatch: (batch) => withDeadline(renewTogether(lanes, batch), RENEWAL_TIMEOUT_MS),
  });

  return {
    async acquire(connection, owner, ttlMs) {
      const take = async (): Promise<LaneLease | null> => {
        const sentAt = readMonotonicMs();
        const taken = await lanes.findOneAndUpdate(
          { _id: connection, ...isTakeable(owner) },
          [{ $set: { epoch: { $add: ['$epoch', 1] }, owner: { $literal: owner }, leaseUntil: leaseEnd(ttlMs) } }],
          { returnDocument: 'after' },
        );
        if (taken === null) return null;
        const deadline = startDeadline(sentAt, ttlMs);
        const { remainingMs, outlives } = deadline;
        const lease: LaneLease = { connection, owner, epoch: taken.epoch, remainingMs, outlives };
        deadlines.set(lease, deadline);
        return lease;
      };
      const lease = await take();
      if (lease !== null) return lease;
      // Held by another owner, or never used: `$expr` conditions cannot be upserted, so a new lane is inserted first.
      const { upsertedCount } = await lanes.updateOne(
        { _id: connection },
        { $setOnInsert: { epoch: 0, owner: null, leaseUntil: new Date(0), sealedSession: null } },
        { upsert: true },
      );
      return upsertedCount === 1 ? take() : null;
    },

    async renew(lease, ttlMs) {
      const sentAt = readMonotonicMs();
      const kept = await renewals.submit({ id: lease.connection, lease, ttlMs });
      const deadline = deadlines.get(lease);
      if (kept) deadline?.prolong(sentAt, ttlMs);
      else deadline?.end();
      return kept;
    },

    async release(lease) {
      deadlines.get(lease)?.end();
      await lanes.updateOne(owned(lease), { $set: { owner: null, leaseUntil: new Date(0) } });
    },

    get: (connection) => lanes.findOne({ _id: connection }),

    async readSession(connection) {
      const lane = await lanes.findOne({ _id: connection });
      if (lane === null || lane.sealedSession === null) return null;
      try {
        return sealer.unseal(lane.sealedSession, { connection, purpose: 'session' });
      } catch (error) {
        // An unreadable token has one consequence: the predecessor's session runs until it expires.
        if (error instanceof SecretsUnavailable) return null;
        throw error;
      }
    },

    async writeSession(lease, token) {
      const context = { connection: lease.connection, purpose: 'session' } as const;
      const sealedSession = token === null ? null : await sealer.seal(token, context);
      const { matchedCount } = await lanes.updateOne(owned(lease), { $set: { sealedSession } });
      return matchedCount === 1;
    },
  };
}

async function renewTogether(
  lanes: mongo.Collection<LaneDocument>,
  batch: readonly Renewal[],
): Promise<('applied' | 'refused')[]> {
  const { matchedCount } = await lanes.bulkWrite(
    batch.map(({ lease, ttlMs }) => ({
      updateOne: { filter: owned(lease), update: [{ $set: { leaseUntil: leaseEnd(ttlMs) } }] },
    })),
    { ordered: false },
  );
  if (matchedCount === batch.length) return batch.map(() => 'applied');
  // Some leases are lost; the answer does not say which. A lane taken between the write and this read counts as lost, too.
  const kept = await lanes.find({ $or: batch.map(({ lease }) => owned(lease)) }, { projection: { _id: 1 } }).toArray();
  const ids = new Set(kept.map(({ _id }) => _id));
  return batch.map(({ id }) => (ids.has(id) ? 'applied' : 'refused'));
}

function owned(lease: LaneLease): mongo.Filter<LaneDocument> {
  return { _id: lease.connection, owner: lease.owner, epoch: lease.epoch };
}
