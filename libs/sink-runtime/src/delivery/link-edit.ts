import type { EntityName } from '@entrepot/canonical';
import type { LinkDocument, LinkedDocument, LinkKey, LinkWrite } from '@entrepot/store';
import {
  type DocumentKey,
  type FoundDocument,
  nameDocument,
  type PlannedDocument,
  type WrittenDocument,
} from '@entrepot/vendor-kit';
import { LaneInterrupted } from '../lane/access.ts';
import type { Links } from '../ports.ts';

/** Who writes a link, when, and for which delivery (null: for another record's, as a prerequisite). */
export interface LinkWriter {
  readonly epoch: number;
  nowMicros(): number;
  readonly deliveryId: string | null;
}

/** The version of its source record that a link is written for. */
export interface LinkVersion {
  readonly version: number;
  readonly mappingRevision: number;
}

/** What an attempt found out about the record in the target; all else stays as it was read. */
interface Learned {
  readonly lineMap?: LinkDocument['lineMap'];
  readonly targetStateHash?: string | null;
}

/**
 * One attempt's view of a link: what it read, what it has learned since, and how it writes that. Learned facts are
 * gathered and written together; only what must be stored before a send (intent, version) is written immediately.
 */
export class LinkEdit {
  readonly key: LinkKey;
  readonly #links: Links;
  readonly #writer: LinkWriter;
  readonly #read: LinkDocument | null;
  readonly #documents: Map<string, LinkedDocument>;
  readonly #pending = new Map<string, () => Promise<LinkWrite>>();
  #announced: number | null;

  constructor(links: Links, key: LinkKey, read: LinkDocument | null, writer: LinkWriter) {
    this.key = key;
    this.#links = links;
    this.#writer = writer;
    this.#read = read;
    this.#announced = read?.deliveredHash === '' ? read.deliveredVersion : null;
    this.#documents = new Map((read?.documents ?? []).map((document) => [nameDocument(document), document]));
  }

  document(key: DocumentKey): LinkedDocument | null {
    return this.#documents.get(nameDocument(key)) ?? null;
  }

  documents(): LinkedDocument[] {
    return [...this.#documents.values()];
  }

  shownDocuments() {
    return this.documents().map(showDocument);
  }

  /**
   * Writes "about to create this", and the version with it (see {@link announce}), with our epoch, and waits for it: from now on no
   * earlier epoch can change the link.
   * @throws LaneInterrupted when a later epoch has written the link, or a person closed the delivery meanwhile
   */
  async saveIntent(planned: PlannedDocument, version: LinkVersion | null): Promise<void> {
    const { role, subId, externalRef } = planned;
    const atMicros = this.#writer.nowMicros();
    const { epoch, deliveryId } = this.#writer;
    const announced = this.#isNews(version) ? version : null;
    const intent = {
      role,
      subId,
      externalRef,
      sentAtMicros: null,
      atMicros,
      ...(deliveryId === null ? {} : { deliveryId }),
      ...(announced === null ? {} : { delivered: this.#describeVersion(announced, '', {}) }),
      likelyNew: this.#read === null && this.#documents.size === 0,
    };
    this.#check(await this.#links.recordIntent(this.key, intent, epoch));
    if (announced !== null) this.#announced = announced.version;
    this.#documents.set(nameDocument(planned), {
      ...describeDocument(planned),
      ...this.document(planned),
      intent: { sentAtMicros: null, epoch, at: atMicros },
    });
  }

  /**
   * Notes, before any send, that this version may reach the target: an older version is then superseded, however this
   * one ends. The hash is left empty, so that the version does not count as delivered, and a later epoch knows that an
   * update was in flight. Once per version, until it is concluded.
   */
  async announce(version: LinkVersion | null): Promise<void> {
    if (!this.#isNews(version)) return;
    const write = await this.#links.recordDelivered(this.key, this.#describe(version, '', [], {}), this.#writer.epoch);
    this.#check(write);
    this.#announced = version.version;
  }

  /** The document exists: found, or created. Written by the next {@link flush} or {@link conclude}. */
  noteDocument(planned: DocumentKey & { readonly externalRef: string }, exists: FoundDocument | WrittenDocument): void {
    const { role, subId, externalRef } = planned;
    const draft = 'status' in exists ? exists.status === 'accepted' : exists.draft;
    const document = { role, subId, externalRef, targetId: exists.targetId, targetNumber: exists.targetNumber, draft };
    this.#documents.set(nameDocument(planned), { ...document, intent: null });
    this.#pending.set(nameDocument(planned), () => this.#links.recordDocument(this.key, document, this.#writer.epoch));
  }

  /** The create certainly did not happen: after a restart, no attempt needs to wait for it. */
  noteNothingSent(planned: PlannedDocument): void {
    const { role, subId } = planned;
    const known = this.document(planned) ?? describeDocument(planned);
    this.#documents.set(nameDocument(planned), { ...known, intent: null });
    this.#pending.set(nameDocument(planned), () =>
      this.#links.clearIntent(this.key, { role, subId }, this.#writer.epoch),
    );
  }

  /** The create was sent, and had no answer. */
  noteUnanswered(planned: PlannedDocument, sentAtMicros: number): void {
    const { role, subId, externalRef } = planned;
    const { epoch } = this.#writer;
    const intent = { role, subId, externalRef, sentAtMicros, atMicros: this.#writer.nowMicros() };
    const known = this.document(planned) ?? describeDocument(planned);
    this.#documents.set(nameDocument(planned), { ...known, intent: { sentAtMicros, epoch, at: intent.atMicros } });
    this.#pending.set(nameDocument(planned), () => this.#links.recordIntent(this.key, intent, epoch));
  }

  /**
   * Writes the facts noted since the last write.
   * @throws LaneInterrupted when a later epoch has written the link; the store then keeps our documents as orphans
   */
  async flush(): Promise<void> {
    const writes = [...this.#pending];
    const results = await settleAll(writes.map(([, write]) => write()));
    // Only after success: while the database is down the facts stay, for the next try.
    for (const [name] of writes) this.#pending.delete(name);
    for (const result of results) this.#check(result);
  }

  /** Writes the end of an attempt in one update. An empty hash: the version reached the target, but not as planned. */
  async conclude(
    version: LinkVersion,
    contentHash: string,
    learned: { readonly lineMap: LinkDocument['lineMap']; readonly targetStateHash: string | null },
  ): Promise<void> {
    const existing = this.documents().filter((document) => document.targetId !== null || document.draft);
    const delivered = this.#describe(version, contentHash, existing, learned);
    this.#check(await this.#links.recordDelivered(this.key, delivered, this.#writer.epoch));
    for (const document of existing) this.#pending.delete(nameDocument(document));
    await this.flush();
  }

  #isNews(version: LinkVersion | null): version is LinkVersion {
    return version !== null && (this.#announced === null || this.#announced < version.version);
  }

  #describe(version: LinkVersion, contentHash: string, documents: readonly LinkedDocument[], learned: Learned) {
    return { ...this.#describeVersion(version, contentHash, learned), documents: documents.map(showDocument) };
  }

  #describeVersion({ version, mappingRevision }: LinkVersion, contentHash: string, learned: Learned) {
    return {
      version,
      contentHash,
      mappingRevision,
      lineMap: learned.lineMap ?? this.#read?.lineMap ?? [],
      targetStateHash: learned.targetStateHash ?? this.#read?.targetStateHash ?? null,
    };
  }

  #check(write: LinkWrite): void {
    if (!write.refused) return;
    const why = write.reason === 'epoch' ? 'was written under a later epoch' : 'was closed by a person meanwhile';
    throw new LaneInterrupted(`link ${this.key.entity} ${this.key.sourceKey} ${why}`);
  }
}

/** A planned document before anything of it exists. */
export function describeDocument(planned: PlannedDocument): LinkedDocument {
  const { role, subId, externalRef } = planned;
  return { role, subId, externalRef, targetId: null, targetNumber: null, draft: false, intent: null };
}

export function isSameDocument(one: DocumentKey, other: DocumentKey): boolean {
  return one.role === other.role && one.subId === other.subId;
}

/** A linked document as reports carry it. */
export function showDocument(document: LinkDocument['documents'][number]) {
  const { role, subId, externalRef, targetId, targetNumber, draft } = document;
  return { role, subId, externalRef, targetId, targetNumber, draft };
}

/**
 * Lock on a record's link: held by its live delivery, its bulk delivery, and deliveries that create it as a
 * prerequisite.
 */
export function linkLock({ target, entity, sourceKey }: LinkKey): string {
  return `link|${target}|${entity}|${sourceKey}`;
}

/** Lock on a natural key (e-mail, SKU): held by each delivery that may create a record found by it. */
export function naturalKeyLock(target: string, entity: EntityName, naturalKey: string): string {
  return `natural-key|${target}|${entity}|${naturalKey.trim().toLowerCase()}`;
}

/** Waits for all before throwing the first error: nothing may go on working behind an attempt that has ended. */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** The target id of this document of a record, or of its main one; null when the link knows none. */
export function readTargetId(link: LinkDocument | null, document?: DocumentKey): string | null {
  const usable = link?.documents.filter(({ targetId, draft }) => targetId !== null && !draft) ?? [];
  const meant =
    document === undefined
      ? (usable.find(({ subId }) => subId === null) ?? usable[0])
      : usable.find((each) => isSameDocument(each, document));
  return meant?.targetId ?? null;
}
