import type { mongo } from 'mongoose';
import type { LinkDocument, LinkedDocument, LinkMark } from '../documents.ts';
import type { DeliveredVersion, DocumentKey, LinkKey } from './links.ts';

/**
 * Stages of update pipelines on a link. Pipelines, because an update may meet a link that does not exist yet, and because lists of
 * documents are merged by role and subId, both in one atomic write.
 */
type Stage = mongo.Document;

const EMPTY_LINK = {
  documents: [],
  lineMap: [],
  deliveredVersion: null,
  deliveredHash: null,
  mappingRevision: null,
  targetStateHash: null,
  epoch: 0,
  marks: [],
  orphans: [],
} satisfies Partial<LinkDocument>;

/** Makes every field of the link present. */
export function initialise(key: LinkKey): Stage {
  const defaults = Object.entries(EMPTY_LINK).map(([field, value]) => [field, { $ifNull: [`$${field}`, value] }]);
  const { target, entity, sourceKey } = key;
  return { $set: { ...literals({ target, entity, sourceKey }), ...Object.fromEntries(defaults) } };
}

export function setEpoch(epoch: number): Stage {
  return { $set: { epoch } };
}

/** Changes fields of one document in place, or appends it. */
export function mergeDocument({ role, subId }: DocumentKey, fields: Partial<LinkedDocument>): Stage[] {
  const blank = { externalRef: '', targetId: null, targetNumber: null, draft: false, intent: null };
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
  const appended = { $concatArrays: ['$documents', [{ $literal: { role, subId, ...blank, ...pickFields(fields) } }]] };
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
  const fields = {
    deliveredVersion: delivered.version,
    deliveredHash: delivered.contentHash,
    mappingRevision: delivered.mappingRevision,
    lineMap: delivered.lineMap,
    targetStateHash: delivered.targetStateHash,
  };
  const moved = Object.entries(literals(fields)).map(([field, value]) => [
    field,
    { $cond: [moves, value, `$${field}`] },
  ]);
  return { $set: Object.fromEntries(moved) };
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

/** Values as they are: a string that begins with `$` would otherwise be read as a field. */
function literals(values: Readonly<Record<string, unknown>>): Record<string, mongo.Document> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { $literal: value }]));
}
