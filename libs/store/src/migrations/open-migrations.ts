import { connectDatabase } from '../database.ts';
import type { CollectionSchema } from './collection-schema.ts';
import { type MigrationOptions, migrateCollections, type PlannedMigration, planMigrations } from './migrate.ts';
import { STORE_COLLECTIONS } from './store-collections.ts';
import type { Wait } from './versions.ts';

/** The migrations of a database, for a command. */
export interface Migrations {
  /** What is to be done; and what stands in the way for good, e.g. data of a newer release. */
  plan(): Promise<{ readonly planned: readonly PlannedMigration[]; readonly obstacle: Wait | null }>;
  /** Does it; waits while another process does. */
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
