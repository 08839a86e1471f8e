import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isSameDocument, type TargetDocument } from '@entrepot/canonical';
import {
  addPossible,
  type FieldHashes,
  type IntentRecord,
  type LinkDocument,
  type LinkedDocument,
  type LinkKey,
  type LinkWrite,
  linesOf,
  linkId,
} from '@entrepot/store';
import {
  type DocumentKey,
  type ExistingDocument,
  type FoundDocument,
  type LineMapping,
  nameDocument,
  type OpenConfirmation,
  type PlannedDocument,
  type WrittenDocument,
} from '@entrepot/vendor-kit';
import { showAcceptance } from '../acceptance/deadline.ts';
import { LaneInterrupted, type TargetAccess } from '../lane/access.ts';
import type { Links } from '../ports.ts';
import { describeDocument } from './linked.ts';
import { settleAll, showDocument } from './outcomes.ts';

/** Who writes a link, when, and for which delivery (null: for another record's, as a prerequisite). */
export interface LinkWriter {
  readonly epoch: number;
  readonly unwritten: TargetAccess['unwritten'];
  nowMicros(): number;
  readonly deliveryId: string | null;
}

/** The version of its source record that a link is written for. */
export interface LinkVersion {
  readonly version: number;
  readonly mappingRevision: number;
}

type Acceptance = NonNullable<LinkedDocument['accepted']>;

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
  readonly #states = new Map<string, FoundDocument | null>();
  readonly #stateHashes = new Map<string, string>();
  /** Written, by name, without the target saying what lines they have now: a reading tells. */
  readonly linesUnsaid = new Set<string>();
  /** The version that an earlier attempt announced and did not conclude; null: none. */
  readonly announcedBefore: number | null;
  /** The last version that an earlier attempt concluded; null: none, or a later one was announced since. */
  readonly concluded: number | null;
  /** Revision of the mapping that the target was last written by; null: none. */
  readonly mappedBy: number | null;
  #announced: number | null;

  constructor(links: Links, key: LinkKey, read: LinkDocument | null, writer: LinkWriter) {
    this.key = key;
    this.#links = links;
    this.#writer = writer;
    this.#read = read;
    this.announcedBefore = read?.deliveredHash === '' ? read.deliveredVersion : null;
    this.concluded = read === null || read.deliveredHash === '' ? null : read.deliveredVersion;
    this.mappedBy = read?.mappingRevision ?? null;
    this.#announced = this.announcedBefore;
    this.#documents = new Map(listDocuments(read).map((document) => [nameDocument(document), document]));
  }

  document(key: DocumentKey): LinkedDocument | null {
    return this.#documents.get(nameDocument(key)) ?? null;
  }

  /** What the target has of this document already; null when it has nothing. */
  existing(key: DocumentKey): ExistingDocument | null {
    const { targetId = null, lines = [] } = this.document(key) ?? {};
    return targetId === null ? null : { targetId, lines };
  }

  documents(): LinkedDocument[] {
    return [...this.#documents.values()];
  }

  /** @param confirmation how the target confirms what it accepted; null: without a deadline */
  shownDocuments(confirmation: Pick<OpenConfirmation, 'withinMs'> | null): TargetDocument[] {
    return this.documents().map((document) => ({
      ...showDocument(document),
      ...(document.accepted ? { accepted: showAcceptance(document.accepted, confirmation) } : {}),
    }));
  }

  /**
   * Writes "about to create this", and the version with it (see {@link announce}), with our epoch, and waits for it: from now on no
   * earlier epoch can change the link.
   * @throws LaneInterrupted when a later epoch has written the link, or a person closed the delivery meanwhile
   */
  async saveIntent(planned: PlannedDocument, version: LinkVersion | null, expected: FieldHashes | null): Promise<void> {
    const { deliveryId, epoch } = this.#writer;
    const announced = this.#isNews(version) ? version : null;
    const record = this.#describeIntent(planned, null, expected);
    const intent = {
      ...record,
      ...(deliveryId === null ? {} : { deliveryId }),
      ...(announced === null ? {} : { delivered: this.#describeVersion(announced, '') }),
      likelyNew: this.#read === null && this.#documents.size === 0,
    };
    this.#check(await this.#links.recordIntent(this.key, intent, epoch));
    if (announced !== null) this.#announced = announced.version;
    this.#noteIntent(planned, record);
  }

  /**
   * Notes, before any send, that this version may reach the target: an older version is then superseded, however this one ends. The
   * hash is left empty: the version does not count as delivered, and a later epoch sees an update in flight. Once, until it is concluded.
   */
  async announce(version: LinkVersion | null): Promise<void> {
    if (!this.#isNews(version)) return;
    const announced = { ...this.#describeVersion(version, ''), documents: [] };
    this.#check(await this.#links.recordDelivered(this.key, announced, this.#writer.epoch));
    this.#announced = version.version;
  }

  /** The document exists: found, or created. Written by the next {@link flush} or {@link conclude}. */
  noteDocument(planned: PlannedDocument, exists: FoundDocument | WrittenDocument): void {
    const { role, subId, externalRef } = planned;
    const { targetId } = exists;
    const known = this.document(planned);
    // A number once known is not lost by an answer without it.
    const targetNumber = exists.targetNumber ?? (known?.targetId === targetId ? known.targetNumber : null);
    const isWritten = 'status' in exists;
    const draft = isWritten ? exists.status === 'accepted' : exists.state === 'pending';
    const lines = exists.lines ?? (isWritten ? planned.lines : undefined) ?? known?.lines;
    const acceptance = { handle: (isWritten ? exists.handle : null) ?? null, atMicros: this.#writer.nowMicros() };
    const accepted = draft ? ((isWritten ? null : known?.accepted) ?? acceptance) : known?.accepted && null;
    const document = {
      role,
      subId,
      externalRef,
      targetId,
      targetNumber,
      draft,
      ...(accepted === undefined ? {} : { accepted }),
      ...(lines === undefined ? {} : { lines }),
    };
    this.#note({ ...document, intent: null });
  }

  /** The target has taken a change of the document, to this version. Null: that has taken effect, or came to nothing. */
  noteChangeAccepted(key: DocumentKey, taken: Required<Omit<Acceptance, 'atMicros'>> | null): void {
    const known = this.document(key);
    const accepted = taken && { ...taken, atMicros: this.#writer.nowMicros() };
    if (known !== null) this.#note({ ...known, accepted });
  }

  /** What the target holds of the document now, read in this attempt; null: it was looked for, and is not there. */
  noteState(key: DocumentKey, state: FoundDocument | null): void {
    this.#states.set(nameDocument(key), state);
  }

  /** As {@link noteState} has it; undefined: it was not read, or has been written since. */
  state(key: DocumentKey): FoundDocument | null | undefined {
    return this.#states.get(nameDocument(key));
  }

  /** The hash that an earlier delivery left of the record's only document; null: unknown. */
  earlierHash(key: DocumentKey): string | null {
    const [only, ...others] = this.#read?.documents ?? [];
    if (only === undefined || others.length > 0 || !isSameDocument(only, key)) return null;
    return this.#read?.targetStateHash ?? null;
  }

  /** The hash of what was read back of the document; {@link conclude} stores it. */
  noteStateHash(key: DocumentKey, hash: string): void {
    this.#stateHashes.set(nameDocument(key), hash);
  }

  /** The document's lines, as the target holds them now, however the attempt ends: the next plan goes by them. */
  noteLines(key: DocumentKey, lines: readonly LineMapping[] | undefined): void {
    const known = this.document(key);
    if (known === null || lines === undefined || isDeepStrictEqual(known.lines, lines)) return;
    this.#note({ ...known, lines });
  }

  #note(document: LinkedDocument): void {
    const { intent, ...record } = document;
    this.#documents.set(nameDocument(document), document);
    this.#pending.set(nameDocument(document), () => this.#links.recordDocument(this.key, record, this.#writer.epoch));
  }

  /** The create certainly did not happen, or came to nothing: after a restart, no attempt needs to wait for it. */
  noteNothingSent(planned: PlannedDocument): void {
    const known = this.document(planned);
    if (known === null || known.targetId === null) this.#documents.delete(nameDocument(planned));
    else this.#documents.set(nameDocument(planned), { ...known, intent: null });
    this.#pending.set(nameDocument(planned), () => this.#links.clearIntent(this.key, planned, this.#writer.epoch));
  }

  /** The target had accepted it, perhaps with an id, and refused it after all: the link keeps nothing of it. */
  noteRefused(planned: PlannedDocument): void {
    const nothing = { ...showDocument(describeDocument(planned)), accepted: null };
    this.#documents.delete(nameDocument(planned));
    this.#pending.set(nameDocument(planned), async () => {
      const write = await this.#links.recordDocument(this.key, nothing, this.#writer.epoch);
      return write.refused ? write : this.#links.clearIntent(this.key, nothing, this.#writer.epoch);
    });
  }

  /** The create was sent, and had no answer. */
  noteUnanswered(planned: PlannedDocument, sentAtMicros: number): void {
    const record = this.#describeIntent(planned, sentAtMicros, null);
    this.#noteIntent(planned, record);
    this.#pending.set(nameDocument(planned), () => this.#links.recordIntent(this.key, record, this.#writer.epoch));
  }

  #describeIntent(planned: PlannedDocument, sentAtMicros: number | null, more: FieldHashes | null): IntentRecord {
    const { role, subId, externalRef } = planned;
    const earlier = this.document(planned)?.intent?.expected;
    const expected = more === null ? earlier : addPossible(earlier ?? null, more);
    const intent = { role, subId, externalRef, sentAtMicros, atMicros: this.#writer.nowMicros() };
    return { ...intent, ...(expected === undefined ? {} : { expected }) };
  }

  #noteIntent(planned: PlannedDocument, { sentAtMicros, atMicros: at, expected }: IntentRecord): void {
    const known = this.document(planned) ?? describeDocument(planned);
    const intent = { sentAtMicros, epoch: this.#writer.epoch, at, ...(expected === undefined ? {} : { expected }) };
    this.#documents.set(nameDocument(planned), { ...known, intent });
  }

  /**
   * Writes the facts noted since the last write. While it fails, {@link readUnderLock} tries again before anybody reads the link.
   * @throws LaneInterrupted when a later epoch has written the link; the store then keeps our documents as orphans
   */
  async flush(): Promise<void> {
    const writes = [...this.#pending];
    const { unwritten } = this.#writer;
    unwritten.set(linkId(this.key), this);
    const results = await settleAll(writes.map(([, write]) => write()));
    // Only after success: while the database is down the facts stay, for the next try.
    for (const [name] of writes) this.#pending.delete(name);
    unwritten.delete(linkId(this.key));
    for (const result of results) this.#check(result);
  }

  /** Writes the end of an attempt in one update. An empty hash: the version reached the target, but not as planned. */
  async conclude(version: LinkVersion, contentHash: string): Promise<void> {
    const existing = this.documents().filter((document) => document.targetId !== null || document.draft);
    const documents = existing.map(({ intent, ...document }) => document);
    const delivered = { ...this.#describeVersion(version, contentHash), documents };
    this.#check(await this.#links.recordDelivered(this.key, delivered, this.#writer.epoch));
    for (const document of existing) this.#pending.delete(nameDocument(document));
    await this.flush();
  }

  #isNews(version: LinkVersion | null): version is LinkVersion {
    return version !== null && (this.#announced === null || this.#announced < version.version);
  }

  #describeVersion({ version, mappingRevision }: LinkVersion, contentHash: string) {
    const targetStateHash = joinHashes(this.#stateHashes) ?? this.#read?.targetStateHash ?? null;
    return { version, contentHash, mappingRevision, targetStateHash };
  }

  #check(write: LinkWrite): void {
    if (!write.refused) return;
    const why = write.reason === 'epoch' ? 'was written under a later epoch' : 'was closed by a person meanwhile';
    throw new LaneInterrupted(`link ${this.key.entity} ${this.key.sourceKey} ${why}`);
  }
}

/** Of one document its own hash, of several a hash over all; null where none was read back. */
function joinHashes(hashes: ReadonlyMap<string, string>): string | null {
  const [only, ...others] = hashes;
  if (only === undefined) return null;
  return others.length === 0
    ? only[1]
    : createHash('sha256')
        .update(JSON.stringify([...hashes]))
        .digest('hex');
}

function listDocuments(link: LinkDocument | null): LinkedDocument[] {
  if (link === null) return [];
  return link.documents.map((document) => {
    const lines = linesOf(link, document);
    return lines.length === 0 ? document : { ...document, lines };
  });
}
