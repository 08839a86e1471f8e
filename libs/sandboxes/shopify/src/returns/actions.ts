import type { OrderState, RefundState } from '../state.ts';
import type { Store } from '../store.ts';
import type { ShippingFeeInput } from './fee-input.ts';
import { type ProcessInput, processReturn } from './process.ts';
import { changeReturn, type ExchangeInput, openReturn, type ReturnedInput, type ReturnFailure } from './returns.ts';
import type { ReturnState } from './state.ts';

export interface ReturnActions {
  openReturn(
    store: Store,
    order: OrderState,
    returned: readonly ReturnedInput[],
    exchanges: readonly ExchangeInput[],
    shippingFee: ShippingFeeInput | null,
  ): ReturnState | readonly ReturnFailure[];
  processReturn(store: Store, order: OrderState, one: ReturnState, input: ProcessInput): readonly ReturnFailure[];
  changeReturn(store: Store, order: OrderState, one: ReturnState, to: ReturnState['status']): string | null;
}

const TOPICS = { OPEN: 'returns/reopen', CLOSED: 'returns/close', CANCELED: 'returns/cancel' } as const;

/** The shop's actions when goods come back. */
export function createReturnActions(
  told: {
    readonly order: (store: Store, order: OrderState, ...topics: string[]) => void;
    readonly refund: (store: Store, order: OrderState, refund: RefundState) => void;
    readonly back: (store: Store, order: OrderState, one: ReturnState, topic: string) => void;
  },
  now: () => number,
): ReturnActions {
  return {
    openReturn: (store, order, returned, exchanges, shippingFee) => {
      const made = openReturn(store, order, returned, exchanges, shippingFee, now);
      if (!('id' in made)) return made;
      told.back(store, order, made, 'returns/approve');
      told.order(store, order, 'orders/updated');
      return made;
    },
    processReturn: (store, order, one, input) => {
      const result = processReturn(store, order, one, input, now);
      if (!('added' in result)) return result;
      told.back(store, order, one, 'returns/process');
      if (result.refund !== null) told.refund(store, order, result.refund);
      told.order(store, order, 'orders/updated');
      return [];
    },
    changeReturn: (store, order, one, to) => {
      const refusal = changeReturn(order, one, to, now);
      if (refusal !== null) return refusal;
      told.back(store, order, one, TOPICS[to]);
      told.order(store, order, 'orders/updated');
      return null;
    },
  };
}
