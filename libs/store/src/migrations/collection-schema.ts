import type { mongo } from 'mongoose';

/** Documents of any collection, as migrations see them; every `_id` is a text. */
export type StoredCollection = mongo.Collection<{ readonly _id: string } & mongo.Document>;

/** What this release requires of a collection: its indexes, and the migrations from earlier versions. */
export interface CollectionSchema {
  readonly collection: string;
  readonly indexes: readonly mongo.IndexDescription[];
  /** In order; the last one's `to` is this release's version, 1 if there is none. A released migration never changes. */
  readonly migrations: readonly Migration[];
}

export interface Migration {
  /** The version it leads to: one more than the one before; the first leads to 2. */
  readonly to: number;
  /** What it does, for people, e.g. "writes out what was left out". */
  readonly what: string;
  /** Number of documents that the migration visits; an estimate is enough for its progress. */
  count(collection: StoredCollection): Promise<number>;
  /** Migrates one group of documents. Idempotent: a repetition after a kill or by another process changes nothing. */
  step(collection: StoredCollection, position: string | null): Promise<Step>;
}

export interface Step {
  /** Position of the next step; null when there is none. */
  readonly position: string | null;
  readonly looked: number;
}

/** A migration that the database performs alone, document by document. */
export interface Rewrite {
  readonly to: number;
  readonly what: string;
  /** Documents of the former shape; matches none that was rewritten. */
  readonly where: mongo.Document;
  readonly update: readonly mongo.Document[];
  /** An index that holds every document of the former shape: the migration visits no other. */
  readonly index?: string;
}

/** A migration that takes code. */
export interface Conversion {
  readonly to: number;
  readonly what: string;
  /** Documents of the former shape; matches none that was converted. */
  readonly where: mongo.Document;
  /** The fields that `convert` sees: when one of them changes meanwhile, nothing is written and `convert` runs again. */
  readonly fields: readonly string[];
  /** @returns the update; null: the document stays as it is */
  convert(document: mongo.Document, database: mongo.Db): Promise<mongo.Document | null> | mongo.Document | null;
}

const GROUP = 1_000;
const MAX_ROUNDS = 20;

export function versionOf({ migrations }: CollectionSchema): number {
  return migrations.at(-1)?.to ?? 1;
}

export function rewrite({ to, what, where, update, index }: Rewrite): Migration {
  const pipeline = [...update];
  if (index === undefined) {
    return walk(to, what, async (collection, range) => {
      await collection.updateMany({ $and: [range, where] }, pipeline);
    });
  }
  const find = (collection: StoredCollection) => collection.find(where, { projection: { _id: 1 } }).hint(index);
  return {
    to,
    what,
    count: (collection) => collection.countDocuments(where, { hint: index }),
    async step(collection) {
      const ids = (await find(collection).limit(GROUP).toArray()).map(({ _id }) => _id);
      if (ids.length > 0) await collection.updateMany({ $and: [{ _id: { $in: ids } }, where] }, pipeline);
      return { position: ids.at(-1) ?? null, looked: ids.length };
    },
  };
}

export function convert({ to, what, where, fields, convert: convertOne }: Conversion): Migration {
  const projection = Object.fromEntries(fields.map((field) => [field, 1]));
  return walk(to, what, async (collection, range) => {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const found = await collection.find({ $and: [range, where] }, { projection }).toArray();
      const updates = await Promise.all(
        found.map(async (document) => ({ document, update: await convertOne(document, collection.db) })),
      );
      const writes = updates.flatMap(({ document, update }) =>
        update === null ? [] : [{ updateOne: { filter: asSeen(document, fields), update } }],
      );
      if (writes.length === 0) return;
      const { matchedCount } = await collection.bulkWrite(writes, { ordered: false });
      if (matchedCount === writes.length) return;
    }
    throw new Error(`documents of "${collection.collectionName}" change all the time: ${JSON.stringify(range)}`);
  });
}

/** All documents in the order of their ids, group by group. */
function walk(
  to: number,
  what: string,
  change: (collection: StoredCollection, range: mongo.Document) => Promise<void>,
): Migration {
  return {
    to,
    what,
    count: (collection) => collection.estimatedDocumentCount(),
    async step(collection, position) {
      const after = position === null ? {} : { $gt: position };
      // By ids alone, which the index answers: a step ends in time even if few documents have the former shape.
      const ids = await collection
        .find(position === null ? {} : { _id: after }, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(GROUP)
        .toArray();
      const last = ids.at(-1);
      if (last === undefined) return { position: null, looked: 0 };
      await change(collection, { _id: { ...after, $lte: last._id } });
      return { position: ids.length < GROUP ? null : last._id, looked: ids.length };
    },
  };
}

function asSeen(document: mongo.Document, fields: readonly string[]): mongo.Document {
  const same = fields.map((field) => [field, field in document ? { $eq: document[field] } : { $exists: false }]);
  return { _id: document['_id'], ...Object.fromEntries(same) };
}
