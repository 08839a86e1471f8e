import type { mongo } from 'mongoose';
import type { SealContext, SealPurpose } from './seal.ts';

/** A field of a collection that holds sealed values. `_id` of each document is the connection. */
interface SealedPlace {
  readonly collection: string;
  readonly field: string;
  /** For people, in the plural. */
  readonly title: string;
  /** What a person does about one that cannot be opened. */
  readonly advice: string;
}

/** Every place with sealed values: the compiler asks for a line for each purpose. */
export const SEALED_PLACES: Readonly<Record<SealPurpose, SealedPlace>> = {
  secrets: {
    collection: 'connections',
    field: 'sealedSecrets',
    title: 'secrets of connections',
    advice: 'enter the secrets of the connection again',
  },
  session: {
    collection: 'lanes',
    field: 'sealedSession',
    title: 'sessions of lanes',
    advice: 'start the sink of the connection again: it logs in anew and replaces it',
  },
  credential: {
    collection: 'credentials',
    field: 'sealed',
    title: 'credentials that vendors gave',
    advice: 'sign the connection in again',
  },
  'sign-in': {
    collection: 'credentials',
    field: 'signIn.sealed',
    title: 'sign-ins under way',
    advice: 'begin the sign-in of the connection again',
  },
};

/** One sealed value, as it stands. */
interface SealedValue {
  readonly context: SealContext;
  readonly sealed: string;
}

/** The sealed values of one purpose in a database. */
export interface SealedValues {
  /** All of them, sealed under a key whose values begin with `prefix`; without it, under any. */
  count(prefix?: string): Promise<number>;
  /** Some of those with the prefix, by connection, after `after`. */
  next(prefix: string, after: string, limit: number): Promise<SealedValue[]>;
  /** @returns false when it was changed meanwhile: nothing was written */
  replace(value: SealedValue, sealed: string): Promise<boolean>;
}

type Holder = { readonly _id: string; readonly sealed: string };

export function openSealedValues(database: mongo.Db, purpose: SealPurpose): SealedValues {
  const { collection: name, field } = SEALED_PLACES[purpose];
  const collection = database.collection<Holder>(name);
  const beginning = (prefix: string) => ({ [field]: { $regex: `^${prefix.replaceAll('.', '\\.')}` } });
  return {
    count: (prefix) =>
      collection.countDocuments(prefix === undefined ? { [field]: { $type: 'string' } } : beginning(prefix)),
    next: async (prefix, after, limit) => {
      const found = await collection
        .find({ ...beginning(prefix), _id: { $gt: after } }, { projection: { sealed: `$${field}` } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.map((holder) => ({ context: { connection: holder._id, purpose }, sealed: holder.sealed }));
    },
    replace: async ({ context, sealed: before }, sealed) => {
      const change = { $set: { [field]: sealed } };
      return (await collection.updateOne({ _id: context.connection, [field]: before }, change)).matchedCount === 1;
    },
  };
}
