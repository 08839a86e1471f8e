import type { FoundDocument, LineMapping } from '@entrepot/vendor-kit';

/** A document as the model holds it. */
export interface ModelDocument {
  readonly id: string;
  readonly ref: string;
  readonly kind: string;
  version: number;
  content: string;
  cancelled: boolean;
  draft: boolean;
  /** The natural key of what somebody made by hand, too. */
  email: string | null;
  lines?: readonly LineMapping[];
}

export function itemDocument(sku: string): ModelDocument {
  const none = { cancelled: false, draft: false, email: null };
  return { id: sku, ref: sku, kind: 'product', version: 0, content: sku, ...none };
}

export function found(document: ModelDocument): FoundDocument<ModelDocument> {
  return {
    targetId: document.id,
    targetNumber: document.id,
    state: document.draft ? 'pending' : document.cancelled ? 'cancelled' : 'posted',
    body: { ...document },
    etag: etagOf(document),
  };
}

export function etagOf(document: ModelDocument): string {
  return `${document.version}/${document.content}/${document.cancelled}`;
}
