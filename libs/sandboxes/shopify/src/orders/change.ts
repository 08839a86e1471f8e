import { currentQuantityOf } from '../fulfillment/quantities.ts';
import { syncFulfillmentOrders } from '../fulfillment/routing.ts';
import { recordEvent, recordRestock } from '../history/record.ts';
import { isPositive, subtractBags } from '../money.ts';
import type { OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { computeTotals, financialStatusOf } from '../sums/totals.ts';
import { makeCancelRefund } from './cancel-refund.ts';
import { addTransaction, asInput, convertPayment, findPayment } from './payments.ts';

/** Moves `updatedAt` to now; whole seconds, so two changes within one second leave the same stamp, as in a real shop. */
export function touch(order: OrderState, now: () => number): void {
  order.updatedAt = isoSeconds(now());
}

/** Why an order cannot be cancelled, in the shop's words (recorded); null when it can. */
export function refuseCancel(order: OrderState): string | null {
  if (order.cancelledAt !== null) return 'Cannot cancel an order that has already been canceled';
  if (order.lines.some((line) => line.fulfilled > 0)) return 'Cannot cancel an order that has outstanding fulfillments';
  return null;
}

/** Cancels: money goes back when asked for, quantities and current totals drop to nothing, the order closes. */
export function cancelOrder(
  store: Store,
  order: OrderState,
  options: { reason: string; refund: boolean; restock: boolean },
  now: () => number,
): string | null {
  const refusal = refuseCancel(order);
  if (refusal !== null) return refusal;
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
  const kept = subtractBags(totals.received, totals.refunded);
  if (options.refund && payment !== null && isPositive(kept)) {
    const transaction = addTransaction(
      store,
      order,
      { kind: 'REFUND', gateway: payment.gateway, amountSet: asInput(kept), parentId: payment.id },
      at,
    );
    order.refunds.push(makeCancelRefund(store, order, transaction, { restock: options.restock, at }));
  }
  const restocked = options.restock ? order.lines.filter((line) => currentQuantityOf(line) > 0).length : 0;
  recordRestock(store, order, restocked, at);
  for (const line of order.lines) line.removed += currentQuantityOf(line);
  order.cancelledAt = at;
  order.closedAt = at;
  order.cancelReason = options.reason;
  order.updatedAt = at;
  recordEvent(store, order, { action: 'cancelled', message: 'Order was cancelled.' }, at);
  recordEvent(store, order, { action: 'closed', message: 'Order was closed.' }, at);
  syncFulfillmentOrders(store, order, now);
  return null;
}

/** Books the outstanding balance as paid; returns Shopify's message when there is none, else null. */
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
      amountSet: asInput(convertPayment(store, order, due.presentmentMoney.amount) ?? due),
      parentId: capture ? authorization.id : null,
    },
    isoSeconds(now()),
  );
  touch(order, now);
  return null;
}
