import type { mongo } from 'mongoose';
import type { ConditionalWrite } from '../groups/conditional.ts';
import type { GroupedReader, GroupedWriter } from '../groups/grouped.ts';
import type { TargetStateContent, TargetStateDocument } from './state-changes.ts';

/** A document of a system that is written to. */
export interface TargetStateKey {
  readonly connection: string;
  readonly role: string;
  readonly targetId: string;
}

/** What documents of target systems were last seen as: moved by the sink's read-backs and by what the connector reads. */
export interface TargetStates {
  /** Null when the document was never seen. */
  get(key: TargetStateKey): Promise<TargetStateDocument | null>;
  /** The documents that a source record shows, by its `publishedId` (indexed). */
  ofRecord(record: string): Promise<TargetStateDocument[]>;
  /**
   * Replaces the state that `before` is (null: none is stored), and stamps it by the database's clock.
   * @returns false when another process moved or deleted it meanwhile: nothing was written
   */
  replace(key: TargetStateKey, before: TargetStateDocument | null, after: TargetStateContent): Promise<boolean>;
}

/** `_id` of a state. */
export function targetStateId({ connection, role, targetId }: TargetStateKey): string {
  return `${connection}|${role}|${targetId}`;
}

/** The document that an `_id` names. */
export function parseTargetStateId(id: string): TargetStateKey {
  const [connection = '', role = '', ...rest] = id.split('|');
  return { connection, role, targetId: rest.join('|') };
}

/** Of a state that is not stored: stored ones begin with 1. */
const ABSENT_VERSION = 0;

export function createTargetStates(
  states: mongo.Collection<TargetStateDocument>,
  writer: GroupedWriter<ConditionalWrite>,
  reader: GroupedReader<string, TargetStateDocument | null>,
): TargetStates {
  return {
    get: (key) => reader.read(targetStateId(key)),
    ofRecord: (record) => states.find({ record }).toArray(),
    replace(key, before, after) {
      const version = before?.version ?? ABSENT_VERSION;
      return writer.submit({
        id: targetStateId(key),
        condition: { version },
        update: { $set: { ...after, version: version + 1 }, $currentDate: { at: true } },
        // A state that was deleted with its connection does not come back.
        whenMissing: before === null ? 'insert' : 'refuse',
      });
    },
  };
}

const GROUP = 1_000;

/**
 * Deletes some states of a connection; many at once would take longer than its caller waits.
 * @returns false when none was left
 */
export async function forgetTargetStates(
  states: mongo.Collection<TargetStateDocument>,
  connection: string,
  within: { readonly session?: mongo.ClientSession },
): Promise<boolean> {
  // No connection's id holds `|`.
  const ofIt = { _id: { $gte: `${connection}|`, $lt: `${connection}}` } };
  const found = await states
    .find(ofIt, { projection: { _id: 1 }, ...within })
    .limit(GROUP)
    .toArray();
  if (found.length === 0) return false;
  await states.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } }, within);
  return true;
}
