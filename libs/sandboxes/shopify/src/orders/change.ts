import { currentQuantityOf } from '../fulfillment/quantities.ts';
import { syncFulfillmentOrders } from '../fulfillment/routing.ts';
import { isPositive } from '../money.ts';
import type { OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { addTransaction, asInput, findPayment } from './payments.ts';
import { computeTotals, financialStatusOf } from './totals.ts';

/** Moves `updatedAt` to now; whole seconds, so two changes within one second leave the same stamp, as in a real shop. */
export function touch(order: OrderState, now: () => number): void {
  order.updatedAt = isoSeconds(now());
}

/** Cancels: money goes back when asked for, quantities and current totals drop to nothing, the order closes. */
export function cancelOrder(
  store: Store,
  order: OrderState,
  options: { reason: string; refund: boolean; restock: boolean },
  now: () => number,
): string | null {
  if (order.cancelledAt !== null) return 'Order has already been cancelled';
  if (order.lines.some((line) => line.fulfilled > 0)) return 'Cannot cancel an order that has fulfillments';
  const at = isoSeconds(now());
  const totals = computeTotals(order);
  for (const transaction of order.transactions.filter(
    (candidate) => candidate.kind === 'AUTHORIZATION' && candidate.status === 'SUCCESS',
  ))
    if (isPositive(totals.capturable))
      addTransaction(
        store,
        order,
        { kind: 'VOID', gateway: transaction.gateway, amountSet: asInput(totals.capturable), parentId: transaction.id },
        at,
      );
  const payment = findPayment(order);
  if (options.refund && payment !== null && isPositive(totals.received)) {
    const transaction = addTransaction(
      store,
      order,
      { kind: 'REFUND', gateway: payment.gateway, amountSet: asInput(totals.received), parentId: payment.id },
      at,
    );
    order.refunds.push({
      __typename: 'Refund',
      id: store.nextGid('Refund'),
      note: null,
      createdAt: at,
      refundLineItems: order.lines
        .filter((line) => currentQuantityOf(line) > 0)
        .map((line) => ({
          id: store.nextGid('RefundLineItem'),
          lineId: line.id,
          quantity: currentQuantityOf(line),
          restockType: options.restock ? 'CANCEL' : 'NO_RESTOCK',
          subtotalSet: totals.currentSubtotal,
          totalTaxSet: totals.currentTax,
          locationId: null,
        })),
      refundShippingLines: [],
      orderAdjustments: [],
      transactionIds: [transaction.id],
      totalRefundedSet: totals.received,
    });
  }
  for (const line of order.lines) line.removed += currentQuantityOf(line);
  order.cancelledAt = at;
  order.closedAt = at;
  order.cancelReason = options.reason;
  order.updatedAt = at;
  syncFulfillmentOrders(store, order, now);
  return null;
}

/** Books the outstanding balance as paid; the message that Shopify answers when there is none, else null. */
export function markAsPaid(store: Store, order: OrderState, now: () => number): string | null {
  const totals = computeTotals(order);
  const due = isPositive(totals.capturable) ? totals.capturable : totals.outstanding;
  if (!isPositive(due) || order.cancelledAt !== null || financialStatusOf(order, totals) === 'PAID')
    return 'Order cannot be marked as paid.';
  const authorization = order.transactions.find(
    (transaction) => transaction.kind === 'AUTHORIZATION' && transaction.status === 'SUCCESS',
  );
  const capture = isPositive(totals.capturable) && authorization !== undefined;
  addTransaction(
    store,
    order,
    {
      kind: capture ? 'CAPTURE' : 'SALE',
      gateway: capture ? authorization.gateway : 'manual',
      amountSet: asInput(due),
      parentId: capture ? authorization.id : null,
    },
    isoSeconds(now()),
  );
  touch(order, now);
  return null;
}
