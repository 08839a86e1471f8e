import { type FulfilmentStatus, type PaymentStatus, parseDecimal } from '@entrepot/canonical';
import type { WireOrder } from '../../wire.ts';
import type { LineCount } from './quantities.ts';

const PAYMENT_STATES: Readonly<Record<string, PaymentStatus>> = {
  PENDING: 'UNPAID',
  AUTHORIZED: 'AUTHORIZED',
  PARTIALLY_PAID: 'PARTIALLY_PAID',
  PAID: 'PAID',
  PARTIALLY_REFUNDED: 'PARTIALLY_REFUNDED',
  REFUNDED: 'REFUNDED',
  VOIDED: 'VOIDED',
  EXPIRED: 'EXPIRED',
};

/** What each word means while nothing has been handed over; after that the lines say it. */
const STATES_BEFORE_HAND_OVER: Readonly<Record<string, FulfilmentStatus>> = {
  UNFULFILLED: 'UNFULFILLED',
  OPEN: 'UNFULFILLED',
  PENDING_FULFILLMENT: 'UNFULFILLED',
  REQUEST_DECLINED: 'UNFULFILLED',
  PARTIALLY_FULFILLED: 'UNFULFILLED',
  FULFILLED: 'UNFULFILLED',
  FULFILLMENT_NOT_REQUIRED: 'UNFULFILLED',
  RESTOCKED: 'UNFULFILLED',
  SCHEDULED: 'SCHEDULED',
  ON_HOLD: 'ON_HOLD',
  IN_PROGRESS: 'IN_PROGRESS',
};

/** Orders made by API show no financial status until something is paid: then the sums say it. */
export function mapPaymentStatus(order: WireOrder): PaymentStatus {
  if (order.displayFinancialStatus !== null) return PAYMENT_STATES[order.displayFinancialStatus] ?? 'UNKNOWN';
  const total = parseDecimal(order.totalPriceSet.presentmentMoney.amount);
  const received = parseDecimal(order.totalReceivedSet.presentmentMoney.amount);
  if (received.gte(total)) return 'PAID';
  return received.isZero() ? 'UNPAID' : 'PARTIALLY_PAID';
}

/**
 * How far an order is handed over follows from its lines: the words of Shopify change with the API version (an order with nothing left
 * to ship reads UNFULFILLED up to 2026-07 and FULFILLMENT_NOT_REQUIRED from 2026-10). A word that nobody knows yet is UNKNOWN.
 */
export function mapFulfilmentStatus(word: string, counts: Iterable<LineCount>): FulfilmentStatus {
  const beforeHandOver = STATES_BEFORE_HAND_OVER[word];
  if (beforeHandOver === undefined) return 'UNKNOWN';
  let fulfilled = 0;
  let returned = 0;
  let open = 0;
  for (const count of counts) {
    fulfilled += count.fulfilled;
    returned += count.returned;
    open += count.open;
  }
  if (fulfilled === 0) return beforeHandOver;
  if (word === 'RESTOCKED' && returned === fulfilled) return 'RETURNED';
  return open > 0 ? 'PARTIALLY_FULFILLED' : 'FULFILLED';
}
