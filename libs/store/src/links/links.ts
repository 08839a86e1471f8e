import type { EntityName } from '@entrepot/canonical';
import type { DocumentKey } from '@entrepot/vendor-kit';
import type { LinkDocument, LinkedDocument, LinkMark } from '../documents.ts';
import type { PossibleHashes } from '../target-states/state-changes.ts';

export interface LinkKey {
  /** Target connection's id. */
  readonly target: string;
  readonly entity: EntityName;
  /** `<source connection>/<source id>` */
  readonly sourceKey: string;
}

/** A document of a record, or any of its documents of the role where `subId` is left out. */
export type DocumentOfRole = Pick<DocumentKey, 'role'> & Partial<DocumentKey>;

export interface IntentRecord extends DocumentKey {
  readonly externalRef: string;
  /**
   * When the create was (or is about to be) sent, microseconds UTC; null before that, during the look-up. The time after which "absent"
   * counts starts here.
   */
  readonly sentAtMicros: number | null;
  readonly atMicros: number;
  /** When given: refused if this delivery was discarded or resolved by hand meanwhile. */
  readonly deliveryId?: string;
  /** When given: moves the delivered version with the same write. */
  readonly delivered?: DeliveredVersion;
  /** The link probably does not exist yet. Saves the database work and does not affect the result. */
  readonly likelyNew?: boolean;
  readonly expected?: PossibleHashes;
}

export type DocumentRecord = Omit<LinkedDocument, 'intent'>;

export interface DeliveredVersion {
  readonly version: number;
  readonly contentHash: string;
  readonly mappingRevision: number;
  readonly targetStateHash: string | null;
  /** Move the delivered version down as well (an operator's forced retry). */
  readonly force?: boolean;
}

export interface DeliveredRecord extends DeliveredVersion {
  /** Documents as they are now, merged by role and subId; their intents are cleared. */
  readonly documents: readonly DocumentRecord[];
}

/** Refused: a higher epoch wrote the link, or (with `deliveryId`) a person closed the delivery. Nothing was written. */
export type LinkWrite =
  | { readonly refused: false }
  | { readonly refused: true; readonly reason: 'epoch' | 'marked'; readonly link: LinkDocument | null };

export type MarkWrite =
  /** `finishing`: a create may be under way; the mark keeps everything after it from being sent. */
  | { readonly set: true; readonly finishing: boolean }
  /** The delivery was closed before. */
  | { readonly set: false; readonly existing: LinkMark | null };

export interface Links {
  get(key: LinkKey): Promise<LinkDocument | null>;
  /** The links that exist, by `_id`. */
  getMany(keys: readonly LinkKey[]): Promise<Map<string, LinkDocument>>;
  /**
   * True when the source record has this document in the target; if none is named, one without `subId`. An open intent or a draft alone does
   * not count.
   */
  exists(key: LinkKey, document?: DocumentKey): Promise<boolean>;
  /**
   * Every link that has a document of this role with this target id (indexed); documents of other roles have ids of their own, which may be
   * equal. With `subId` only that document of the record; without, any of the role.
   */
  findByTargetId(target: string, document: DocumentOfRole, targetId: string): Promise<LinkDocument[]>;
  /** Every link that has a document with this external reference, written or only intended (indexed). */
  findByReference(target: string, externalRef: string): Promise<LinkDocument[]>;
  /** Every link of a target that has one of these documents, by its id there or by its external reference (both indexed). */
  findByDocuments(
    target: string,
    documents: readonly { readonly targetId: string; readonly reference: string | null }[],
  ): Promise<LinkDocument[]>;

  /** Notes that a document is about to be created; again, with `sentAtMicros`, right before sending. Majority-acknowledged when it resolves. */
  recordIntent(key: LinkKey, intent: IntentRecord, epoch: number): Promise<LinkWrite>;
  /** Clears an intent: the create certainly did not happen (the target refused it, at once or after it had accepted it, or it was never sent). */
  clearIntent(key: LinkKey, document: DocumentKey, epoch: number): Promise<LinkWrite>;
  /** Notes a document found or created; clears its intent. When refused, the document is recorded as an orphan. */
  recordDocument(key: LinkKey, document: DocumentRecord, epoch: number): Promise<LinkWrite>;
  /** Notes a delivered version. The delivered version (with hash and revision) only moves up unless forced; documents always merge. Refused: orphans. */
  recordDelivered(key: LinkKey, delivered: DeliveredRecord, epoch: number): Promise<LinkWrite>;
  /** A document that exists though its link update was refused; kept unless the link has that document by now. */
  recordOrphan(key: LinkKey, orphan: LinkDocument['orphans'][number]): Promise<void>;

  /**
   * Discards or resolves a delivery by hand, once. A sink that passes `deliveryId` with its intent either came before the mark
   * (`finishing`) or is refused.
   */
  mark(key: LinkKey, mark: LinkMark): Promise<MarkWrite>;
  /** @returns false when the delivery had no mark */
  clearMark(key: LinkKey, deliveryId: string): Promise<boolean>;
}
