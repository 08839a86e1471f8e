import { countLines, recordEvent } from '../history/record.ts';
import type { OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { isActive } from './quantities.ts';
import { addFulfillmentOrder, addUnits, syncFulfillmentOrders } from './routing.ts';
import { findLine } from './ship.ts';
import type { FulfillmentOrderState, FulfillmentState } from './state.ts';

/**
 * Cancels a hand-over, as `fulfillmentCancel` describes it: a fulfilment order that still has work takes its units again; one that was done
 * stays closed, and a new one at the same location has them.
 */
export function cancelFulfillment(
  store: Store,
  order: OrderState,
  fulfillment: FulfillmentState,
  now: () => number,
): void {
  const reopened = new Map<string, FulfillmentOrderState>();
  for (const { lineId, fulfillmentOrderId, quantity } of fulfillment.lines) {
    const line = findLine(order, lineId);
    line.fulfilled -= quantity;
    const from = order.fulfillmentOrders.find((one) => one.id === fulfillmentOrderId) as FulfillmentOrderState;
    const shipped = from.lines.find((one) => one.lineId === lineId);
    if (isActive(from) && shipped !== undefined) shipped.remaining += quantity;
    else {
      const target =
        reopened.get(from.id) ?? addFulfillmentOrder(store, order, fulfillment.locationId, from.methodType, now);
      reopened.set(from.id, target);
      addUnits(store, target, line, quantity);
    }
  }
  fulfillment.status = 'CANCELLED';
  fulfillment.updatedAt = isoSeconds(now());
  order.updatedAt = fulfillment.updatedAt;
  const count = countLines(fulfillment.lines.length);
  recordEvent(
    store,
    order,
    { action: 'fulfillment_cancelled', message: `We cancelled ${count} from being fulfilled.` },
    order.updatedAt,
  );
  // Units that were refunded since are not handed over again.
  syncFulfillmentOrders(store, order, now);
}
