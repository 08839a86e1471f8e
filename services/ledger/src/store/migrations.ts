import { LONGEST_DELAY_MS } from '@entrepot/canonical';
import { type CollectionSchema, type Migration, rewrite } from '@entrepot/store';
import { INDEXES, type Indexed, LONG_AGO, OPEN_OF_RECORD } from './indexes.ts';

const CLOCKS_APART_MS = 3_600_000;

const MIGRATIONS: Readonly<Partial<Record<Indexed, readonly Migration[]>>> = {
  deliveries: [
    // Counted from a delay beyond all dates, which the database keeps as 1970 or as a far year: no timer would ever come to it.
    rewrite({
      to: 2,
      what: 'makes due what 0.1.0 put off beyond all dates',
      index: OPEN_OF_RECORD,
      where: {
        endedAt: null,
        outstanding: null,
        nextAttemptAt: { $ne: null },
        $expr: {
          $or: [
            { $lte: ['$nextAttemptAt', LONG_AGO] },
            { $gt: ['$nextAttemptAt', { $add: ['$$NOW', LONGEST_DELAY_MS + CLOCKS_APART_MS] }] },
          ],
        },
      },
      update: [{ $set: { nextAttemptAt: '$$NOW', updatedAt: '$$NOW', revision: { $add: ['$revision', 1] } } }],
    }),
  ],
  tokens: [
    rewrite({
      to: 2,
      what: 'writes out that tokens of 0.1.0 are in force',
      where: { revokedAt: { $exists: false } },
      update: [{ $set: { revokedAt: null } }],
    }),
  ],
};

/** The ledger's own collections, which it migrates at its start beside the store's. */
export const LEDGER_COLLECTIONS: readonly CollectionSchema[] = (Object.keys(INDEXES) as Indexed[]).map(
  (collection) => ({ collection, indexes: INDEXES[collection], migrations: MIGRATIONS[collection] ?? [] }),
);
