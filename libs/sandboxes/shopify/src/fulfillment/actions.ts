import type { OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { fulfillmentStatusOf } from './quantities.ts';
import { type Pick, shipLines } from './ship.ts';
import type { FulfillmentState, TrackingState } from './state.ts';
import { cancelFulfillment } from './take-back.ts';

export interface FulfillmentActions {
  /** One fulfilment for each list of picks. */
  ship(
    store: Store,
    order: OrderState,
    parcels: readonly (readonly Pick[])[],
    tracking: readonly TrackingState[],
  ): FulfillmentState[];
  unship(store: Store, order: OrderState, fulfillment: FulfillmentState): void;
  track(store: Store, order: OrderState, fulfillment: FulfillmentState, tracking: readonly TrackingState[]): void;
}

/** The shop's actions when goods are handed over; `told` sends the webhooks and writes the commit log. */
export function createFulfillmentActions(
  told: {
    readonly order: (store: Store, order: OrderState, ...topics: string[]) => void;
    readonly fulfillment: (store: Store, order: OrderState, fulfillment: FulfillmentState, topic: string) => void;
  },
  now: () => number,
): FulfillmentActions {
  return {
    ship: (store, order, parcels, tracking) => {
      const made = parcels.map((picks) => shipLines(store, order, picks, tracking, now));
      for (const fulfillment of made) told.fulfillment(store, order, fulfillment, 'fulfillments/create');
      if (made.length === 0) return made;
      const isDone = fulfillmentStatusOf(order) === 'FULFILLED';
      told.order(store, order, isDone ? 'orders/fulfilled' : 'orders/partially_fulfilled', 'orders/updated');
      return made;
    },
    unship: (store, order, fulfillment) => {
      cancelFulfillment(store, order, fulfillment, now);
      told.fulfillment(store, order, fulfillment, 'fulfillments/update');
      told.order(store, order, 'orders/updated');
    },
    track: (store, order, fulfillment, tracking) => {
      fulfillment.tracking = tracking;
      fulfillment.updatedAt = isoSeconds(now());
      order.updatedAt = fulfillment.updatedAt;
      told.fulfillment(store, order, fulfillment, 'fulfillments/update');
      told.order(store, order, 'orders/updated');
    },
  };
}
