import type { mongo } from 'mongoose';
import type { LinkDocument, LinkedDocument, LinkMark } from '../documents.ts';
import type { DeliveredVersion, DocumentKey, LinkKey } from './links.ts';

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

/** The link that an intent makes where there is none, all but its `_id`: the same as the stages below make of it. */
export function newLink(
  key: LinkKey,
  intended: DocumentKey & Pick<LinkedDocument, 'externalRef' | 'intent'>,
  delivered: DeliveredVersion | undefined,
  epoch: number,
): Omit<LinkDocument, '_id'> {
  const version = delivered === undefined ? {} : describeVersion(delivered);
  return { ...createBlank(key), documents: [{ ...BLANK_DOCUMENT, ...intended }], ...version, epoch };
}

/** Makes every field of the link present. */
export function initialise(key: LinkKey): Stage {
  return { $replaceWith: { $mergeObjects: [{ $literal: createBlank(key) }, '$$ROOT'] } };
}

export function setEpoch(epoch: number): Stage {
  return { $set: { epoch } };
}

/** Changes fields of one document in place, or appends it. */
export function mergeDocument({ role, subId }: DocumentKey, fields: Partial<LinkedDocument>): Stage[] {
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
  return [{ $set: { documents: { $cond: [present, merged, appended] } } }];
}

/** Takes out documents that were only intended. */
export function dropEmptyDocuments(): Stage {
  const kept = { $or: [{ $ne: ['$$each.targetId', null] }, { $ne: ['$$each.intent', null] }] };
  return { $set: { documents: { $filter: { input: '$documents', as: 'each', cond: kept } } } };
}

/** Moves the delivered version, with all that belongs to it; not downwards unless forced. */
export function deliverVersion(delivered: DeliveredVersion): Stage {
  const moves = delivered.force === true ? true : { $lte: [{ $ifNull: ['$deliveredVersion', -1] }, delivered.version] };
  const moved = { $cond: [moves, { $literal: describeVersion(delivered) }, {}] };
  return { $replaceWith: { $mergeObjects: ['$$ROOT', moved] } };
}

function describeVersion(delivered: DeliveredVersion) {
  return {
    deliveredVersion: delivered.version,
    deliveredHash: delivered.contentHash,
    mappingRevision: delivered.mappingRevision,
    lineMap: delivered.lineMap,
    targetStateHash: delivered.targetStateHash,
  };
}

export function addMark(mark: LinkMark): Stage {
  const { deliveryId, kind, by, reason, atMicros } = mark;
  return { $set: { marks: { $concatArrays: ['$marks', [{ $literal: { deliveryId, kind, by, reason, atMicros } }]] } } };
}

/** Adds an orphan unless the link has that document by now, or the orphan already. */
export function addOrphan(orphan: LinkDocument['orphans'][number]): Stage {
  const { targetId, epoch, atMicros } = orphan;
  const known = {
    $in: [{ $literal: targetId }, { $concatArrays: ['$documents.targetId', '$orphans.targetId'] }],
  };
  const added = { $concatArrays: ['$orphans', [{ $literal: { targetId, epoch, atMicros } }]] };
  return { $set: { orphans: { $cond: [known, '$orphans', added] } } };
}

/** Only the fields of a stored document, so that nothing a caller's object carries besides is kept for ever. */
function pickFields(fields: Partial<LinkedDocument>): Partial<LinkedDocument> {
  const names = ['role', 'subId', 'externalRef', 'targetId', 'targetNumber', 'draft', 'intent'] as const;
  return Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));
}
