import { mongo } from 'mongoose';

/** An update of one document. */
export interface GroupedOperation {
  /** `_id` of the document. Operations on one id are applied in the order they were submitted, never in one batch. */
  readonly id: string;
}

/** Result of one operation of a batch: its condition held, its condition did not hold, or the operation failed alone. */
export type WriteResult = 'applied' | 'refused' | Error;

export interface GroupedWriter<O extends GroupedOperation> {
  /**
   * Writes an operation in one batch with those queued beside it.
   * @returns true when it was applied, false when its condition did not hold
   * @throws the error of the bulk write; whether the operation was applied is then unknown
   */
  submit(operation: O): Promise<boolean>;
  /** Resolves when everything submitted so far has ended. */
  drain(): Promise<void>;
}

interface GroupedWriterOptions<O extends GroupedOperation> {
  /** Writes a batch (distinct ids) in any order; one result an operation, in the batch's order. */
  readonly writeBatch: (batch: readonly O[]) => Promise<readonly WriteResult[]>;
  readonly maxBatch?: number;
}

interface Pending<O> {
  readonly operation: O;
  readonly resolve: (applied: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULT_MAX_BATCH = 500;

/**
 * Gathers operations into batches, one batch at a time: an idle writer starts after the current turn of the event loop, a busy one takes
 * everything that queued up meanwhile. Single acknowledged writes are bound by the journal; batches share its wait.
 */
export function createGroupedWriter<O extends GroupedOperation>(options: GroupedWriterOptions<O>): GroupedWriter<O> {
  const { writeBatch, maxBatch = DEFAULT_MAX_BATCH } = options;
  let queue: Pending<O>[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) await settleBatch(takeBatch());
    running = null;
  }

  /** Takes the oldest operations, at most one an id; what is left keeps its order, so that order per id holds. */
  function takeBatch(): Pending<O>[] {
    const batch: Pending<O>[] = [];
    const left: Pending<O>[] = [];
    const ids = new Set<string>();
    for (const pending of queue) {
      const { id } = pending.operation;
      if (batch.length < maxBatch && !ids.has(id)) batch.push(pending);
      else left.push(pending);
      ids.add(id);
    }
    queue = left;
    return batch;
  }

  async function settleBatch(batch: readonly Pending<O>[]): Promise<void> {
    let results: readonly WriteResult[];
    try {
      results = await writeBatch(batch.map((pending) => pending.operation));
    } catch (error) {
      for (const pending of batch) pending.reject(error);
      return;
    }
    for (const [index, pending] of batch.entries()) {
      const result = results[index] ?? new Error('the bulk write gave no result for this operation');
      if (result instanceof Error) pending.reject(result);
      else pending.resolve(result === 'applied');
    }
  }

  return {
    submit: (operation) =>
      new Promise((resolve, reject) => {
        queue.push({ operation, resolve, reject });
        running ??= run();
      }),
    drain: async () => {
      while (running !== null) await running;
    },
  };
}

/** Answers questions that come one by one. */
export interface GroupedReader<Q, A> {
  /**
   * Sees every write acknowledged before the call. Callers of one batch may receive the same object and must not change it.
   * @throws the error of its batch's read; the caller may ask again
   */
  read(question: Q): Promise<A>;
}

interface GroupedReaderOptions<Q, A> {
  /** Looks up a batch of distinct questions; the function it returns answers each. */
  readonly readBatch: (questions: readonly Q[]) => Promise<(question: Q) => A>;
  readonly maxBatch?: number;
  /** Concurrent batches. With two, a slow batch does not delay the next; with one, each batch gathers more. */
  readonly maxUnderWay?: number;
}

interface Waiting<A> {
  readonly promise: Promise<A>;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULT_MAX_UNDER_WAY = 2;

/**
 * Gathers reads into batches: an idle reader starts after the current turn of the event loop, a busy one takes everything that was asked
 * meanwhile. A read never joins a batch that was sent before it was asked, so it sees what its caller has written.
 */
export function createGroupedReader<Q, A>(options: GroupedReaderOptions<Q, A>): GroupedReader<Q, A> {
  const { readBatch, maxBatch = DEFAULT_MAX_BATCH, maxUnderWay = DEFAULT_MAX_UNDER_WAY } = options;
  const queue = new Map<Q, Waiting<A>>();
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || underWay >= maxUnderWay || queue.size === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void settleBatch(takeBatch());
      schedule();
    });
  }

  function takeBatch(): Map<Q, Waiting<A>> {
    const batch = new Map<Q, Waiting<A>>();
    for (const [question, waiting] of queue) {
      if (batch.size >= maxBatch) break;
      batch.set(question, waiting);
      queue.delete(question);
    }
    return batch;
  }

  async function settleBatch(batch: ReadonlyMap<Q, Waiting<A>>): Promise<void> {
    underWay += 1;
    try {
      const answer = await readBatch([...batch.keys()]);
      for (const [question, { resolve }] of batch) resolve(answer(question));
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  function enqueue(question: Q): Promise<A> {
    const waiting = Promise.withResolvers<A>();
    queue.set(question, waiting);
    schedule();
    return waiting.promise;
  }

  return { read: (question) => queue.get(question)?.promise ?? enqueue(question) };
}

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
