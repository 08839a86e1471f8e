import { mongo } from 'mongoose';

const WRITES = [
  'insertOne',
  'insertMany',
  'updateOne',
  'updateMany',
  'bulkWrite',
  'findOneAndUpdate',
  'deleteOne',
  'createIndexes',
] as const;
const COMMIT = 'commitTransaction';

/**
 * Calls `hit` right before the write of this number (from 1) is sent to the database, commits counted too; what it throws is thrown instead.
 * @returns takes it back; gives how many writes there were
 */
export function breakWriteAt(position: number, hit: () => void): () => number {
  let count = 0;
  const undo: (() => void)[] = [];
  const wrap = (prototype: object, name: string): void => {
    const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
    const original = methods[name];
    if (original === undefined) throw new Error(`the driver has no ${name}`);
    methods[name] = function (this: unknown, ...args: unknown[]) {
      count += 1;
      if (count === position) hit();
      return Reflect.apply(original, this, args);
    };
    undo.push(() => {
      methods[name] = original;
    });
  };
  for (const name of WRITES) wrap(mongo.Collection.prototype, name);
  wrap(mongo.ClientSession.prototype, COMMIT);
  return () => {
    for (const restore of undo) restore();
    return count;
  };
}
