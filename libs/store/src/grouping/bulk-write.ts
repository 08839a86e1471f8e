import { mongo } from 'mongoose';
import type { GroupedOperation, WriteResult } from './grouped.ts';

const DUPLICATE_KEY = 11_000;
/** Two processes inserting one new key at once: the loser's second try meets a document, and is refused only if its condition fails. */
const MAX_TRIES = 2;

/** An update of the document `id`, applied only while `condition` holds. */
interface ConditionalUpdate extends GroupedOperation {
  /** Further conditions on the document as it is stored; a document that does not exist yet meets them all. */
  readonly condition: mongo.Document;
  /** A pipeline where fields come from stored ones. */
  readonly update: mongo.Document | readonly mongo.Document[];
  /**
   * `insert`: a missing document is made, and a condition that fails is reported as refused. `skip`: a missing document or a failed
   * condition changes nothing and is reported as applied (for updates whose caller does not mind).
   */
  readonly whenMissing: 'insert' | 'skip';
}

/** A new document `id`, refused where there is one. In a batch it costs the database a third of an update, or less. */
interface Insert extends GroupedOperation {
  /** All but its `_id`. */
  readonly document: mongo.Document;
}

export type ConditionalWrite = ConditionalUpdate | Insert;

/**
 * Writes conditional updates and inserts of distinct documents in one unordered bulk write each and tells each one's end.
 *
 * A bulk write answers totals only. Each `insert` update is therefore an upsert on `_id` and its condition: where the condition fails, the
 * upsert tries to insert an `_id` that exists, and that error names the operation. No read-back, no guess.
 */
export async function writeConditionally<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  writes: readonly ConditionalWrite[],
): Promise<WriteResult[]> {
  const inserts = writes.filter((write) => 'document' in write);
  const updates = writes.filter((write) => 'update' in write);
  // Both to their end: a write still under way must not come after a repetition of it has begun.
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
  return new Map(
    failures.map((failure) => [
      inserts[failure.index] as Insert,
      failure.code === DUPLICATE_KEY ? 'refused' : describeFailure(failure),
    ]),
  );
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
      if (failure.code !== DUPLICATE_KEY) results.set(update, describeFailure(failure));
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
      update: update.update as mongo.Document,
      upsert: update.whenMissing === 'insert',
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
    // The driver also wraps lost connections this way, without any write error: the end of every operation is unknown then. With a write
    // concern error they are written, but not known to be on a majority. In both cases nothing may be relied upon.
    if (failures.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
    return failures;
  }
}

/** True when an insert met a key that exists. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}
