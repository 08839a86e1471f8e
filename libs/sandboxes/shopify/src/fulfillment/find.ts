import type { OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import type { FulfillmentOrderState, FulfillmentState } from './state.ts';

export function findFulfillmentOrder(
  store: Store,
  id: string,
): { readonly order: OrderState; readonly fulfillmentOrder: FulfillmentOrderState } | null {
  for (const order of store.orders.values()) {
    const fulfillmentOrder = order.fulfillmentOrders.find((one) => one.id === id);
    if (fulfillmentOrder !== undefined) return { order, fulfillmentOrder };
  }
  return null;
}

export function findFulfillment(
  store: Store,
  id: string,
): { readonly order: OrderState; readonly fulfillment: FulfillmentState } | null {
  for (const order of store.orders.values()) {
    const fulfillment = order.fulfillments.find((one) => one.id === id);
    if (fulfillment !== undefined) return { order, fulfillment };
  }
  return null;
}
