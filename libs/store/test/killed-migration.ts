import { createConnection } from 'mongoose';
import { migrateCollections } from '../src/migrations/migrate.ts';
import { breakWriteAt } from './break-writes.ts';
import { PARCELS } from './parcels.ts';

/** A process of its own that migrates and is killed right before one of its writes. */
const { MONGODB_URI = '', DATABASE = '', POSITION = '', LEASE_MS = '' } = process.env;
const connection = await createConnection(MONGODB_URI, { dbName: DATABASE }).asPromise();
breakWriteAt(Number(POSITION), () => process.kill(process.pid, 'SIGKILL'));
if (connection.db === undefined) throw new Error('the connection has no database');
await migrateCollections(connection.db, [PARCELS], { leaseMs: Number(LEASE_MS) });
await connection.close();
