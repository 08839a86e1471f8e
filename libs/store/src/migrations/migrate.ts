import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { isStoreUnavailable } from '../database.ts';
import { boundCalls, readMonotonicMs, startDeadline, withDeadline } from '../deadline.ts';
import { type CollectionSchema, type Migration, type StoredCollection, versionOf } from './collection-schema.ts';
import {
  describeProgress,
  describeWait,
  type Marks,
  openMarks,
  type Progress,
  readStandings,
  type SchemaDocument,
  type Standing,
  type Wait,
} from './versions.ts';

export interface MigrationOptions {
  /** Aborts the migration or the wait; the next process resumes there. */
  readonly signal?: AbortSignal;
  /** Receives what the process does or waits for; null: nothing any more. */
  readonly report?: (wait: Wait | null) => void;
  /** A collection has reached a version. */
  readonly onReached?: (collection: string, migration: Migration) => void;
  /** How long another process waits for the lease of one that was killed. */
  readonly leaseMs?: number;
}

/** A migration of a collection that is still to come. */
export interface PlannedMigration {
  readonly collection: string;
  readonly to: number;
  readonly what: string;
  readonly documents: number;
}

const LEASE_MS = 10_000;
const LOOK_MS = 500;
const CALL_TIMEOUT_MS = 10_000;
/** Timeout of one group of documents, or of one wait for an index build; a longer build goes on in the database. */
const STEP_TIMEOUT_MS = 60_000;

/**
 * Brings all collections to this release's versions, one after the other. Waits while another process migrates, and for good at a newer
 * version.
 */
export async function migrateCollections(
  database: mongo.Db,
  schemas: readonly CollectionSchema[],
  {
    signal = new AbortController().signal,
    report = () => {},
    onReached = () => {},
    leaseMs = LEASE_MS,
  }: MigrationOptions = {},
): Promise<void> {
  const marks = boundCalls(openMarks(database), CALL_TIMEOUT_MS);
  const owner = `${hostname()} (process ${process.pid}, ${randomUUID().slice(0, 8)})`;
  const run = { database, marks, owner, leaseMs, signal, report, onReached };
  let standings = await readStandings(database, marks, schemas);
  // A database that a newer release has begun to change stays untouched.
  while (standings.some(isNewer)) {
    report(describeWait(standings));
    await sleep(LOOK_MS, undefined, { signal });
    standings = await readStandings(database, marks, schemas);
  }
  await Promise.all(standings.map((standing) => keepUp(run, standing)));
  for (const { schema, state } of standings) {
    while (state === 'older' && !(await bringUp(run, schema))) await sleep(LOOK_MS, undefined, { signal });
  }
  report(null);
}

/** Waits until all collections have this release's versions, and gives empty ones that version now. */
export async function awaitVersions(
  database: mongo.Db,
  schemas: readonly CollectionSchema[],
  { signal = new AbortController().signal, report = () => {} }: MigrationOptions = {},
): Promise<void> {
  const marks = boundCalls(openMarks(database), CALL_TIMEOUT_MS);
  for (;;) {
    const standings = await readStandings(database, marks, schemas);
    const empty = standings.some(isNewer) ? [] : standings.filter(({ state }) => state === 'new');
    await Promise.all(empty.map(({ schema }) => begin(database, marks, schema)));
    const wait = describeWait(standings);
    report(wait);
    if (wait === null) return;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** What {@link migrateCollections} would do, and what it would wait for without end. */
export async function planMigrations(
  database: mongo.Db,
  schemas: readonly CollectionSchema[],
): Promise<{ readonly planned: readonly PlannedMigration[]; readonly obstacle: Wait | null }> {
  const standings = await readStandings(database, openMarks(database), schemas);
  const planned: PlannedMigration[] = [];
  for (const { schema, version, state } of standings) {
    if (state !== 'older') continue;
    for (const { to, what, count } of migrationsAfter(schema, version)) {
      const documents = await count(collectionOf(database, schema));
      planned.push({ collection: schema.collection, to, what, documents });
    }
  }
  return { planned, obstacle: describeWait(standings.filter(isNewer)) };
}

interface Run extends Required<MigrationOptions> {
  readonly database: mongo.Db;
  readonly marks: Marks;
  readonly owner: string;
}

/** A collection that is empty, or has this release's version, needs no lease. */
async function keepUp({ database, marks }: Run, { schema, state, version, mark }: Standing): Promise<void> {
  if (state === 'new') await begin(database, marks, schema);
  else if (mark === null) await marks.begin(schema.collection, version);
  if (state === 'current') await buildIndexes(collectionOf(database, schema), schema, () => false);
}

/** @returns false when the collection must be checked again */
async function bringUp(run: Run, schema: CollectionSchema): Promise<boolean> {
  const { database, marks, owner, leaseMs, signal, report } = run;
  signal.throwIfAborted();
  const [standing] = (await readStandings(database, marks, [schema])) as [Standing];
  if (standing.state === 'current') return true;
  const sentAt = readMonotonicMs();
  const mark = isNewer(standing) ? null : await marks.take(schema.collection, owner, leaseMs);
  if (mark === null) {
    report(describeWait([standing]));
    return false;
  }
  const lease = keepLease(run, schema, sentAt);
  try {
    return await migrateUnderLease(run, schema, mark, lease.holds);
  } finally {
    lease.end();
    await marks.release(schema.collection, owner).catch(() => {});
  }
}

/** @returns false when the lease was lost: its new owner goes on */
async function migrateUnderLease(
  { database, marks, owner, signal, report, onReached }: Run,
  schema: CollectionSchema,
  mark: SchemaDocument,
  holds: () => boolean,
): Promise<boolean> {
  const collection = collectionOf(database, schema);
  for (const migration of migrationsAfter(schema, mark.version)) {
    const { to, what } = migration;
    const begun = mark.progress?.to === to ? mark.progress : null;
    let progress: Progress = begun ?? {
      ...{ to, position: null, looked: 0 },
      total: await withDeadline(migration.count(collection), STEP_TIMEOUT_MS),
    };
    do {
      signal.throwIfAborted();
      if (!holds() || !(await marks.note(schema.collection, owner, progress))) return false;
      report({
        message: `the stored data is migrated: ${schema.collection} to version ${to}, which ${what}`,
        advice: 'Nothing is to be done; the service goes on by itself afterwards.',
        progress: describeProgress(progress),
      });
      const { position, looked } = await withDeadline(migration.step(collection, progress.position), STEP_TIMEOUT_MS);
      progress = { ...progress, position, looked: progress.looked + looked };
    } while (progress.position !== null);
    // Before the version is reached, which asserts that the indexes exist.
    if (to === versionOf(schema)) await buildIndexes(collection, schema, holds);
    if (!(await marks.reach(schema.collection, owner, to))) return false;
    onReached(schema.collection, migration);
  }
  return true;
}

function isNewer({ state }: Standing): boolean {
  return state === 'newer';
}

function migrationsAfter({ migrations }: CollectionSchema, version: number): readonly Migration[] {
  return migrations.filter(({ to }) => to > version);
}

function collectionOf(database: mongo.Db, { collection }: CollectionSchema): StoredCollection {
  return database.collection(collection);
}

/** A collection without documents has this release's version from now on. */
async function begin(database: mongo.Db, marks: Marks, schema: CollectionSchema): Promise<void> {
  await buildIndexes(collectionOf(database, schema), schema, () => false);
  await marks.begin(schema.collection, versionOf(schema));
}

/** Builds the indexes. A build may outlast a call: the database goes on with it, and the next call waits for its end. */
async function buildIndexes(
  collection: StoredCollection,
  { indexes }: CollectionSchema,
  mayAskAgain: () => boolean,
): Promise<void> {
  if (indexes.length === 0) return;
  for (;;) {
    try {
      await withDeadline(collection.createIndexes([...indexes]), STEP_TIMEOUT_MS);
      return;
    } catch (error) {
      if (!isStoreUnavailable(error) || !mayAskAgain()) throw error;
    }
  }
}

/** Renews the lease during a long step or index build. */
function keepLease({ marks, owner, leaseMs }: Run, { collection }: CollectionSchema, takenAt: number) {
  const deadline = startDeadline(takenAt, leaseMs);
  const renew = async (): Promise<void> => {
    const sentAt = readMonotonicMs();
    if (await marks.renew(collection, owner, leaseMs)) deadline.prolong(sentAt, leaseMs);
    else deadline.end();
  };
  // After a failed renewal the next one follows, as long as the lease lasts.
  const timer = setInterval(() => void renew().catch(() => {}), leaseMs / 3).unref();
  return { holds: () => deadline.remainingMs() > 0, end: () => clearInterval(timer) };
}
