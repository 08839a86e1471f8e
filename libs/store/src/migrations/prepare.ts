import type { Health, Logger } from '@entrepot/service-kit';
import type { mongo } from 'mongoose';
import { connectDatabase } from '../database.ts';
import type { ServiceTroubles } from '../services/service-troubles.ts';
import type { CollectionSchema } from './collection-schema.ts';
import {
  awaitVersions,
  type MigrationOptions,
  migrateCollections,
  type PlannedMigration,
  planMigrations,
} from './migrate.ts';
import { STORE_COLLECTIONS } from './store-collections.ts';
import type { Wait } from './versions.ts';

/** The starting service that has to wait for the stored data. */
export interface StartingService {
  readonly name: string;
  /** Not ready during the wait, with the reason. */
  readonly health: Health;
  /** Aborts the wait. */
  readonly signal: AbortSignal;
}

export interface PreparationParts {
  readonly database: mongo.Db;
  readonly schemas: readonly CollectionSchema[];
  /** True: brings them to this release's versions; else waits until another process has. */
  readonly migrates: boolean;
  readonly service: StartingService | null;
  readonly troubles: ServiceTroubles;
  readonly log: Logger;
  /** The database answers: from here on the process waits for something else. */
  readonly onAnswer: () => void;
}

const SUBJECT = 'stored data';
const SAY_AGAIN_MS = 10_000;

/** Resolves when all collections have this release's versions; nothing reads or writes them before. */
export async function prepareCollections(parts: PreparationParts): Promise<void> {
  const { database, schemas, migrates, service, troubles, log, onAnswer } = parts;
  let current: Wait | null = null;
  let saidAt = Number.NEGATIVE_INFINITY;
  const report = (wait: Wait | null): void => {
    onAnswer();
    const isNews = wait !== null && (wait.message !== current?.message || performance.now() - saidAt > SAY_AGAIN_MS);
    current = wait;
    if (!isNews) return;
    saidAt = performance.now();
    log.warn({ progress: wait.progress, advice: wait.advice }, wait.message);
  };
  const describe = (): string => [current?.message, current?.progress].filter((words) => words != null).join('; ');
  service?.health.addReadiness(SUBJECT, () => ({
    ok: current === null,
    ...(current !== null && { detail: describe() }),
  }));
  const stopTelling =
    service === null
      ? async () => {}
      : troubles.follow(
          service.name,
          () => (current === null ? [] : [{ subject: SUBJECT, message: describe(), advice: current.advice }]),
          log,
        );
  const options: MigrationOptions = {
    ...(service !== null && { signal: service.signal }),
    report,
    onReached: (collection, { to, what }) => log.info({ collection, version: to, what }, 'stored data migrated'),
  };
  try {
    if (migrates) await migrateCollections(database, schemas, options);
    else await awaitVersions(database, schemas, options);
  } finally {
    service?.health.removeReadiness(SUBJECT);
    await stopTelling();
  }
}

/** The migrations of a database, for a command. */
export interface Migrations {
  /** The migrations that are due, and what blocks them for good, e.g. data of a newer release. */
  plan(): Promise<{ readonly planned: readonly PlannedMigration[]; readonly obstacle: Wait | null }>;
  /** Runs them; waits while another process does. */
  run(options: MigrationOptions): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to a database whose collections are the store's and the given ones.
 * @throws the driver's error when it cannot be reached
 */
export async function openMigrations(uri: string, further: readonly CollectionSchema[]): Promise<Migrations> {
  const { mongoose, db } = await connectDatabase(uri, undefined);
  const schemas = [...STORE_COLLECTIONS, ...further];
  return {
    plan: () => planMigrations(db, schemas),
    run: (options) => migrateCollections(db, schemas, options),
    close: () => mongoose.close(true),
  };
}
