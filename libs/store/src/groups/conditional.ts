import { mongo } from 'mongoose';
import type { GroupedOperation, WriteResult } from './grouped.ts';

const DUPLICATE_KEY = 11_000;
const IMMUTABLE_FIELD = 66;
/** Two processes insert one new key concurrently: the loser's second try meets a document, and is refused only if its condition fails. */
const MAX_TRIES = 2;

/** An update of the document `id`, applied only while `condition` holds; refused where it does not. */
type ConditionalUpdate = GroupedOperation & {
  /** Further conditions on the document as it is stored. */
  readonly condition: mongo.Document;
} & (
    | {
        /** A pipeline where fields come from stored ones. */
        readonly update: mongo.Document | readonly mongo.Document[];
        /** A document that does not exist yet meets every condition, and is created. */
        readonly whenMissing: 'insert';
      }
    | {
        readonly update: mongo.Document;
        /** A document that does not exist meets no condition: who deleted it has the last word. */
        readonly whenMissing: 'refuse';
      }
  );

/** A new document `id`; refused when the document exists. In a batch it costs the database at most a third of an update. */
interface Insert extends GroupedOperation {
  /** All but its `_id`. */
  readonly document: mongo.Document;
}

export type ConditionalWrite = ConditionalUpdate | Insert;

/**
 * Writes conditional updates and inserts of distinct documents, one unordered bulk write each, and returns the result of each operation.
 *
 * A bulk write answers totals only. Each update is therefore an upsert on `_id` and its condition, whose insert fails where the condition
 * does, and that error names the operation: an `insert` update meets an `_id` that exists; a `refuse` update inserts another `_id` than it
 * looks for, which the database never takes. It needs no read-back and no guess.
 */
export async function writeConditionally<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  writes: readonly ConditionalWrite[],
): Promise<WriteResult[]> {
  const inserts = writes.filter((write) => 'document' in write);
  const updates = writes.filter((write) => 'update' in write);
  // Waits for both: a write still in flight must not take effect after its repetition has begun.
  const ends = await Promise.allSettled([insertAll(collection, inserts), updateAll(collection, updates)]);
  const results = new Map<ConditionalWrite, WriteResult>();
  for (const end of ends) {
    if (end.status === 'rejected') throw end.reason;
    for (const [write, result] of end.value) results.set(write, result);
  }
  return writes.map((write) => results.get(write) ?? 'applied');
}

type NotApplied = ReadonlyMap<ConditionalWrite, WriteResult>;

async function insertAll<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  inserts: readonly Insert[],
): Promise<NotApplied> {
  const operations = inserts.map(
    ({ id, document }) =>
      ({ insertOne: { document: { _id: id, ...document } } }) as unknown as mongo.AnyBulkWriteOperation<T>,
  );
  const failures = await tryBulk(collection, operations);
  const judge = (failure: mongo.WriteError) => (failure.code === DUPLICATE_KEY ? 'refused' : describeFailure(failure));
  return new Map(failures.map((failure) => [inserts[failure.index] as Insert, judge(failure)]));
}

async function updateAll<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  updates: readonly ConditionalUpdate[],
): Promise<NotApplied> {
  const results = new Map<ConditionalWrite, WriteResult>();
  let open = updates;
  for (let attempt = 1; open.length > 0; attempt += 1) {
    const failures = await tryBulk(collection, open.map(describeUpdate<T>));
    const again: ConditionalUpdate[] = [];
    for (const failure of failures) {
      const update = open[failure.index] as ConditionalUpdate;
      if (update.whenMissing === 'refuse' && failure.code === IMMUTABLE_FIELD) results.set(update, 'refused');
      else if (failure.code !== DUPLICATE_KEY) results.set(update, describeFailure(failure));
      else if (attempt < MAX_TRIES) again.push(update);
      else results.set(update, 'refused');
    }
    open = again;
  }
  return results;
}

function describeUpdate<T extends { readonly _id: string }>(update: ConditionalUpdate): mongo.AnyBulkWriteOperation<T> {
  return {
    updateOne: {
      filter: { ...update.condition, _id: update.id } as unknown as mongo.Filter<T>,
      update: (update.whenMissing === 'insert'
        ? update.update
        : { ...update.update, $setOnInsert: { _id: null } }) as mongo.Document,
      upsert: true,
    },
  };
}

function describeFailure({ errmsg, code }: mongo.WriteError): Error {
  return new Error(`write failed: ${errmsg ?? code}`);
}

async function tryBulk<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  operations: mongo.AnyBulkWriteOperation<T>[],
): Promise<readonly mongo.WriteError[]> {
  if (operations.length === 0) return [];
  try {
    await collection.bulkWrite(operations, { ordered: false });
    return [];
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    // The driver also wraps lost connections this way, without any write error: the result of every operation is unknown. With a write
    // concern error the operations are written, but perhaps not on a majority. Neither result is reliable.
    if (failures.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
    return failures;
  }
}

/** True when an insert met a key that exists. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}
