/** A document that the sandbox has really stored. */
export interface CommittedDocument {
  /** What the writer says the document stands for, e.g. `shop/820982911946154508`; null when it said nothing. */
  readonly externalRef: string | null;
  /** The vendor's name of the document's kind, e.g. `Orders`. */
  readonly kind: string;
  readonly id: string;
  readonly number: string | null;
  readonly action: 'create' | 'update' | 'cancel' | 'delete';
  /** The document's remarks as committed: they show a test which state was written when. */
  readonly remarks?: string;
  readonly at: string;
}

/** Append-only record of what was committed, so that a test can say "200 orders, none twice, none lost". */
export interface CommitLog {
  append(document: Omit<CommittedDocument, 'at'>): void;
  /** All entries in order of commit; only those of one reference when given. */
  list(externalRef?: string): readonly CommittedDocument[];
  clear(): void;
}

export function createCommitLog(now: () => number = Date.now): CommitLog {
  let entries: CommittedDocument[] = [];
  return {
    append: (document) => {
      entries.push({ ...document, at: new Date(now()).toISOString() });
    },
    list: (externalRef) =>
      externalRef === undefined ? entries : entries.filter((entry) => entry.externalRef === externalRef),
    clear: () => {
      entries = [];
    },
  };
}

/** How many documents were created per external reference. */
export function countCreated(entries: readonly CommittedDocument[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.action !== 'create' || entry.externalRef === null) continue;
    counts[entry.externalRef] = (counts[entry.externalRef] ?? 0) + 1;
  }
  return counts;
}
