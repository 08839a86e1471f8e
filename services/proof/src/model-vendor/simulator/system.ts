import { GROUPS, type Row, type WireChanges, type WireCustomer } from '../rows.ts';

/** A change as it was committed: the evidence of a run. */
export interface Change {
  readonly system: string;
  readonly id: string;
  /** The row's reference; null: a person entered it. */
  readonly reference: string | null;
  readonly action: 'create' | 'update';
  /** Who made it: a person, or a call to the API. */
  readonly by: 'person' | 'api';
  /** The row afterwards. */
  readonly row: Row;
  /** ISO 8601. */
  readonly at: string;
}

/** Why a request is refused, as the status to answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 401 | 404 | 409 | 412;

  constructor(status: 401 | 404 | 409 | 412) {
    super(`refused: ${status}`);
    this.status = status;
  }
}

interface Stored {
  readonly customer: WireCustomer;
  /** Its place in the list of changes. */
  readonly changed: number;
}

const CHANGES_A_PAGE = 50;

/** One system of the model vendor, in memory. */
export class ModelSystem {
  readonly name: string;
  readonly #rows = new Map<string, Stored>();
  readonly #onChange: (change: Change) => void;
  #changes = 0;

  constructor(name: string, onChange: (change: Change) => void) {
    this.name = name;
    this.#onChange = onChange;
  }

  get(id: string): WireCustomer | null {
    return this.#rows.get(id)?.customer ?? null;
  }

  list(): WireCustomer[] {
    return [...this.#rows.values()].map(({ customer }) => customer);
  }

  findByReference(reference: string): WireCustomer[] {
    return this.list().filter((customer) => customer.reference === reference);
  }

  listChanges(after: number): WireChanges {
    const later = [...this.#rows.values()]
      .filter(({ changed }) => changed > after)
      .sort((one, other) => one.changed - other.changed);
    const page = later.slice(0, CHANGES_A_PAGE);
    return {
      ids: page.map(({ customer }) => customer.id),
      next: page.at(-1)?.changed ?? after,
      more: later.length > page.length,
    };
  }

  /** @throws Refusal when another customer has the reference */
  create(row: Row, reference: string | null, by: Change['by']): WireCustomer {
    if (reference !== null && this.findByReference(reference).length > 0) throw new Refusal(409);
    const id = `${this.name}-${this.#rows.size + 1}`;
    return this.#put({ ...takeFields(row), id, reference, revision: 1, changedAt: 0 }, 'create', by);
  }

  /** @param revision that the change is based on; null: whatever there is. @throws Refusal when there is none, or another revision */
  update(id: string, change: Partial<Row>, revision: number | null, by: Change['by']): WireCustomer {
    const current = this.get(id);
    if (current === null) throw new Refusal(404);
    if (revision !== null && revision !== current.revision) throw new Refusal(412);
    const row = takeFields({ ...current, ...change });
    return this.#put({ ...current, ...row, revision: current.revision + 1 }, 'update', by);
  }

  #put(customer: WireCustomer, action: Change['action'], by: Change['by']): WireCustomer {
    this.#changes += 1;
    const changedAt = Date.now();
    const stored = { ...customer, changedAt };
    this.#rows.set(customer.id, { customer: stored, changed: this.#changes });
    const { id, reference } = customer;
    const at = new Date(changedAt).toISOString();
    this.#onChange({ system: this.name, id, reference, action, by, row: takeFields(customer), at });
    return stored;
  }
}

function takeFields(row: Row): Row {
  return Object.fromEntries(GROUPS.map((group) => [group, row[group]])) as Row;
}
