import { createCustomer, type EntityOf } from '@entrepot/canonical';
import {
  defineTarget,
  type FoundDocument,
  noSettings,
  type ShownState,
  showState,
  type TargetDefinition,
  type TargetEntity,
  VendorError,
} from '@entrepot/vendor-kit';

/** What a person, or a write of ours, may change of a customer: each a group of its own. */
export interface Row {
  readonly name: string;
  readonly phone: string;
}
export const GROUPS = ['name', 'phone'] as const;
export type Group = (typeof GROUPS)[number];

interface Stored extends Row {
  readonly reference: string | null;
  readonly revision: number;
}

interface Types {
  readonly settings: unknown;
  readonly client: System;
  readonly profile: unknown;
  readonly state: Stored;
}

type Way = <T>(work: () => T) => Promise<T>;

/** A system that is read and written: customers, and a count of our writes. */
export class System {
  readonly id: string;
  readonly rows = new Map<string, Stored>();
  writes = 0;
  readonly #way: Way;
  readonly #onChange: (system: System, id: string) => void;
  #made = 0;

  constructor(id: string, way: Way, onChange: (system: System, id: string) => void) {
    this.id = id;
    this.#way = way;
    this.#onChange = onChange;
  }

  /** A person enters a customer. */
  enter(row: Row): string {
    return this.#create(row, null);
  }

  /** A person changes one. */
  edit(id: string, change: Partial<Row>): void {
    const stored = this.rows.get(id);
    if (stored === undefined) throw new TypeError(`no row ${id}`);
    this.#put(id, { ...stored, ...change });
  }

  read(id: string): { readonly entity: EntityOf<'customer'>; readonly states: readonly ShownState[] } | null {
    const row = this.rows.get(id);
    if (row === undefined) return null;
    const source = { connection: this.id, vendor: 'model', id };
    const entity = createCustomer({ source, name: row.name, phone: row.phone });
    const shown = showState(customers, { role: 'customer', subId: null }, show(id, row), row.reference);
    return { entity, states: [shown] };
  }

  call<T>(work: () => T): Promise<T> {
    return this.#way(work);
  }

  find(reference: string): FoundDocument<Stored>[] {
    return [...this.rows].filter(([, row]) => row.reference === reference).map(([id, row]) => show(id, row));
  }

  create(row: Row, reference: string): string {
    this.writes += 1;
    return this.#create(row, reference);
  }

  update(id: string, row: Row, etag: string | null): void {
    const stored = this.rows.get(id);
    if (stored === undefined || String(stored.revision) !== etag)
      throw new VendorError('conflict', 'changed meanwhile');
    this.writes += 1;
    this.#put(id, { ...stored, ...row });
  }

  #create(row: Row, reference: string | null): string {
    this.#made += 1;
    const id = `${this.id}-${this.#made}`;
    this.#put(id, { ...row, reference, revision: 0 });
    return id;
  }

  #put(id: string, row: Stored): void {
    this.rows.set(id, { ...row, revision: row.revision + 1 });
    this.#onChange(this, id);
  }
}

function show(targetId: string, body: Stored): FoundDocument<Stored> {
  return { targetId, targetNumber: null, state: 'posted', body, etag: String(body.revision) };
}

const customers: TargetEntity<'customer', Types, unknown, Row> = {
  settings: noSettings,
  guard: 'look-up',
  visibleWithinMs: () => 1_000,
  verifyByDefault: true,
  reference: ({ connection, id }) => `${connection}/${id}`,
  map: ({ name, phone }) => {
    const body = { name: name ?? '', phone: phone ?? '' };
    return { ok: true, documents: [{ role: 'customer', subId: null, desired: 'posted', body }] };
  },
  find: ({ externalRef }, system) => system.call(() => system.find(externalRef)),
  create: async ({ externalRef, body }, system, call) => {
    call.beforeSend(1_000);
    const targetId = await system.call(() => system.create(body, externalRef));
    return { targetId, targetNumber: null, status: 'created' };
  },
  read: (_document, id, system) =>
    system.call(() => {
      const row = system.rows.get(id);
      return row === undefined ? null : show(id, row);
    }),
  update: async ({ body }, current, system, call) => {
    if (GROUPS.every((group) => body[group] === current.body[group])) return { status: 'unchanged' };
    call.beforeSend(1_000);
    await system.call(() => system.update(current.targetId, body, current.etag));
    return { status: 'applied' };
  },
  compare: ({ body }, current) =>
    GROUPS.filter((group) => body[group] !== current.body[group]).map((path) => ({ path })),
  stateHash: (_document, { body }) => `${body.name}/${body.phone}`,
  fieldGroups: {
    fields: { name: ['name'], phone: ['phone'] },
    keep: ({ body }, current, groups) => ({
      name: groups.includes('name') ? current.body.name : body.name,
      phone: groups.includes('phone') ? current.body.phone : body.phone,
    }),
    expected: ({ body }) => ({ ...body }),
  },
};

export function defineSystems(): TargetDefinition {
  return defineTarget<Types>({
    test: async () => ({ ok: true, checks: [] }),
    values: {},
    entities: { customer: customers },
  });
}
