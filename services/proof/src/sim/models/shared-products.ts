import { type FoundDocument, VendorError } from '@entrepot/vendor-kit';
import type { SharedField } from '../plan/shared-products.ts';
import type { SimState } from './records.ts';
import { keep } from './target-document.ts';

export type SharedFields = Readonly<Record<SharedField, string>>;

/** A product that people and our flows change in one system. */
export interface SharedRow extends SharedFields {
  readonly id: string;
  /** The reference that our create has put there; null: a person entered it. */
  readonly reference: string | null;
  readonly revision: number;
}

const SEPARATOR = ' for ';

/** The shared products of one system, and how often our flows have written them. */
export class SharedProducts {
  readonly rows = new Map<string, SharedRow>();
  /** Writes of ours, by the row's id. */
  readonly writes = new Map<string, number>();
  readonly #system: string;
  readonly #onChange: (row: SharedRow) => void;
  #made = 0;

  constructor(system: string, onChange: (row: SharedRow) => void) {
    this.#system = system;
    this.#onChange = onChange;
  }

  /** A person enters one. */
  enter(fields: SharedFields): string {
    return this.#make(fields, null);
  }

  /** A person changes one. */
  edit(id: string, change: Partial<SharedFields>): void {
    this.#put({ ...this.#find(id), ...change });
  }

  search(is: (row: SharedRow) => boolean): FoundDocument<SharedRow>[] {
    return [...this.rows.values()].filter(is).map(showRow);
  }

  create(fields: SharedFields, reference: string): string {
    const id = this.#make(fields, reference);
    this.#count(id);
    return id;
  }

  /** Sends the revision of the read state, like If-Match: a change meanwhile makes it fail. */
  update({ targetId, etag }: FoundDocument, fields: SharedFields): void {
    const row = this.#find(targetId);
    if (String(row.revision) !== etag) throw new VendorError('conflict', 'changed meanwhile');
    this.#count(targetId);
    this.#put({ ...row, ...fields });
  }

  countWrites(): number {
    return [...this.writes.values()].reduce((sum, count) => sum + count, 0);
  }

  #make(fields: SharedFields, reference: string | null): string {
    this.#made += 1;
    const id = `${this.#system}-p${this.#made}`;
    this.#put({ ...fields, id, reference, revision: 0 });
    return id;
  }

  #put({ name, price, ...row }: SharedRow): void {
    const kept = { name: keep(this.#system, name), price: keep(this.#system, price) };
    const changed = { ...row, ...kept, revision: row.revision + 1 };
    this.rows.set(row.id, changed);
    this.#onChange(changed);
  }

  #find(id: string): SharedRow {
    const row = this.rows.get(id);
    if (row === undefined) throw new VendorError('notFound', 'gone');
    return row;
  }

  #count(id: string): void {
    this.writes.set(id, (this.writes.get(id) ?? 0) + 1);
  }
}

export function showRow(row: SharedRow): FoundDocument<SharedRow> {
  return { targetId: row.id, targetNumber: row.id, state: 'posted', body: row, etag: String(row.revision) };
}

/** A row as its system's connector reads it. */
export function stateOfRow({ id, name, price }: SharedRow): SimState {
  const none = { cancelled: false, email: null, customer: null, sku: null, variant: null, parts: [] };
  return { entity: 'product', id, content: `${name}${SEPARATOR}${price}`, ...none };
}

export function readFields({ content }: Pick<SimState, 'content'>): SharedFields {
  const [name = '', price = ''] = content.split(SEPARATOR);
  return { name, price };
}
