import type { OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import type { ReturnState } from './state.ts';

export function findReturn(store: Store, id: string): { readonly order: OrderState; readonly one: ReturnState } | null {
  for (const order of store.orders.values()) {
    const one = order.returns.find((candidate) => candidate.id === id);
    if (one !== undefined) return { order, one };
  }
  return null;
}
