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
  /** Least time between the beginnings of two batches: see {@link createSpacing}. Default 0. */
  readonly minIntervalMs?: number;
}

interface Pending<O> {
  readonly operation: O;
  readonly resolve: (applied: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULT_MAX_BATCH = 500;

/** Batches with one operation in a row, after which nothing is expected to gather. */
const ALONE_AT_MOST = 3;

/** Decides when a batch begins. */
interface Spacing {
  /** How long a batch has yet to wait, in milliseconds; 0: now. */
  waitMs(nowMs: number): number;
  began(size: number, nowMs: number): void;
}

/**
 * Keeps the beginnings of batches apart while operations come concurrently: they gather into fewer batches, each of which costs a round trip. After a
 * rest a batch begins immediately, and so do those of one caller that submits one operation after the other: nothing would join them.
 */
export function createSpacing(minIntervalMs: number): Spacing {
  let beganMs = Number.NEGATIVE_INFINITY;
  let alone = ALONE_AT_MOST;
  return {
    waitMs: (nowMs) => (alone >= ALONE_AT_MOST ? 0 : Math.max(0, beganMs + minIntervalMs - nowMs)),
    began: (size, nowMs) => {
      beganMs = nowMs;
      alone = size > 1 ? 0 : alone + 1;
    },
  };
}

/**
 * Gathers operations into batches, one batch at a time: an idle writer starts after the current turn of the event loop, a busy one takes
 * everything that queued up meanwhile. Single acknowledged writes are bound by the journal; batches share its wait.
 */
export function createGroupedWriter<O extends GroupedOperation>(options: GroupedWriterOptions<O>): GroupedWriter<O> {
  const { writeBatch, maxBatch = DEFAULT_MAX_BATCH, minIntervalMs = 0 } = options;
  const spacing = createSpacing(minIntervalMs);
  let queue: Pending<O>[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const waitMs = queue.length >= maxBatch ? 0 : spacing.waitMs(performance.now());
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const batch = takeBatch();
      spacing.began(batch.length, performance.now());
      await settleBatch(batch);
    }
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
  /** Least time between the beginnings of two batches: see {@link createSpacing}. Default 0. */
  readonly minIntervalMs?: number;
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
  const { readBatch, maxBatch = DEFAULT_MAX_BATCH, maxUnderWay = DEFAULT_MAX_UNDER_WAY, minIntervalMs = 0 } = options;
  const spacing = createSpacing(minIntervalMs);
  const queue = new Map<Q, Waiting<A>>();
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || underWay >= maxUnderWay || queue.size === 0) return;
    scheduled = true;
    setImmediate(() => {
      const waitMs = queue.size >= maxBatch ? 0 : spacing.waitMs(performance.now());
      if (waitMs > 0) setTimeout(begin, waitMs);
      else begin();
    });
  }

  function begin(): void {
    scheduled = false;
    const batch = takeBatch();
    spacing.began(batch.size, performance.now());
    void settleBatch(batch);
    schedule();
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
