import { mongo } from 'mongoose';
import type { GroupedOperation, WriteResult } from './grouped-writer.ts';

const DUPLICATE_KEY = 11_000;
/** Two processes inserting one new key at once: the loser's second try meets a document, and is refused only if its condition fails. */
const MAX_TRIES = 2;

/** An update of the document `id`, applied only while `condition` holds. */
export interface ConditionalUpdate extends GroupedOperation {
  /** Further conditions on the document as it is stored; a document that does not exist yet meets them all. */
  readonly condition: mongo.Document;
  /** Aggregation pipeline: fields from stored ones. */
  readonly pipeline: readonly mongo.Document[];
  /**
   * `insert`: a missing document is made, and a condition that fails is reported as refused. `skip`: a missing document or a failed
   * condition changes nothing and is reported as applied (for updates whose caller does not mind).
   */
  readonly whenMissing: 'insert' | 'skip';
}

/**
 * Writes conditional updates of distinct documents in one unordered bulk write and tells each one's end.
 *
 * A bulk write answers totals only. Each `insert` update is therefore an upsert on `_id` and its condition: where the condition fails, the
 * upsert tries to insert an `_id` that exists, and that error names the operation. No read-back, no guess.
 */
export async function writeConditionally<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  updates: readonly ConditionalUpdate[],
): Promise<WriteResult[]> {
  const results: WriteResult[] = updates.map(() => 'applied');
  let open = updates.map((_, index) => index);
  for (let attempt = 1; open.length > 0; attempt += 1) {
    const failures = await tryBulk(
      collection,
      open.map((index) => updates[index] as ConditionalUpdate),
    );
    const again: number[] = [];
    for (const failure of failures) {
      const index = open[failure.index] as number;
      if (failure.code !== DUPLICATE_KEY) results[index] = new Error(`write failed: ${failure.errmsg ?? failure.code}`);
      else if (attempt < MAX_TRIES) again.push(index);
      else results[index] = 'refused';
    }
    open = again;
  }
  return results;
}

async function tryBulk<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  updates: readonly ConditionalUpdate[],
): Promise<readonly mongo.WriteError[]> {
  const operations = updates.map(
    (update): mongo.AnyBulkWriteOperation<T> => ({
      updateOne: {
        filter: { ...update.condition, _id: update.id } as unknown as mongo.Filter<T>,
        update: update.pipeline as mongo.Document[],
        upsert: update.whenMissing === 'insert',
      },
    }),
  );
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
