import type { EntityName } from '@entrepot/canonical';
import type { mongo } from 'mongoose';
import type { PublishedDocument } from '../documents.ts';
import type { ConditionalWrite } from '../groups/conditional.ts';
import type { GroupedReader, GroupedWriter } from '../groups/grouped.ts';

export interface PublishedKey {
  /** Source connection's id. */
  readonly connection: string;
  readonly entity: EntityName;
  readonly sourceId: string;
}

/** The stored state that a decision was based on. */
export type ExpectedPublished = Pick<PublishedDocument, 'version' | 'readEndedAtMicros' | 'reader'>;

export interface PublishedIntent {
  /** As `get` returned it; null when there was none. */
  readonly expected: ExpectedPublished | null;
  readonly version: number;
  readonly contentHash: string;
  readonly readEndedAtMicros: number;
  /** The process that read: times of one process can be compared exactly, those of several (null) cannot. */
  readonly reader: string | null;
  readonly deleted: boolean;
}

export interface NotedRead {
  readonly readEndedAtMicros: number;
  readonly reader: string;
}

export type IntendResult = { readonly ok: true } | { readonly ok: false; readonly current: PublishedDocument | null };

export interface Published {
  get(key: PublishedKey): Promise<PublishedDocument | null>;
  /** The records that exist, by {@link publishedId}. */
  getMany(keys: readonly PublishedKey[]): Promise<Map<string, PublishedDocument>>;
  /**
   * Records a version as about to be published, if the last version and its last read are still as expected; otherwise returns the stored
   * state. When no document exists any more (restored backup), it accepts the version: versions only have to rise.
   */
  intend(key: PublishedKey, intent: PublishedIntent): Promise<IntendResult>;
  /**
   * Records that a read which ended then found `version` unchanged: a read that began earlier and saw other content must not publish it.
   * @returns false when another version was intended meanwhile: nothing was written
   */
  noteRead(key: PublishedKey, version: number, read: NotedRead): Promise<boolean>;
  /** Records that the broker acknowledged `version`. @returns false when another version was intended meanwhile: nothing was written */
  confirm(key: PublishedKey, version: number): Promise<boolean>;
}

/** What is published, to be looked through. */
export interface PublishedRecords extends Published {
  /** Ids of the records of an entity that are not deleted, in their order, after `after`; fewer than `limit` only at the end. */
  listPresent(connection: string, entity: EntityName, after: string | null, limit: number): Promise<string[]>;
}

/** `_id` of a published record. */
export function publishedId(key: PublishedKey): string {
  return `${key.connection}|${key.entity}|${key.sourceId}`;
}

function describeExpected({ version, readEndedAtMicros, reader }: ExpectedPublished): mongo.Document {
  return { version, readEndedAtMicros, reader: reader ?? null };
}

export function createPublished(
  published: mongo.Collection<PublishedDocument>,
  writer: GroupedWriter<ConditionalWrite>,
  reader: GroupedReader<string, PublishedDocument | null>,
): PublishedRecords {
  const get = (key: PublishedKey): Promise<PublishedDocument | null> => reader.read(publishedId(key));
  return {
    get,

    async getMany(keys) {
      const found = await published.find({ _id: { $in: keys.map(publishedId) } }).toArray();
      return new Map(found.map((document) => [document._id, document]));
    },

    async intend(key, { expected, version, contentHash, readEndedAtMicros, reader, deleted }) {
      const id = publishedId(key);
      const intended = { version, contentHash, readEndedAtMicros, reader, state: 'intended', deleted };
      const applied = await writer.submit(
        expected === null
          ? { id, document: intended }
          : { id, condition: describeExpected(expected), update: { $set: intended }, whenMissing: 'insert' },
      );
      return applied ? { ok: true } : { ok: false, current: await get(key) };
    },

    noteRead: (key, version, { readEndedAtMicros, reader }) =>
      writer.submit({
        id: publishedId(key),
        condition: { version },
        update: [
          {
            $set: {
              readEndedAtMicros: { $max: ['$readEndedAtMicros', readEndedAtMicros] },
              reader: { $cond: [{ $eq: ['$reader', { $literal: reader }] }, '$reader', null] },
            },
          },
        ],
        whenMissing: 'insert',
      }),

    async listPresent(connection, entity, after, limit) {
      const start = publishedId({ connection, entity, sourceId: '' });
      // `}` follows `|` in the order of ids.
      const range = { $gt: `${start}${after ?? ''}`, $lt: `${connection}|${entity}}` };
      const found = await published
        .find({ _id: range, deleted: false }, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id }) => _id.slice(start.length));
    },

    // The document always exists; `insert` makes the writer report a failed condition.
    confirm: (key, version) =>
      writer.submit({
        id: publishedId(key),
        condition: { version },
        update: { $set: { state: 'confirmed' } },
        whenMissing: 'insert',
      }),
  };
}
