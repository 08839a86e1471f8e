import type { mongo } from 'mongoose';
import type { RepublicationDocument } from '../documents.ts';

export interface Republications {
  /**
   * Returns the republication of a vendor's states in a schema, and creates it with this goal if it does not exist. Without records to read
   * it is finished.
   */
  begin(vendor: string, schema: string, goal: ReadonlyMap<number, bigint>): Promise<RepublicationDocument>;
  get(vendor: string, schema: string): Promise<RepublicationDocument | null>;
  /** Adds the number of states that stood in an older schema and were published just now. */
  note(vendor: string, schema: string, republished: number): Promise<void>;
  /**
   * Finishes it when no state in an older schema was met for `quietMs` (database's clock).
   * @returns true when it is finished, by this process or another
   */
  finish(vendor: string, schema: string, quietMs: number): Promise<boolean>;
}

export function createRepublications(republications: mongo.Collection<RepublicationDocument>): Republications {
  const idOf = (vendor: string, schema: string): string => `${vendor}|${schema}`;
  const get: Republications['get'] = (vendor, schema) => republications.findOne({ _id: idOf(vendor, schema) });

  return {
    get,

    async begin(vendor, schema, goal) {
      const offsets = [...goal].map(([partition, offset]) => ({ partition, offset: offset.toString() }));
      const isEmpty = offsets.every(({ offset }) => offset === '0');
      const now = '$$NOW';
      const begun = { goal: { $literal: offsets }, republished: 0, startedAt: now, olderSeenAt: now };
      const document = await republications.findOneAndUpdate(
        { _id: idOf(vendor, schema) },
        [{ $replaceWith: { $mergeObjects: [{ ...begun, doneAt: isEmpty ? now : null }, '$$ROOT'] } }],
        { upsert: true, returnDocument: 'after' },
      );
      if (document === null) throw new Error(`the republication of ${idOf(vendor, schema)} was not noted`);
      return document;
    },

    async note(vendor, schema, republished) {
      await republications.updateOne({ _id: idOf(vendor, schema) }, [
        { $set: { republished: { $add: ['$republished', republished] }, olderSeenAt: '$$NOW' } },
      ]);
    },

    async finish(vendor, schema, quietMs) {
      const isQuiet = { $expr: { $lte: ['$olderSeenAt', { $subtract: ['$$NOW', quietMs] }] } };
      const { matchedCount } = await republications.updateOne({ _id: idOf(vendor, schema), doneAt: null, ...isQuiet }, [
        { $set: { doneAt: '$$NOW' } },
      ]);
      return matchedCount === 1 || ((await get(vendor, schema))?.doneAt ?? null) !== null;
    },
  };
}
