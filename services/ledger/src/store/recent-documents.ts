export interface RecentOptions<T> {
  readonly most: number;
  /** Fields that are not kept. */
  readonly unread: readonly (keyof T & string)[];
  /** Left out: each may. */
  readonly mayKeep: ((document: T) => boolean) | undefined;
}

/** The documents written last, oldest forgotten first. What is remembered may be old: whoever changes it writes by compare-and-set. */
export class RecentDocuments<T extends { readonly _id: string }> {
  private readonly documents = new Map<string, T>();
  private readonly options: RecentOptions<T>;

  constructor(options: RecentOptions<T>) {
    this.options = options;
  }

  get(id: string): T | undefined {
    return this.documents.get(id);
  }

  /** @returns the document as it is, or would be, kept */
  remember(document: T): T {
    const { most, unread, mayKeep } = this.options;
    const kept = { ...document };
    for (const field of unread) delete kept[field];
    // Also where it may not be kept: what was remembered before is old now.
    this.documents.delete(kept._id);
    if (most === 0 || mayKeep?.(document) === false) return kept;
    this.documents.set(kept._id, kept);
    if (this.documents.size > most) this.documents.delete(this.documents.keys().next().value as string);
    return kept;
  }

  forget(id: string): void {
    this.documents.delete(id);
  }
}
