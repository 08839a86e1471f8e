import {
  type DeliveredVersion,
  findHeld,
  type LinkDocument,
  type LinkedDocument,
  type LinkKey,
  type LinkWrite,
  linkId,
  type Links as StoreLinks,
} from '@entrepot/store';
import type { Links } from '../ports.ts';

/** The store's links, in memory: the same conditions and merges, one write at a time. */
export class LinkModel implements Links {
  readonly links = new Map<string, LinkDocument>();

  async get(key: LinkKey): Promise<LinkDocument | null> {
    return this.links.get(linkId(key)) ?? null;
  }

  findByTargetId: Links['findByTargetId'] = async (target, { role, subId }, targetId) =>
    this.#find(
      target,
      (document) =>
        document.role === role && document.targetId === targetId && (subId === undefined || document.subId === subId),
    );

  findByReference: Links['findByReference'] = async (target, externalRef) =>
    this.#find(target, (document) => document.externalRef === externalRef);

  exists: StoreLinks['exists'] = async (key, document) => {
    const link = this.links.get(linkId(key));
    return link !== undefined && findHeld(link, document) !== undefined;
  };

  recordIntent: Links['recordIntent'] = async (
    key,
    { role, subId, externalRef, sentAtMicros, atMicros, deliveryId, delivered, expected },
    epoch,
  ) => {
    const intent = { sentAtMicros, epoch, at: atMicros, ...(expected === undefined ? {} : { expected }) };
    const change = (link: LinkDocument): LinkDocument => {
      const merged = merge(link, { role, subId, externalRef, intent });
      return delivered === undefined ? merged : moveVersion(merged, delivered);
    };
    return this.#write(key, epoch, change, deliveryId);
  };

  clearIntent: Links['clearIntent'] = async (key, { role, subId }, epoch) =>
    this.#write(key, epoch, (link) => {
      const merged = merge(link, { role, subId, intent: null });
      return {
        ...merged,
        documents: merged.documents.filter(
          (each) =>
            each.targetId !== null ||
            each.intent !== null ||
            (each.draft && !(each.role === role && each.subId === subId)),
        ),
      };
    });

  recordDocument: Links['recordDocument'] = async (key, document, epoch) =>
    this.#write(key, epoch, (link) => merge(link, { ...document, intent: null }));

  recordDelivered: Links['recordDelivered'] = async (key, delivered, epoch) =>
    this.#write(key, epoch, (link) => {
      const merged = delivered.documents.reduce((each, document) => merge(each, { ...document, intent: null }), link);
      return moveVersion(merged, delivered);
    });

  #find(target: string, has: (document: LinkedDocument) => boolean): LinkDocument[] {
    return [...this.links.values()].filter((link) => link.target === target && link.documents.some(has));
  }

  #write(key: LinkKey, epoch: number, change: (link: LinkDocument) => LinkDocument, deliveryId?: string): LinkWrite {
    const link = this.links.get(linkId(key)) ?? emptyLink(key);
    if (link.epoch > epoch) return { refused: true, reason: 'epoch', link };
    if (link.marks.some((mark) => mark.deliveryId === deliveryId)) return { refused: true, reason: 'marked', link };
    this.links.set(linkId(key), { ...change(link), epoch });
    return { refused: false };
  }
}

export function emptyLink(key: LinkKey): LinkDocument {
  return {
    _id: linkId(key),
    ...key,
    documents: [],
    deliveredVersion: null,
    deliveredHash: null,
    mappingRevision: null,
    lineMap: [],
    targetStateHash: null,
    epoch: 0,
    marks: [],
    orphans: [],
  };
}

function moveVersion(link: LinkDocument, delivered: DeliveredVersion): LinkDocument {
  if ((link.deliveredVersion ?? -1) > delivered.version && delivered.force !== true) return link;
  const { version, contentHash, mappingRevision, targetStateHash } = delivered;
  return {
    ...link,
    deliveredVersion: version,
    deliveredHash: contentHash,
    mappingRevision,
    targetStateHash,
  };
}

function merge(
  link: LinkDocument,
  fields: Pick<LinkedDocument, 'role' | 'subId'> & Partial<LinkedDocument>,
): LinkDocument {
  const blank = { externalRef: '', targetId: null, targetNumber: null, draft: false, intent: null };
  const same = (document: LinkedDocument): boolean => document.role === fields.role && document.subId === fields.subId;
  const documents = link.documents.some(same)
    ? link.documents.map((document) => (same(document) ? { ...document, ...fields } : document))
    : [...link.documents, { ...blank, ...fields }];
  const main = documents.find(({ subId }) => subId === null);
  const isMain = fields.subId === null && main?.role === fields.role;
  return { ...link, documents, lineMap: isMain && fields.lines !== undefined ? fields.lines : link.lineMap };
}
