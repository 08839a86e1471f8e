import { formatPadded } from '../money.ts';
import type { EventState, OrderState, TransactionState } from '../state.ts';
import type { Store } from '../store.ts';

/** Actions and messages are those of the schema's table of order events (its description of BasicEvent). */
export function recordEvent(
  store: Store,
  order: Pick<OrderState, 'events'>,
  event: Pick<EventState, 'action' | 'message'>,
  at: string,
): void {
  order.events.push({ id: store.nextGid('BasicEvent'), ...event, createdAt: at });
}

export const countLines = (count: number): string => `${count} line item${count === 1 ? '' : 's'}`;

const TRANSACTION_MESSAGES: Readonly<Record<string, (money: string) => string>> = {
  authorization_success: (money) => `The customer successfully authorized us to capture: ${money}.`,
  authorization_failure: (money) => `The customer, unsuccessfully, tried to authorize: ${money}.`,
  authorization_pending: (money) => `Authorization for ${money} is pending.`,
  capture_success: (money) => `We successfully captured: ${money}`,
  capture_failure: (money) => `We failed to capture: ${money}.`,
  capture_pending: (money) => `Capture for ${money} is pending.`,
  refund_success: (money) => `We successfully refunded ${money}.`,
  refund_failure: (money) => `We failed to refund ${money}.`,
  refund_pending: (money) => `Refund of ${money} is still pending.`,
  sale_success: (money) => `We successfully captured ${money}.`,
  sale_failure: (money) => `The customer failed to pay ${money}.`,
  sale_pending: (money) => `The ${money} is pending.`,
  void_success: () => 'We successfully voided the authorization.',
  void_failure: () => 'We failed to void the authorization.',
  void_pending: () => 'Authorization void is pending.',
};

const OUTCOMES: Readonly<Record<string, string>> = { SUCCESS: 'success', FAILURE: 'failure', ERROR: 'failure' };

/** A kind that the table does not have (change in cash) leaves no event. */
export function recordTransaction(store: Store, order: OrderState, transaction: TransactionState, at: string): void {
  const action = `${transaction.kind.toLowerCase()}_${OUTCOMES[transaction.status] ?? 'pending'}`;
  const { amount, currencyCode } = transaction.amountSet.presentmentMoney;
  const message = TRANSACTION_MESSAGES[action]?.(`${formatPadded(amount, currencyCode)} ${currencyCode}`);
  if (message !== undefined) recordEvent(store, order, { action, message }, at);
}

export function recordPlaced(store: Store, order: OrderState): void {
  const customer = store.customers.get(order.customerId ?? '');
  const name = [customer?.firstName, customer?.lastName].filter((part) => part).join(' ');
  recordEvent(store, order, { action: 'placed', message: 'Order was placed.' }, order.createdAt);
  recordEvent(
    store,
    order,
    { action: 'confirmed', message: `Received a new order: ${order.name}${name === '' ? '' : ` by ${name}`}.` },
    order.createdAt,
  );
}

export function recordUpdate(store: Store, order: OrderState, at: string): void {
  recordEvent(store, order, { action: 'update', message: `${order.name} was updated.` }, at);
}

export function recordRestock(store: Store, order: OrderState, lines: number, at: string): void {
  if (lines > 0)
    recordEvent(store, order, { action: 'restock_line_items', message: `We restocked ${countLines(lines)}.` }, at);
}
