import type { EntityName } from '@entrepot/canonical';
import type { mongo } from 'mongoose';
import { isTakeable, leaseEnd } from '../deadline.ts';
import type { LatestStateDocument, StateFillDocument } from '../documents.ts';
import { isDuplicateKey } from '../groups/conditional.ts';

/** States of one entity from one source connection, which the targets of one vendor collect. */
export interface StatePair {
  readonly vendor: string;
  readonly entity: EntityName;
  readonly connection: string;
}

/**
 * Which states are kept completely. States that passed before a flow began to collect them are filled in from their topic, by one process at a
 * time; until that is done, nothing is planned with them.
 */
export interface StateFills {
  list(vendor: string): Promise<StateFillDocument[]>;
  isDone(pair: StatePair): Promise<boolean>;
  /** Takes the fill of a pair. Null while another process has it, or when it is done. */
  begin(pair: StatePair, owner: string, ttlMs: number): Promise<StateFillDocument | null>;
  /** @returns false when the fill is another's */
  renew(fill: StateFillDocument, ttlMs: number): Promise<boolean>;
  /** @returns false when the fill is another's, or states were let pass meanwhile */
  finish(fill: StateFillDocument): Promise<boolean>;
  /** Lets the fill go, undone. */
  giveBack(fill: StateFillDocument): Promise<void>;
  /** Forgets a group of the states that are kept of a pair, before it is filled or discarded. @returns false when none was left */
  forgetSome(fill: StateFillDocument): Promise<boolean>;
  /** Ends a pair whose states are forgotten. */
  discard(fill: StateFillDocument): Promise<void>;
  /** From here on states of the pair may be let pass: a later fill begins anew. */
  invalidate(pair: StatePair): Promise<void>;
}

export function createStateFills(
  fills: mongo.Collection<StateFillDocument>,
  states: mongo.Collection<LatestStateDocument>,
): StateFills {
  const idOf = ({ vendor, entity, connection }: StatePair): string => `${vendor}|${entity}|${connection}`;
  const owned = ({ _id, owner, revision }: StateFillDocument) => ({ _id, owner, revision, doneAt: null });
  return {
    list: (vendor) => fills.find({ vendor }).toArray(),

    isDone: async (pair) => (await fills.findOne({ _id: idOf(pair) }))?.doneAt instanceof Date,

    async begin(pair, owner, ttlMs) {
      const { vendor, entity, connection } = pair;
      const blank = { vendor, entity, connection, owner: null, leaseUntil: new Date(0), revision: 0, doneAt: null };
      try {
        await fills.updateOne({ _id: idOf(pair) }, { $setOnInsert: blank }, { upsert: true });
      } catch (error) {
        // Another process created it at the same moment.
        if (!isDuplicateKey(error)) throw error;
      }
      return fills.findOneAndUpdate(
        { _id: idOf(pair), doneAt: null, ...isTakeable(owner) },
        [{ $set: { owner: { $literal: owner }, leaseUntil: leaseEnd(ttlMs), revision: { $add: ['$revision', 1] } } }],
        { returnDocument: 'after' },
      );
    },

    renew: async (fill, ttlMs) =>
      (await fills.updateOne(owned(fill), [{ $set: { leaseUntil: leaseEnd(ttlMs) } }])).matchedCount === 1,

    finish: async (fill) =>
      (await fills.updateOne(owned(fill), [{ $set: { owner: null, doneAt: '$$NOW' } }])).matchedCount === 1,

    giveBack: async (fill) => {
      await fills.updateOne(owned(fill), { $set: { owner: null } });
    },

    invalidate: async (pair) => {
      await fills.updateOne({ _id: idOf(pair) }, { $set: { doneAt: null }, $inc: { revision: 1 } });
    },

    forgetSome: ({ vendor, entity, connection }) =>
      // What tombstones left stays: an owner that was stopped and resumed must not bring back what is erased.
      forgetGroup(states, { connection, entity, vendor, value: { $ne: null } }),

    discard: async (fill) => {
      await fills.deleteOne(owned(fill));
    },
  };
}

const GROUP = 1_000;
/** Ends in the database before the caller gives up, so that it deletes nothing that is written later. */
const MAX_DELETE_MS = 8_000;

/** @returns false when no document was left */
export async function forgetGroup(
  states: mongo.Collection<LatestStateDocument>,
  which: mongo.Filter<LatestStateDocument>,
  within: { readonly session?: mongo.ClientSession } = {},
): Promise<boolean> {
  const found = await states
    .find(which, { projection: { _id: 1 }, ...within })
    .limit(GROUP)
    .toArray();
  if (found.length === 0) return false;
  const ids = found.map(({ _id }) => _id);
  await states.deleteMany({ $and: [{ _id: { $in: ids } }, which] }, { maxTimeMS: MAX_DELETE_MS, ...within });
  return true;
}
