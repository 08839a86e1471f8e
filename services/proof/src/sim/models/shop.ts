import type { SimState } from './records.ts';

/** One state a record had, as a person left it. */
export interface ShopState extends SimState {
  readonly stampMicros: number | null;
  readonly changedAtMicros: number;
}

/** The system of record for orders: the actions of people there, in order. */
export class Shop {
  readonly #orders = new Map<string, ShopState[]>();

  change(state: ShopState): void {
    this.#orders.set(state.id, [...(this.#orders.get(state.id) ?? []), state]);
  }

  orders(): string[] {
    return [...this.#orders.keys()];
  }

  history(id: string): readonly ShopState[] {
    return this.#orders.get(id) ?? [];
  }

  current(id: string): ShopState {
    return this.history(id).at(-1) as ShopState;
  }
}
