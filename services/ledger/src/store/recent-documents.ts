/** The documents written last, oldest forgotten first. What is remembered may be old: whoever changes it writes by compare-and-set. */
export class RecentDocuments<T extends { readonly _id: string }> {
  private readonly documents = new Map<string, T>();
  private readonly most: number;
  private readonly unread: readonly (keyof T & string)[];

  /** @param unread fields that are not kept */
  constructor(most: number, unread: readonly (keyof T & string)[]) {
    this.most = most;
    this.unread = unread;
  }

  get(id: string): T | undefined {
    return this.documents.get(id);
  }

  /** @returns the document as it is kept */
  remember(document: T): T {
    const kept = { ...document };
    for (const field of this.unread) delete kept[field];
    if (this.most === 0) return kept;
    this.documents.delete(kept._id);
    this.documents.set(kept._id, kept);
    if (this.documents.size > this.most) this.documents.delete(this.documents.keys().next().value as string);
    return kept;
  }

  forget(id: string): void {
    this.documents.delete(id);
  }
}
