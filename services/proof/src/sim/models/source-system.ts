import type { SimEntity, SimState } from './records.ts';

/** One state a record had, as a person left it. */
export interface SourceState extends SimState {
  readonly stampMicros: number | null;
  readonly changedAtMicros: number;
}

/** A system of record: the actions of people there, in order. */
export class SourceSystem {
  readonly connection: string;
  readonly #records = new Map<string, SourceState[]>();

  constructor(connection: string) {
    this.connection = connection;
  }

  change(state: SourceState): void {
    const key = `${state.entity}/${state.id}`;
    this.#records.set(key, [...(this.#records.get(key) ?? []), state]);
  }

  /** Every record that was ever made. */
  records(): { readonly entity: SimEntity; readonly id: string }[] {
    return [...this.#records.values()].flatMap(([first]) => (first === undefined ? [] : [first]));
  }

  ids(entity: SimEntity): string[] {
    return this.records().flatMap((record) => (record.entity === entity ? [record.id] : []));
  }

  history(entity: SimEntity, id: string): readonly SourceState[] {
    return this.#records.get(`${entity}/${id}`) ?? [];
  }

  current(entity: SimEntity, id: string): SourceState {
    return this.history(entity, id).at(-1) as SourceState;
  }
}
