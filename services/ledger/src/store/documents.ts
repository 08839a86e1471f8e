import { createHash, randomBytes } from 'node:crypto';
import { deliveryIdFloor, readBase32, writeBase32 } from '@entrepot/canonical';
import { withDeadline } from '@entrepot/store';
import type { mongo } from 'mongoose';

export interface Versioned {
  readonly _id: string;
  readonly revision: number;
  /** A mark unique to one write, so that a read-back distinguishes our write from another process's with the same revision. */
  readonly writer?: string;
}

/** Returns the new document; the same object (or null) leaves it unchanged. Must be pure: it may run again. */
export type Change<T> = (current: T | null) => T | null;

/** A document to write. */
export interface Write<T extends Versioned> {
  readonly next: T;
  /** Null: to be inserted. */
  readonly update: mongo.AnyBulkWriteOperation<T> | null;
}

const ACKNOWLEDGED = { w: 'majority', journal: true } as const;
const DUPLICATE_KEY = 11_000;

/** Writes many documents of one collection, each only if it is unchanged since the change was computed. */
export class DocumentWrites<T extends Versioned> {
  private readonly collection: mongo.Collection<T>;
  private readonly deadlineMs: number;

  constructor(collection: mongo.Collection<T>, deadlineMs: number) {
    this.collection = collection;
    this.deadlineMs = deadlineMs;
  }

  /** The write that turns `before` into `after`: of an existing document only the fields that differ. */
  plan(before: T | null, after: T): Write<T> {
    const next = { ...after, revision: (before?.revision ?? 0) + 1, writer: nextWriter() };
    if (before === null) return { next, update: null };
    const changed = Object.entries(next).filter(([field, value]) => value !== before[field as keyof T]);
    // A document that another process deleted and recreated can have the same revision again; it has another writer.
    const filter = { _id: next._id, revision: before.revision, ...(before.writer && { writer: before.writer }) };
    // biome-ignore lint/suspicious/noExplicitAny: the driver's types do not follow a generic document
    return { next, update: { updateOne: { filter, update: { $set: Object.fromEntries(changed) } } } as any };
  }

  /**
   * Resolves when all are acknowledged by a majority and journalled.
   * @returns ids of documents that were not as expected, and are not written
   * @throws the error of MongoDB; nothing is known to be written
   */
  async write(writes: readonly Write<T>[]): Promise<Set<string>> {
    const inserts = writes.flatMap(({ next, update }) => (update === null ? [next] : []));
    const updates = writes.filter(({ update }) => update !== null);
    // Waits for both: a write still in flight must not take effect after its repetition has begun.
    const ends = await Promise.allSettled([this.insert(inserts), this.update(updates)]);
    const lost = new Set<string>();
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason;
      for (const id of end.value) lost.add(id);
    }
    return lost;
  }

  private async insert(documents: readonly T[]): Promise<readonly string[]> {
    if (documents.length === 0) return [];
    try {
      const operations = documents.map((document) => ({ insertOne: { document } }));
      // biome-ignore lint/suspicious/noExplicitAny: see above
      await this.bulkWrite(operations as any);
      return [];
    } catch (error) {
      const duplicates = readDuplicates(error);
      if (duplicates === null) throw error;
      return duplicates.flatMap((index) => documents[index]?._id ?? []);
    }
  }

  private async update(writes: readonly Write<T>[]): Promise<readonly string[]> {
    if (writes.length === 0) return [];
    const result = await this.bulkWrite(writes.flatMap(({ update }) => update ?? []));
    if (result.matchedCount === writes.length) return [];
    // Another process changed some of them first: our marks, read back by a majority read, show which.
    const marks = writes.map(({ next: { _id, revision, writer } }) => ({ _id, revision, writer }));
    const options = { readConcern: { level: 'majority' }, projection: { _id: 1 } } as const;
    // biome-ignore lint/suspicious/noExplicitAny: see above
    const ours = await withDeadline(this.collection.find({ $or: marks } as any, options).toArray(), this.deadlineMs);
    const written = new Set<unknown>(ours.map(({ _id }) => _id));
    return marks.flatMap(({ _id }) => (written.has(_id) ? [] : _id));
  }

  private bulkWrite(operations: mongo.AnyBulkWriteOperation<T>[]): Promise<mongo.BulkWriteResult> {
    return withDeadline(
      this.collection.bulkWrite(operations, { ordered: false, writeConcern: ACKNOWLEDGED }),
      this.deadlineMs,
    );
  }
}

let writeCount = 0;
const WRITER = `${process.pid}-${Date.now().toString(36)}`;

function nextWriter(): string {
  writeCount += 1;
  return `${WRITER}-${writeCount}`;
}

/** Positions of the documents that already existed; null when anything else failed too, including a missing acknowledgement. */
function readDuplicates(error: unknown): readonly number[] | null {
  const { writeErrors, result } = (error ?? {}) as Partial<mongo.MongoBulkWriteError>;
  if (writeErrors === undefined || result?.getWriteConcernError() !== undefined) return null;
  const list = Array.isArray(writeErrors) ? writeErrors : [writeErrors];
  if (list.length === 0 || list.some(({ code }) => code !== DUPLICATE_KEY)) return null;
  return list.map(({ index }) => index);
}

/** Digits of milliseconds; the ids of deliveries hold microseconds in eleven (`@entrepot/canonical`). */
const TIME_DIGITS = 10;

/** The last time that microseconds can express in a safe number, in 2255: ids of both kinds end there. */
const LATEST_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** The writer sets a record's time, the caller a question's: both may lie outside the range. */
function withinTimes(atMs: number): number {
  return Math.min(LATEST_MS, Math.max(0, Math.floor(atMs)));
}

/** Sorts by time as text. */
function timePrefix(atMs: number): string {
  return writeBase32(BigInt(withinTimes(atMs)), TIME_DIGITS);
}

/** An id that is the same for the same fact and begins with its time, so that indexes grow at their right edge. */
export function timeIdOf(atMs: number, ...facts: string[]): string {
  return timePrefix(atMs) + createHash('sha256').update(facts.join('\u0000')).digest('hex').slice(0, 20);
}

/** Id of an event's message. Equal events published twice (a crash between the two) are two messages, as they are two records. */
export function messageIdOf(publishedAtMicros: number, eventId: string): string {
  return timeIdOf(publishedAtMicros / 1000, eventId);
}

/** A fresh id that begins with its time. */
export function newTimeId(atMs: number): string {
  return timePrefix(atMs) + randomBytes(10).toString('hex');
}

/** The smallest id of a time, for ranges. */
export function timeIdFloor(atMs: number): string {
  return timePrefix(atMs);
}

/** The smallest id of deliveries published at a time, for ranges. */
export function deliveryFloor(atMs: number): string {
  return deliveryIdFloor(withinTimes(atMs) * 1000);
}

/** When the event of a delivery was published, ms: its id begins with it, in 11 digits of microseconds. */
export function timeOfDeliveryId(id: string): number {
  return Math.floor(readDigits(id.slice(0, 11)) / 1000);
}

/** When a message was published, ms. */
export function timeOfMessageId(id: string): number {
  return readDigits(id.slice(0, TIME_DIGITS));
}

/** Ids that do not begin with a time belong to its end. */
function readDigits(text: string): number {
  return readBase32(text) ?? Number.MAX_SAFE_INTEGER;
}
