/** Answers questions that come one by one. */
export interface GroupedReader<Q, A> {
  /**
   * Everything acknowledged before the call is seen. Callers of one batch may be given the same object: it is not to be changed.
   * @throws what the read of its batch threw; may be asked again then
   */
  read(question: Q): Promise<A>;
}

export interface GroupedReaderOptions<Q, A> {
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

const DEFAULT_MAX_BATCH = 500;
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
