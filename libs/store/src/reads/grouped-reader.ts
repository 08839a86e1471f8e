/** Reads documents by `_id`. */
export interface GroupedReader<T> {
  /**
   * Gives the document, or null when there is none. Everything acknowledged before the call is seen. Callers of one batch may be given the
   * same object: it is not to be changed.
   * @throws what the read of its batch threw
   */
  read(id: string): Promise<T | null>;
}

export interface GroupedReaderOptions<T> {
  /** Reads a batch of distinct ids; those that exist, in any order. */
  readonly readBatch: (ids: readonly string[]) => Promise<readonly T[]>;
  readonly maxBatch?: number;
}

interface Waiting<T> {
  readonly promise: Promise<T | null>;
  readonly resolve: (document: T | null) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULT_MAX_BATCH = 500;
/** One read may be slow, or its connection lost: the next batch does not wait for it. */
const MOST_UNDER_WAY = 2;

/**
 * Gathers reads into batches: an idle reader starts after the current turn of the event loop, a busy one takes everything that was asked
 * meanwhile. A read never joins a batch that was sent before it was asked, so it sees what its caller has written.
 */
export function createGroupedReader<T extends { readonly _id: string }>(
  options: GroupedReaderOptions<T>,
): GroupedReader<T> {
  const { readBatch, maxBatch = DEFAULT_MAX_BATCH } = options;
  const queue = new Map<string, Waiting<T>>();
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || underWay >= MOST_UNDER_WAY || queue.size === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void settleBatch(takeBatch());
      schedule();
    });
  }

  function takeBatch(): Map<string, Waiting<T>> {
    const batch = new Map<string, Waiting<T>>();
    for (const [id, waiting] of queue) {
      if (batch.size >= maxBatch) break;
      batch.set(id, waiting);
      queue.delete(id);
    }
    return batch;
  }

  async function settleBatch(batch: ReadonlyMap<string, Waiting<T>>): Promise<void> {
    underWay += 1;
    try {
      const found = new Map((await readBatch([...batch.keys()])).map((document) => [document._id, document]));
      for (const [id, { resolve }] of batch) resolve(found.get(id) ?? null);
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  function enqueue(id: string): Promise<T | null> {
    let settle: Pick<Waiting<T>, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} };
    const promise = new Promise<T | null>((resolve, reject) => {
      settle = { resolve, reject };
    });
    queue.set(id, { promise, ...settle });
    schedule();
    return promise;
  }

  return { read: (id) => queue.get(id)?.promise ?? enqueue(id) };
}
