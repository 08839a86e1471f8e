import { isSameDocument } from '@entrepot/canonical';
import type { DocumentKey } from '@entrepot/vendor-kit';
import type { mongo } from 'mongoose';
import type { LinkDocument, LinkedDocument, LinkedLine, LinkMark } from '../documents.ts';
import type { ConditionalWrite } from '../groups/conditional.ts';
import type { GroupedReader, GroupedWriter } from '../groups/grouped.ts';
import type { DeliveredVersion, DocumentRecord, LinkKey, Links, LinkWrite } from './links.ts';

/** `_id` of a link. */
export function linkId(key: LinkKey): string {
  return `${key.target}|${key.entity}|${key.sourceKey}`;
}

/** The lines of a link's document in the target. */
export function linesOf(link: LinkDocument, key: DocumentKey): readonly LinkedLine[] {
  const isMain = key.subId === null && link.documents.find(({ subId }) => subId === null)?.role === key.role;
  if (isMain) return link.lineMap;
  return link.documents.find((document) => isSameDocument(document, key))?.lines ?? [];
}

export function createLinks(
  links: mongo.Collection<LinkDocument>,
  writer: GroupedWriter<ConditionalWrite>,
  reader: GroupedReader<string, LinkDocument | null>,
): Links {
  const get = (key: LinkKey): Promise<LinkDocument | null> => reader.read(linkId(key));

  /** Writes as `epoch` unless a higher one wrote, or the delivery was closed by hand. */
  async function writeFenced(
    key: LinkKey,
    epoch: number,
    stages: readonly mongo.Document[],
    deliveryId?: string,
  ): Promise<LinkWrite> {
    const unmarked = deliveryId === undefined ? {} : { 'marks.deliveryId': { $ne: deliveryId } };
    const applied = await writer.submit({
      id: linkId(key),
      condition: { epoch: { $lte: epoch }, ...unmarked },
      update: [initialise(key), ...stages, setEpoch(epoch)],
      whenMissing: 'insert',
    });
    if (applied) return { refused: false };
    const link = await get(key);
    return { refused: true, reason: link !== null && link.epoch <= epoch ? 'marked' : 'epoch', link };
  }

  async function recordOrphan(key: LinkKey, orphan: LinkDocument['orphans'][number]): Promise<void> {
    await writer.submit({
      id: linkId(key),
      condition: {},
      update: [initialise(key), addOrphan(orphan)],
      whenMissing: 'insert',
    });
  }

  /**
   * Records documents that exist in the target although the link refused them: people must see them, even when a later owner holds the
   * link.
   */
  async function keepOrphans(
    key: LinkKey,
    epoch: number,
    documents: readonly DocumentRecord[],
    result: LinkWrite,
  ): Promise<LinkWrite> {
    if (!result.refused) return result;
    const atMicros = Date.now() * 1000;
    for (const { targetId } of documents) {
      if (targetId !== null) await recordOrphan(key, { targetId, epoch, atMicros });
    }
    return result;
  }

  return {
    get,

    async getMany(keys) {
      const found = await links.find({ _id: { $in: keys.map(linkId) } }).toArray();
      return new Map(found.map((link) => [link._id, link]));
    },

    async exists(key, document) {
      const meant = document === undefined ? { subId: null } : { role: document.role, subId: document.subId };
      const found = await links.findOne(
        { _id: linkId(key), documents: { $elemMatch: { ...meant, targetId: { $ne: null }, draft: { $ne: true } } } },
        { projection: { _id: 1 } },
      );
      return found !== null;
    },

    findByTargetId: (target, { role, subId }, targetId) => {
      const document = { role, ...(subId === undefined ? {} : { subId }), targetId };
      return links.find({ target, 'documents.targetId': targetId, documents: { $elemMatch: document } }).toArray();
    },

    findByReference: (target, externalRef) => links.find({ target, 'documents.externalRef': externalRef }).toArray(),
    findByDocuments(target, documents) {
      const targetIds = documents.map(({ targetId }) => targetId);
      const references = documents.flatMap(({ reference }) => (reference === null ? [] : [reference]));
      const ways = [
        { target, 'documents.targetId': { $in: targetIds } },
        ...(references.length === 0 ? [] : [{ target, 'documents.externalRef': { $in: references } }]),
      ];
      return links.find({ $or: ways }).toArray();
    },

    async recordIntent(key, record, epoch) {
      const { role, subId, externalRef, sentAtMicros, atMicros, deliveryId, delivered, likelyNew = false } = record;
      const expected = record.expected === undefined ? {} : { expected: record.expected };
      const intended = { role, subId, externalRef, intent: { sentAtMicros, epoch, at: atMicros, ...expected } };
      // A missing link has neither epoch nor marks to check, so it is inserted; an existing one takes the ordinary update.
      if (likelyNew && (await writer.submit({ id: linkId(key), document: newLink(key, intended, delivered, epoch) })))
        return { refused: false };
      const merged = mergeDocument(intended, intended);
      const stages = delivered === undefined ? merged : [...merged, deliverVersion(delivered)];
      return writeFenced(key, epoch, stages, deliveryId);
    },

    clearIntent: (key, document, epoch) =>
      writeFenced(key, epoch, [...mergeDocument(document, { intent: null }), dropEmptyDocuments(document)]),

    async recordDocument(key, document, epoch) {
      const result = await writeFenced(key, epoch, mergeDocument(document, { ...document, intent: null }));
      return keepOrphans(key, epoch, [document], result);
    },

    async recordDelivered(key, delivered, epoch) {
      const merges = delivered.documents.flatMap((document) => mergeDocument(document, { ...document, intent: null }));
      const result = await writeFenced(key, epoch, [...merges, deliverVersion(delivered)]);
      return keepOrphans(key, epoch, delivered.documents, result);
    },

    recordOrphan,

    async mark(key, mark) {
      const set = await writer.submit({
        id: linkId(key),
        condition: { 'marks.deliveryId': { $ne: mark.deliveryId } },
        update: [initialise(key), addMark(mark)],
        whenMissing: 'insert',
      });
      const link = await get(key);
      if (set) return { set, finishing: link?.documents.some((document) => document.intent !== null) ?? false };
      return { set, existing: link?.marks.find((existing) => existing.deliveryId === mark.deliveryId) ?? null };
    },

    async clearMark(key, deliveryId) {
      const { modifiedCount } = await links.updateOne(
        { _id: linkId(key), 'marks.deliveryId': deliveryId },
        { $pull: { marks: { deliveryId } } },
      );
      return modifiedCount === 1;
    },
  };
}

/**
 * Stages of update pipelines on a link. Pipelines, because an update may meet a link that does not exist yet, and because lists of
 * documents are merged by role and subId, both in one atomic write.
 */
type Stage = mongo.Document;

const BLANK_DOCUMENT = { externalRef: '', targetId: null, targetNumber: null, draft: false, intent: null };

/** All fields of a link but its `_id`, before anything is known. */
function createBlank({ target, entity, sourceKey }: LinkKey) {
  return {
    target,
    entity,
    sourceKey,
    documents: [],
    lineMap: [],
    deliveredVersion: null,
    deliveredHash: null,
    mappingRevision: null,
    targetStateHash: null,
    epoch: 0,
    marks: [],
    orphans: [],
  } satisfies Omit<LinkDocument, '_id'>;
}

/** The link that an intent creates where none exists, without its `_id`: the same as the stages below produce. */
function newLink(
  key: LinkKey,
  intended: DocumentKey & Pick<LinkedDocument, 'externalRef' | 'intent'>,
  delivered: DeliveredVersion | undefined,
  epoch: number,
): Omit<LinkDocument, '_id'> {
  const version = delivered === undefined ? {} : describeVersion(delivered);
  return { ...createBlank(key), documents: [{ ...BLANK_DOCUMENT, ...intended }], ...version, epoch };
}

/** Sets every absent field of the link. */
function initialise(key: LinkKey): Stage {
  return { $replaceWith: { $mergeObjects: [{ $literal: createBlank(key) }, '$$ROOT'] } };
}

function setEpoch(epoch: number): Stage {
  return { $set: { epoch } };
}

/** Changes fields of one document in place, or appends it. */
function mergeDocument({ role, subId }: DocumentKey, fields: Partial<LinkedDocument>): Stage[] {
  const same = (name: string): mongo.Document => ({
    $and: [{ $eq: [`${name}.role`, { $literal: role }] }, { $eq: [`${name}.subId`, { $literal: subId }] }],
  });
  const merged = {
    $map: {
      input: '$documents',
      as: 'each',
      in: { $cond: [same('$$each'), { $mergeObjects: ['$$each', { $literal: pickFields(fields) }] }, '$$each'] },
    },
  };
  const appended = {
    $concatArrays: ['$documents', [{ $literal: { role, subId, ...BLANK_DOCUMENT, ...pickFields(fields) } }]],
  };
  const present = { $anyElementTrue: { $map: { input: '$documents', as: 'each', in: same('$$each') } } };
  return [
    { $set: { documents: { $cond: [present, merged, appended] } } },
    ...(subId === null && fields.lines !== undefined ? [setLineMap(role, fields.lines)] : []),
  ];
}

/** Moves the field that older releases read, where the document is the main one. */
function setLineMap(role: string, lines: readonly LinkedLine[]): Stage {
  const roles = { $map: { input: withoutSubId, as: 'each', in: '$$each.role' } };
  const isMain = { $eq: [{ $first: roles }, { $literal: role }] };
  return { $set: { lineMap: { $cond: [isMain, { $literal: lines }, '$lineMap'] } } };
}

const withoutSubId = { $filter: { input: '$documents', as: 'each', cond: { $eq: ['$$each.subId', null] } } };

/** Removes documents that were only intended; and this one, which the target may have accepted before, without giving it an id. */
function dropEmptyDocuments({ role, subId }: DocumentKey): Stage {
  const isOther = {
    $or: [{ $ne: ['$$each.role', { $literal: role }] }, { $ne: ['$$each.subId', { $literal: subId }] }],
  };
  const isAccepted = { $and: [isOther, '$$each.draft'] };
  const kept = { $or: [{ $ne: ['$$each.targetId', null] }, { $ne: ['$$each.intent', null] }, isAccepted] };
  return { $set: { documents: { $filter: { input: '$documents', as: 'each', cond: kept } } } };
}

/** Moves the delivered version, with all that belongs to it; not downwards unless forced. */
function deliverVersion(delivered: DeliveredVersion): Stage {
  const moves = delivered.force === true ? true : { $lte: [{ $ifNull: ['$deliveredVersion', -1] }, delivered.version] };
  const moved = { $cond: [moves, { $literal: describeVersion(delivered) }, {}] };
  return { $replaceWith: { $mergeObjects: ['$$ROOT', moved] } };
}

function describeVersion(delivered: DeliveredVersion) {
  return {
    deliveredVersion: delivered.version,
    deliveredHash: delivered.contentHash,
    mappingRevision: delivered.mappingRevision,
    targetStateHash: delivered.targetStateHash,
  };
}

function addMark(mark: LinkMark): Stage {
  const { deliveryId, kind, by, reason, atMicros } = mark;
  return { $set: { marks: { $concatArrays: ['$marks', [{ $literal: { deliveryId, kind, by, reason, atMicros } }]] } } };
}

/** Adds an orphan unless the link has that document by now, or the orphan already. */
function addOrphan(orphan: LinkDocument['orphans'][number]): Stage {
  const { targetId, epoch, atMicros } = orphan;
  const known = {
    $in: [{ $literal: targetId }, { $concatArrays: ['$documents.targetId', '$orphans.targetId'] }],
  };
  const added = { $concatArrays: ['$orphans', [{ $literal: { targetId, epoch, atMicros } }]] };
  return { $set: { orphans: { $cond: [known, '$orphans', added] } } };
}

/** Picks the fields of a stored document, so that other properties of a caller's object are not stored. */
function pickFields(fields: Partial<LinkedDocument>): Partial<LinkedDocument> {
  const names = [
    'role',
    'subId',
    'externalRef',
    'targetId',
    'targetNumber',
    'draft',
    'accepted',
    'lines',
    'intent',
  ] as const;
  return Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));
}
