import type { mongo } from 'mongoose';
import type { Collections } from '../database.ts';
import type { ConnectionDocument } from '../documents.ts';
import { NotInStore } from '../errors.ts';

/**
 * Gives a connection the next free partition of its vendor's lane topics, once.
 *
 * Numbers come from a counter that only rises: a removed connection's partition may still hold its records, so it is never reused. Two
 * concurrent callers may waste a number; the unique index prevents a shared one.
 */
export async function assignLanePartition(
  collections: Collections,
  connection: ConnectionDocument,
  session?: mongo.ClientSession,
): Promise<number> {
  const within = session === undefined ? {} : { session };
  if (connection.lanePartition !== null) return connection.lanePartition;
  const { _id, vendor } = connection;
  const counter = await collections.counters.findOneAndUpdate(
    { _id: `lane-partition:${vendor}` },
    { $inc: { next: 1 } },
    { upsert: true, returnDocument: 'after', ...within },
  );
  const lanePartition = (counter?.next ?? 1) - 1;
  await collections.connections.updateOne({ _id, lanePartition: null }, { $set: { lanePartition } }, within);
  const stored = await collections.connections.findById(_id, null, within).lean<ConnectionDocument>();
  if (stored === null || stored.lanePartition === null)
    throw new NotInStore(`connection "${_id}" was removed meanwhile`);
  return stored.lanePartition;
}
