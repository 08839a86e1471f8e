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

export interface GroupedWriterOptions<O extends GroupedOperation> {
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
