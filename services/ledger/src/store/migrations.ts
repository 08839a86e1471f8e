import { MAX_DELAY_MS } from '@entrepot/canonical';
import { type CollectionSchema, convert, type Migration, rewrite } from '@entrepot/store';
import type { mongo } from 'mongoose';
import { type Delivery, searchTerms } from '../states/delivery.ts';
import { INDEXES, type Indexed, LONG_AGO, OPEN_OF_RECORD } from './indexes.ts';

const CLOCKS_APART_MS = 3_600_000;
const ROWS_A_STEP = 1_000;

const MIGRATIONS: Readonly<Partial<Record<Indexed, readonly Migration[]>>> = {
  messages: [
    rewrite({
      to: 2,
      what: 'notes which messages no delivery tells of, so that their records are listed by them',
      where: { undelivered: { $exists: false } },
      update: [{ $set: { undelivered: { $and: [{ $eq: ['$state', 'published'] }, { $eq: ['$routedBy', []] }] } } }],
    }),
  ],
  deliveries: [
    // Computed from a delay beyond all dates, which the database stores as 1970 or as a far year: no timer would ever reach it.
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
            { $gt: ['$nextAttemptAt', { $add: ['$$NOW', MAX_DELAY_MS + CLOCKS_APART_MS] }] },
          ],
        },
      },
      update: [{ $set: { nextAttemptAt: '$$NOW', updatedAt: '$$NOW', revision: { $add: ['$revision', 1] } } }],
    }),
    convert({
      to: 3,
      what: 'takes over which deliveries stand for their records, and since when these are known',
      where: { current: { $exists: false } },
      fields: ['entity', 'from', 'sourceId', 'flow', 'version'],
      convert: (delivery, database) => takeOverRow(delivery as StoredDelivery, database),
    }),
  ],
  records: [
    {
      to: 2,
      what: 'removes the rows of 0.1.0, which messages and deliveries hold now',
      count: (rows) => rows.estimatedDocumentCount(),
      async step(rows) {
        const ids = (
          await rows
            .find({}, { projection: { _id: 1 } })
            .limit(ROWS_A_STEP)
            .toArray()
        ).map(({ _id }) => _id);
        await rows.deleteMany({ _id: { $in: ids } });
        return { position: ids.at(-1) ?? null, looked: ids.length };
      },
    },
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

type StoredDelivery = Pick<Delivery, '_id' | 'entity' | 'from' | 'sourceId' | 'flow' | 'version'>;

/** The fields read of a row of 0.1.0. */
interface Row {
  readonly _id: string;
  readonly firstSeenAt: Date;
  readonly targets: Readonly<Record<string, { readonly deliveryId: string }>>;
}

async function takeOverRow(delivery: StoredDelivery, database: mongo.Db): Promise<mongo.Document> {
  const { _id, entity, from, sourceId, flow } = delivery;
  const row = await database.collection<Row>('records').findOne({ _id: `${entity}|${from}/${sourceId}` });
  const shown = row?.targets[flow];
  const current = shown === undefined ? await isNewest(delivery, database) : shown.deliveryId === _id;
  return { $set: { current, firstSeenAt: current ? (row?.firstSeenAt ?? null) : null } };
}

/** For a record whose row is past its retention. */
async function isNewest({ _id, from, sourceId, flow, version }: StoredDelivery, database: mongo.Db): Promise<boolean> {
  const newer = await database.collection<Delivery>('deliveries').findOne(
    {
      refs: { $in: searchTerms([sourceId]) },
      from,
      sourceId,
      flow,
      $or: [{ version: { $gt: version } }, { version, _id: { $gt: _id } }],
    },
    { projection: { _id: 1 } },
  );
  return newer === null;
}

/** The ledger's own collections, which it migrates at its start beside the store's. */
export const LEDGER_COLLECTIONS: readonly CollectionSchema[] = (Object.keys(INDEXES) as Indexed[]).map(
  (collection) => ({ collection, indexes: INDEXES[collection], migrations: MIGRATIONS[collection] ?? [] }),
);
