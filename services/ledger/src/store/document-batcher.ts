import type { mongo } from 'mongoose';

interface Versioned {
  readonly _id: string;
  readonly revision: number;
  /** A mark only one write has, so that reading back tells our write from another process's with the same revision. */
  readonly writer?: string;
}

/** Gives the document as it shall be; the same object back (or null) means: leave as it is. Must be pure: it may run again. */
export type Change<T> = (current: T | null) => T | null;

interface Waiting<T> {
  readonly change: Change<T>;
  readonly resolve: (document: T | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Applies pure changes to documents of one collection in groups: one read and one bulk write for all that gathered while the last group
 * was under way. Changes of one document apply in the order they came; documents are written by compare-and-set on `revision`, so other
 * processes may do the same.
 */
export class DocumentBatcher<T extends Versioned> {
  private waiting = new Map<string, Waiting<T>[]>();
  private running = false;
  private readonly collection: mongo.Collection<T>;
  private readonly maxGroup: number;

  constructor(collection: mongo.Collection<T>, maxGroup = 1000) {
    this.collection = collection;
    this.maxGroup = maxGroup;
  }

  /**
   * @returns the document after the change, acknowledged by a majority and journalled; null when there is none and none was made
   * @throws what MongoDB throws; nothing is known to be written then, and the change may be given again
   */
  update(id: string, change: Change<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const list = this.waiting.get(id) ?? [];
      list.push({ change, resolve, reject });
      this.waiting.set(id, list);
      if (!this.running) {
        this.running = true;
        setImmediate(() => void this.drain());
      }
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.size > 0) {
      const group = takeFirst(this.waiting, this.maxGroup);
      try {
        await this.writeGroup(group);
      } catch (error) {
        for (const list of group.values()) for (const waiter of list) waiter.reject(error);
      }
    }
    this.running = false;
  }

  private async writeGroup(group: Map<string, Waiting<T>[]>): Promise<void> {
    let open = group;
    while (open.size > 0) {
      open = await this.tryGroup(open);
    }
  }

  /** Returns those whose document somebody else changed in between: they are read and applied again. */
  private async tryGroup(group: Map<string, Waiting<T>[]>): Promise<Map<string, Waiting<T>[]>> {
    const ids = [...group.keys()];
    const stored = new Map<string, T>();
    // biome-ignore lint/suspicious/noExplicitAny: the driver's filter types do not follow a generic document
    for await (const document of this.collection.find({ _id: { $in: ids } } as any))
      stored.set(document._id, document as T);

    const settledNow: (() => void)[] = [];
    const writes: { id: string; next: T; operation: mongo.AnyBulkWriteOperation<T> }[] = [];
    for (const [id, list] of group) {
      const before = stored.get(id) ?? null;
      const after = applyAll(before, list);
      const finish = (document: T | null) => () => {
        for (const waiter of after.accepted) waiter.resolve(document);
      };
      if (after.document === before || after.document === null) {
        settledNow.push(finish(before));
        continue;
      }
      const next = { ...after.document, revision: (before?.revision ?? 0) + 1 };
      writes.push({ id, next, operation: writeOf(before, next) });
      group.set(id, after.accepted);
    }
    const lost = writes.length === 0 ? new Set<string>() : await this.bulkWrite(writes);
    const again = new Map<string, Waiting<T>[]>();
    for (const { id, next } of writes) {
      const list = group.get(id) ?? [];
      if (lost.has(id)) again.set(id, list);
      else for (const waiter of list) waiter.resolve(next);
    }
    for (const finish of settledNow) finish();
    return again;
  }

  /** @returns ids whose compare-and-set did not hit */
  private async bulkWrite(
    writes: { id: string; next: T; operation: mongo.AnyBulkWriteOperation<T> }[],
  ): Promise<Set<string>> {
    let hits: number;
    try {
      const result = await this.collection.bulkWrite(
        writes.map((write) => write.operation),
        { ordered: false, writeConcern: { w: 'majority', journal: true } },
      );
      hits = result.insertedCount + result.matchedCount;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      hits = -1;
    }
    if (hits === writes.length) return new Set();
    // Somebody else won some of them: find out which by reading the revisions back.
    const lost = new Set(writes.map((write) => write.id));
    const filter = { $or: writes.map(({ next }) => ({ _id: next._id, revision: next.revision, writer: next.writer })) };
    // biome-ignore lint/suspicious/noExplicitAny: see above
    for await (const document of this.collection.find(filter as any, { projection: { _id: 1 } })) {
      lost.delete(document._id as string);
    }
    return lost;
  }
}

let writeCount = 0;
const WRITER = `${process.pid}-${Date.now().toString(36)}`;

function writeOf<T extends Versioned>(before: T | null, next: T): mongo.AnyBulkWriteOperation<T> {
  writeCount += 1;
  Object.assign(next, { writer: `${WRITER}-${writeCount}` });
  // biome-ignore lint/suspicious/noExplicitAny: see above
  if (before === null) return { insertOne: { document: next as any } };
  // biome-ignore lint/suspicious/noExplicitAny: see above
  return { replaceOne: { filter: { _id: next._id, revision: before.revision } as any, replacement: next as any } };
}

/** Applies changes in order; one that throws is refused alone. */
function applyAll<T>(before: T | null, list: Waiting<T>[]): { document: T | null; accepted: Waiting<T>[] } {
  let document = before;
  const accepted: Waiting<T>[] = [];
  for (const waiter of list) {
    try {
      document = waiter.change(document) ?? document;
      accepted.push(waiter);
    } catch (error) {
      waiter.reject(error);
    }
  }
  return { document, accepted };
}

function takeFirst<T>(waiting: Map<string, Waiting<T>[]>, most: number): Map<string, Waiting<T>[]> {
  const taken = new Map<string, Waiting<T>[]>();
  for (const [id, list] of waiting) {
    if (taken.size >= most) break;
    taken.set(id, list);
    waiting.delete(id);
  }
  return taken;
}

function isDuplicateKey(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === 11000;
}
