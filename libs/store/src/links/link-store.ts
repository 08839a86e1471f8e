import type { mongo } from 'mongoose';
import type { LinkDocument } from '../documents.ts';
import type { GroupedReader } from '../reads/grouped-reader.ts';
import type { ConditionalWrite } from '../writes/bulk-write.ts';
import type { GroupedWriter } from '../writes/grouped-writer.ts';
import {
  addMark,
  addOrphan,
  deliverVersion,
  dropEmptyDocuments,
  initialise,
  mergeDocument,
  newLink,
  setEpoch,
} from './link-updates.ts';
import { type DocumentRecord, type LinkKey, type Links, type LinkWrite, linkId } from './links.ts';

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

  /** What exists in the target must be known to somebody, also when the link belongs to a later owner by now. */
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

    async exists(key) {
      const found = await links.findOne(
        { _id: linkId(key), documents: { $elemMatch: { targetId: { $ne: null }, draft: { $ne: true } } } },
        { projection: { _id: 1 } },
      );
      return found !== null;
    },

    findByTargetId: (target, role, targetId) =>
      links.find({ target, 'documents.targetId': targetId, documents: { $elemMatch: { role, targetId } } }).toArray(),

    async recordIntent(key, record, epoch) {
      const { role, subId, externalRef, sentAtMicros, atMicros, deliveryId, delivered, likelyNew = false } = record;
      const intended = { role, subId, externalRef, intent: { sentAtMicros, epoch, at: atMicros } };
      // There is nobody's epoch and no mark where there is no link; where there is one after all, it is updated as ever.
      if (likelyNew && (await writer.submit({ id: linkId(key), document: newLink(key, intended, delivered, epoch) })))
        return { refused: false };
      const merged = mergeDocument(intended, intended);
      const stages = delivered === undefined ? merged : [...merged, deliverVersion(delivered)];
      return writeFenced(key, epoch, stages, deliveryId);
    },

    clearIntent: (key, document, epoch) =>
      writeFenced(key, epoch, [...mergeDocument(document, { intent: null }), dropEmptyDocuments()]),

    async recordDocument(key, document, epoch) {
      const result = await writeFenced(key, epoch, mergeDocument(document, { ...document, intent: null }));
      return keepOrphans(key, epoch, [document], result);
    },

    async recordDelivered(key, delivered, epoch) {
      const merges = delivered.documents.flatMap((document) => mergeDocument(document, { ...document, intent: null }));
      const result = await writeFenced(key, epoch, [...merges, deliverVersion(delivered)]);
      return keepOrphans(key, epoch, delivered.documents, result);
    },

    recordTargetState: (key, targetStateHash, epoch) =>
      writeFenced(key, epoch, [{ $set: { targetStateHash: { $literal: targetStateHash } } }]),

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
