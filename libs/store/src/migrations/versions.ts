import type { mongo } from 'mongoose';
import { isTakeable, leaseEnd } from '../deadline.ts';
import { isDuplicateKey } from '../groups/conditional.ts';
import { type CollectionSchema, versionOf } from './collection-schema.ts';

/**
 * The version of a collection, and the process that migrates it. `_id` = the collection's name. Lease times are the database's (`$$NOW`).
 */
export interface SchemaDocument {
  readonly _id: string;
  readonly version: number;
  /** The process that migrates it; null: none does. */
  readonly owner: string | null;
  readonly leaseUntil: Date;
  /** Progress of the running migration; kept when its process ends, so that the next resumes there. */
  readonly progress: Progress | null;
}

export interface Progress {
  readonly to: number;
  readonly position: string | null;
  readonly looked: number;
  readonly total: number;
}

/** The marks of all collections, in the collection `schema`. A write by a holder that lost its lease is refused. */
export interface Marks {
  read(): Promise<ReadonlyMap<string, SchemaDocument>>;
  /** Creates the mark of a collection without one; an existing mark stays. */
  begin(collection: string, version: number): Promise<void>;
  /** @returns null while another owner's lease runs */
  take(collection: string, owner: string, ttlMs: number): Promise<SchemaDocument | null>;
  /** @returns false when the lease is another's */
  renew(collection: string, owner: string, ttlMs: number): Promise<boolean>;
  note(collection: string, owner: string, progress: Progress): Promise<boolean>;
  /** The migration is done. */
  reach(collection: string, owner: string, version: number): Promise<boolean>;
  release(collection: string, owner: string): Promise<void>;
}

export function openMarks(database: mongo.Db): Marks {
  const marks = database.collection<SchemaDocument>('schema');
  const owned = async (
    collection: string,
    owner: string,
    update: mongo.UpdateFilter<SchemaDocument>[] | mongo.Document,
  ) => (await marks.updateOne({ _id: collection, owner }, update)).matchedCount === 1;
  return {
    read: async () => new Map((await marks.find().toArray()).map((mark) => [mark._id, mark])),

    async begin(collection, version) {
      const mark = { version, owner: null, leaseUntil: new Date(0), progress: null };
      try {
        await marks.updateOne({ _id: collection }, { $setOnInsert: mark }, { upsert: true });
      } catch (error) {
        // Another process created it at the same moment.
        if (!isDuplicateKey(error)) throw error;
      }
    },

    take: (collection, owner, ttlMs) =>
      marks.findOneAndUpdate(
        { _id: collection, ...isTakeable(owner) },
        [{ $set: { owner: { $literal: owner }, leaseUntil: leaseEnd(ttlMs) } }],
        { returnDocument: 'after' },
      ),

    renew: (collection, owner, ttlMs) => owned(collection, owner, [{ $set: { leaseUntil: leaseEnd(ttlMs) } }]),
    note: (collection, owner, progress) => owned(collection, owner, { $set: { progress } }),
    reach: (collection, owner, version) => owned(collection, owner, { $set: { version, progress: null } }),
    release: async (collection, owner) => {
      await owned(collection, owner, { $set: { owner: null, leaseUntil: new Date(0) } });
    },
  };
}

/** A collection's version compared with this release's. */
export interface Standing {
  readonly schema: CollectionSchema;
  /** `new`: without documents and without a mark. */
  readonly state: 'new' | 'current' | 'older' | 'newer';
  /** The version of its documents. */
  readonly version: number;
  readonly mark: SchemaDocument | null;
}

/** Why a process does not work yet, in words for people. */
export interface Wait {
  readonly message: string;
  readonly advice: string;
  /** E.g. "1200 of 5000 documents"; null where progress is unknown. */
  readonly progress: string | null;
}

/** The version of documents without a mark: the release that wrote them made no marks. */
const UNMARKED_VERSION = 1;

export async function readStandings(
  database: mongo.Db,
  marks: Marks,
  schemas: readonly CollectionSchema[],
): Promise<Standing[]> {
  const known = await marks.read();
  return Promise.all(
    schemas.map(async (schema): Promise<Standing> => {
      const current = versionOf(schema);
      const mark = known.get(schema.collection) ?? null;
      if (mark === null && (await isEmpty(database, schema))) return { schema, state: 'new', version: current, mark };
      const version = mark?.version ?? UNMARKED_VERSION;
      const state = version === current ? 'current' : version < current ? 'older' : 'newer';
      return { schema, state, version, mark };
    }),
  );
}

/** @returns null when nothing stands in the way */
export function describeWait(standings: readonly Standing[]): Wait | null {
  const newer = standings.filter(({ state }) => state === 'newer');
  if (newer.length > 0) {
    return {
      message: `the stored data is of a newer release: ${listVersions(newer)}`,
      advice:
        'Run this service in the release that the data is of. To go back, restore the database as it was before the upgrade.',
      progress: null,
    };
  }
  const older = standings.filter(({ state }) => state === 'older');
  if (older.length === 0) return null;
  const mark = older.find((standing) => standing.mark?.owner)?.mark ?? null;
  return {
    message: `the stored data is of an earlier release: ${listVersions(older)}`,
    advice:
      'The ledger of this release migrates it as it starts, or "npm run migrate" does; this service then goes on by itself.',
    progress: mark === null ? null : `${mark._id}: ${describeProgress(mark.progress)}, by ${mark.owner}`,
  };
}

export function describeProgress(progress: SchemaDocument['progress']): string {
  return progress === null ? 'begun' : `${progress.looked} of ${progress.total} documents`;
}

function listVersions(standings: readonly Standing[]): string {
  return standings
    .map(({ schema, version }) => `${schema.collection} has version ${version}, not ${versionOf(schema)}`)
    .join('; ');
}

async function isEmpty(database: mongo.Db, { collection }: CollectionSchema): Promise<boolean> {
  return (await database.collection(collection).findOne({}, { projection: { _id: 1 } })) === null;
}
