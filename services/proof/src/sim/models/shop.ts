import type { SimEntity, SimState } from './records.ts';

/** One state a record had, as a person left it. */
export interface ShopState extends SimState {
  readonly stampMicros: number | null;
  readonly changedAtMicros: number;
}

/** The system of record for orders and products: the actions of people there, in order. */
export class Shop {
  readonly #records = new Map<string, ShopState[]>();

  change(state: ShopState): void {
    const key = `${state.entity}/${state.id}`;
    this.#records.set(key, [...(this.#records.get(key) ?? []), state]);
  }

  ids(entity: SimEntity): string[] {
    return [...this.#records.values()].flatMap(([first]) => (first?.entity === entity ? [first.id] : []));
  }

  history(entity: SimEntity, id: string): readonly ShopState[] {
    return this.#records.get(`${entity}/${id}`) ?? [];
  }

  current(entity: SimEntity, id: string): ShopState {
    return this.history(entity, id).at(-1) as ShopState;
  }
}
