import type { LineState, OrderState } from '../state.ts';
import type { FulfillmentOrderState } from './state.ts';

/** Quantity that is still wanted: without what edits took off and what was refunded. */
export function currentQuantityOf(line: LineState): number {
  return Math.max(0, line.quantity - line.removed - line.refunded);
}

/** Units still to be handed over. A refund of units already handed over does not change it; a tip is never handed over. */
export function unfulfilledQuantityOf(line: LineState): number {
  if (line.isTip) return 0;
  const left = line.quantity - line.removed - line.refundedUnfulfilled - line.fulfilled;
  return Math.max(0, Math.min(left, currentQuantityOf(line)));
}

/** Units that were handed over and neither refunded nor sent back. */
export function keptQuantityOf(line: LineState): number {
  return Math.max(0, currentQuantityOf(line) - unfulfilledQuantityOf(line));
}

/** Work is left on it: its remaining quantities are those of the order's lines. */
export function isActive(fulfillmentOrder: FulfillmentOrderState): boolean {
  return ['OPEN', 'IN_PROGRESS', 'SCHEDULED', 'ON_HOLD'].includes(fulfillmentOrder.status);
}

/** `displayFulfillmentStatus` as its enum describes it: of lines that were handed over and of what the fulfilment orders wait for. */
export function fulfillmentStatusOf(order: OrderState): string {
  const waiting = order.fulfillmentOrders.filter(isActive);
  const allWaitAs = (status: string): boolean => waiting.length > 0 && waiting.every((one) => one.status === status);
  if (allWaitAs('ON_HOLD')) return 'ON_HOLD';
  const lines = order.lines.filter((line) => !line.isTip);
  if (lines.every((line) => line.fulfilled === 0)) {
    if (allWaitAs('SCHEDULED')) return 'SCHEDULED';
    return allWaitAs('IN_PROGRESS') ? 'IN_PROGRESS' : 'UNFULFILLED';
  }
  return lines.every((line) => unfulfilledQuantityOf(line) === 0) ? 'FULFILLED' : 'PARTIALLY_FULFILLED';
}

/** Books refunded units of a line: goods sent back were handed over, of others first those that were not. */
export function bookRefund(line: LineState, quantity: number, restockType: string): void {
  const unfulfilled =
    restockType === 'RETURN'
      ? Math.max(0, quantity - keptQuantityOf(line))
      : Math.min(quantity, unfulfilledQuantityOf(line));
  line.refunded += quantity;
  line.refundedUnfulfilled += unfulfilled;
}
