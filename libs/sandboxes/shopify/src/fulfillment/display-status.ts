import type { KnownVersion } from '../schema/versions.ts';
import type { OrderState } from '../state.ts';
import { fulfillmentStatusOf, unfulfilledQuantityOf } from './quantities.ts';

/**
 * `displayFulfillmentStatus` as a version shows it: from 2026-10 an order of which nothing was and nothing will be handed over (cancelled,
 * edited to nothing, refunded before shipping) needs no fulfilment; older versions call it unfulfilled.
 */
export function displayFulfillmentStatusOf(order: OrderState, version: KnownVersion): string {
  const status = fulfillmentStatusOf(order);
  const isOver = order.lines.every((line) => unfulfilledQuantityOf(line) === 0);
  return status === 'UNFULFILLED' && isOver && version >= '2026-10' ? 'FULFILLMENT_NOT_REQUIRED' : status;
}
