/** An update of one document. */
export interface GroupedOperation {
  /** `_id` of the document. Operations on one id are applied in the order they were submitted, never in one batch. */
  readonly id: string;
}

/** How one operation of a batch ended: its condition held, did not hold, or it failed by itself. */
export type WriteResult = 'applied' | 'refused' | Error;

export interface GroupedWriter<O extends GroupedOperation> {
  /**
   * Writes an operation together with its neighbours.
   * @returns true when it was applied, false when its condition did not hold
   * @throws what the bulk write threw: whether the operation was applied is unknown then
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
   * Everything acknowledged before the call is seen. Callers of one batch may be given the same object: it is not to be changed.
   * @throws what the read of its batch threw; may be asked again then
   */
  read(question: Q): Promise<A>;
}

interface GroupedReaderOptions<Q, A> {
  /** Looks a batch of distinct questions up; what it gives answers each. */
  readonly readBatch: (questions: readonly Q[]) => Promise<(question: Q) => A>;
  readonly maxBatch?: number;
  /** Batches under way at once. With two, the next does not wait for one that is slow; with one, more gathers in each. */
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
