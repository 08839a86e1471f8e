import type { mongo } from 'mongoose';
import { type ConditionalWrite, writeConditionally } from './groups/conditional.ts';
import { createGroupedReader, createGroupedWriter, type GroupedReader, type GroupedWriter } from './groups/grouped.ts';

/** The database did not answer in time; whether it applied a write is unknown. */
export class StoreTimeout extends Error {
  override readonly name = 'StoreTimeout';
}

/**
 * Settles with the call, or rejects with StoreTimeout when the call takes longer. The call itself goes on.
 *
 * The driver (7.8) waits for ever when a connection is lost between its checkout and the write of the command, and has no working overall
 * timeout. One batch that never ends would block a grouped writer for good.
 */
export async function withDeadline<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreTimeout(`the database did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same functions, each promise they return bound by a deadline. */
export function boundCalls<T extends object>(api: T, timeoutMs: number): T {
  const bound = Object.entries(api).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member];
    return [
      name,
      (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, api, args);
        return result instanceof Promise ? withDeadline(result, timeoutMs) : result;
      },
    ];
  });
  return Object.fromEntries(bound) as T;
}

/**
 * Least time between two groups of one collection. An order passes each collection a few times, so an idle system waits for hardly any of it
 * (measured in services/proof/PERFORMANCE-LOG.md).
 */
const MIN_INTERVAL_MS = 40;

/** Writes to a collection's documents by id, in groups that end in time. */
export function openWriter<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  answerTimeoutMs: number,
): GroupedWriter<ConditionalWrite> {
  return createGroupedWriter<ConditionalWrite>({
    minIntervalMs: MIN_INTERVAL_MS,
    writeBatch: (batch) => withDeadline(writeConditionally(collection, batch), answerTimeoutMs),
  });
}

/** Reads a collection's documents by id, in groups that end in time. */
export function openReader<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  answerTimeoutMs: number,
): GroupedReader<string, T | null> {
  // One id by equality: the server then neither plans nor caches the query.
  const findAll = (ids: readonly string[]): Promise<T[]> =>
    collection
      .find({ _id: ids.length === 1 ? ids[0] : { $in: ids } } as unknown as mongo.Filter<T>)
      .toArray() as unknown as Promise<T[]>;
  return createGroupedReader<string, T | null>({
    minIntervalMs: MIN_INTERVAL_MS,
    readBatch: async (ids) => {
      const found = new Map((await withDeadline(findAll(ids), answerTimeoutMs)).map((each) => [each._id, each]));
      return (id) => found.get(id) ?? null;
    },
  });
}

/** A document with the database's time. */
export type Timed<T> = T & { readonly now: Date };

/** As {@link openReader}. */
export function openTimedReader<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  answerTimeoutMs: number,
): GroupedReader<string, Timed<T> | null> {
  return createGroupedReader<string, Timed<T> | null>({
    minIntervalMs: MIN_INTERVAL_MS,
    readBatch: async (ids) => {
      const found = collection
        .aggregate<Timed<T>>([{ $match: { _id: { $in: ids } } }, { $addFields: { now: '$$NOW' } }])
        .toArray();
      const documents = new Map((await withDeadline(found, answerTimeoutMs)).map((each) => [each._id, each]));
      return (id) => documents.get(id) ?? null;
    },
  });
}

/** A lease as its holder sees it. The monotonic clock counts its end from before the call was sent, so the lease never ends late. */
export interface Lease {
  readonly owner: string;
  /** When it ends, milliseconds from now; negative when it has ended. */
  remainingMs(): number;
  /** True when the lease still runs after `timeoutMs`: a request with that timeout may be sent. */
  outlives(timeoutMs: number): boolean;
}

/** The local end of a lease. */
export interface LocalDeadline {
  remainingMs(): number;
  outlives(timeoutMs: number): boolean;
  /** `sentAt`: {@link readMonotonicMs} from before the prolonging call was sent. */
  prolong(sentAt: number, ttlMs: number): void;
  /** Ends it immediately: the lease is known to be lost. */
  end(): void;
}

/** Clocks of two machines drift apart by far less; the remaining time of a lease is understated by this share. */
const DRIFT_SHARE = 0.01;

export function readMonotonicMs(): number {
  return performance.now();
}

export function startDeadline(sentAt: number, ttlMs: number): LocalDeadline {
  let endsAt = sentAt + ttlMs * (1 - DRIFT_SHARE);
  const remainingMs = (): number => endsAt - readMonotonicMs();
  return {
    remainingMs,
    outlives: (timeoutMs) => remainingMs() > timeoutMs,
    prolong: (from, nextTtlMs) => {
      endsAt = from + nextTtlMs * (1 - DRIFT_SHARE);
    },
    end: () => {
      endsAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Condition: the lease is free, `owner` holds it, or it has expired by the database's clock. */
export function isTakeable(owner: string): mongo.Document {
  return { $or: [{ owner: null }, { owner }, { $expr: { $lte: ['$leaseUntil', '$$NOW'] } }] };
}

/** Pipeline value: the database's clock plus `ttlMs`. */
export function leaseEnd(ttlMs: number): mongo.Document {
  return { $add: ['$$NOW', ttlMs] };
}
