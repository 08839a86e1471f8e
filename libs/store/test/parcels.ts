import type { mongo } from 'mongoose';
import { type CollectionSchema, convert, rewrite } from '../src/index.ts';

/** A collection as a release has left it, and what the two releases after it make of it. */
export const PARCELS: CollectionSchema = {
  collection: 'parcels',
  indexes: [{ key: { code: 1 }, unique: true }],
  migrations: [
    rewrite({
      to: 2,
      what: 'counts grams, not kilograms',
      where: { kilograms: { $exists: true } },
      update: [{ $set: { grams: { $multiply: ['$kilograms', 1_000] } } }, { $unset: 'kilograms' }],
    }),
    convert({
      to: 3,
      what: 'gives each a code',
      where: { code: { $exists: false } },
      fields: ['label'],
      convert: ({ label }) => ({ $set: { code: String(label).toUpperCase() } }),
    }),
  ],
};

export const PARCEL_COUNT = 2_500;

const idOf = (index: number): string => `parcel-${String(index).padStart(5, '0')}`;

/** As the first release left them. */
export async function fillParcels(database: mongo.Db): Promise<void> {
  await database.collection<{ _id: string }>('schema').deleteOne({ _id: 'parcels' });
  await database.dropCollection('parcels').catch(() => {});
  const parcels = database.collection<{ _id: string } & mongo.Document>('parcels');
  await parcels.insertMany(
    Array.from({ length: PARCEL_COUNT }, (_, index) => ({ _id: idOf(index), label: `a${index}`, kilograms: index })),
  );
}

/** As the last release wants them. */
export const CONVERTED_PARCELS = Array.from({ length: PARCEL_COUNT }, (_, index) => ({
  _id: idOf(index),
  label: `a${index}`,
  grams: index * 1_000,
  code: `A${index}`,
}));

export function readParcels(database: mongo.Db): Promise<unknown[]> {
  return database.collection('parcels').find().sort({ _id: 1 }).toArray();
}
