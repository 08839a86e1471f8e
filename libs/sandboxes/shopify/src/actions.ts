import { randomInt } from 'node:crypto';
import type { CommitLog } from '@entrepot/sandbox-faults';
import { type MergeOverrides, mergeCustomers } from './customers/merge.ts';
import { createFulfillmentActions, type FulfillmentActions } from './fulfillment/actions.ts';
import { syncFulfillmentOrders } from './fulfillment/routing.ts';
import { recordUpdate } from './history/record.ts';
import { revokeTokens } from './oauth/tokens.ts';
import { cancelOrder, markAsPaid, touch } from './orders/change.ts';
import { type CreateResult, createOrder } from './orders/create.ts';
import type { OrderCreateInput, OrderExtras } from './orders/create-input.ts';
import { describeEdit, quantitiesOf } from './orders/edit.ts';
import { createRefund, type RefundInput, type RefundResult } from './orders/refund.ts';
import { createReturnActions, type ReturnActions } from './returns/actions.ts';
import type { CustomerState, OrderState, RefundState } from './state.ts';
import { isoSeconds, numericId, type Store } from './store.ts';
import { financialStatusOf } from './sums/totals.ts';
import { customerPayload } from './webhooks/bodies/customer.ts';
import { fulfillmentPayload } from './webhooks/bodies/fulfillment.ts';
import { orderPayload } from './webhooks/bodies/order.ts';
import { refundPayload } from './webhooks/bodies/refund.ts';
import { returnPayload } from './webhooks/bodies/return.ts';
import { shopPayload } from './webhooks/bodies/shop.ts';
import { transactionPayload } from './webhooks/bodies/transaction.ts';
import type { WebhookSender } from './webhooks/delivery.ts';
import { RawNumber } from './webhooks/raw-json.ts';

/** Everything that changes a store, with its webhooks and its entry in the commit log; the Admin API and the control API both go through it. */
export interface Actions extends FulfillmentActions, ReturnActions {
  placeOrder(store: Store, input: OrderCreateInput, extras: OrderExtras): CreateResult;
  /** Changes an order in place and sends `orders/updated`. */
  changeOrder(store: Store, order: OrderState, change: (order: OrderState) => void): void;
  editOrder(store: Store, order: OrderState, change: (order: OrderState) => void): void;
  cancel(
    store: Store,
    order: OrderState,
    options: { reason: string; refund: boolean; restock: boolean },
  ): string | null;
  pay(store: Store, order: OrderState): string | null;
  refund(store: Store, order: OrderState, input: RefundInput): RefundResult;
  deleteOrder(store: Store, order: OrderState): void;
  customerCreated(store: Store, customer: CustomerState): void;
  customerUpdated(store: Store, customer: CustomerState): void;
  deleteCustomer(store: Store, customer: CustomerState): void;
  mergeCustomers(
    store: Store,
    kept: CustomerState,
    gone: CustomerState,
    overrides: MergeOverrides,
    jobId: string,
  ): void;
  /** The shop's owner takes the app off: its tokens and subscriptions end. */
  uninstall(store: Store): void;
}

export function createActions(sender: WebhookSender, commits: CommitLog, now: () => number): Actions {
  const log = (
    kind: 'Order' | 'Customer' | 'Refund',
    id: string,
    action: 'create' | 'update' | 'cancel' | 'delete',
    number: string | null,
    externalRef: string | null,
  ): void => commits.append({ externalRef, kind, id: numericId(id), number, action });
  const logOrder = (order: OrderState, action: 'create' | 'update' | 'cancel' | 'delete'): void =>
    log('Order', order.id, action, order.name, order.sourceIdentifier);
  const tellOrder = (store: Store, order: OrderState, ...topics: string[]): void => {
    for (const topic of topics) sender.emit(store, topic, orderPayload(store, order));
  };

  const changed = (store: Store, order: OrderState, ...topics: string[]): void => {
    logOrder(order, 'update');
    tellOrder(store, order, ...topics);
  };
  const tellRefund = (store: Store, order: OrderState, refund: RefundState): void => {
    log('Refund', refund.id, 'create', null, null);
    sender.emit(store, 'refunds/create', refundPayload(order, refund));
  };
  const returns = createReturnActions(
    {
      order: changed,
      refund: tellRefund,
      back: (store, order, one, topic) => sender.emit(store, topic, returnPayload(order, one)),
    },
    now,
  );
  const fulfillment = createFulfillmentActions(
    {
      order: changed,
      fulfillment: (store, order, one, topic) => sender.emit(store, topic, fulfillmentPayload(order, one)),
    },
    now,
  );

  return {
    ...fulfillment,
    ...returns,
    placeOrder: (store, input, extras) => {
      const result = createOrder(store, input, extras, now);
      if (!result.ok) return result;
      const { order } = result;
      logOrder(order, 'create');
      if (result.customer && result.customer.change !== 'none') {
        const customer = store.customers.get(result.customer.id) as CustomerState;
        const created = result.customer.change === 'created';
        log('Customer', customer.id, created ? 'create' : 'update', null, null);
        sender.emit(store, created ? 'customers/create' : 'customers/update', customerPayload(store, customer));
      }
      tellOrder(store, order, 'orders/create');
      for (const transaction of order.transactions)
        sender.emit(store, 'order_transactions/create', transactionPayload(order, transaction));
      if (financialStatusOf(order) === 'PAID') tellOrder(store, order, 'orders/paid');
      return result;
    },
    changeOrder: (store, order, change) => {
      change(order);
      touch(order, now);
      logOrder(order, 'update');
      tellOrder(store, order, 'orders/updated');
    },
    editOrder: (store, order, change) => {
      const before = quantitiesOf(order);
      change(order);
      syncFulfillmentOrders(store, order, now);
      order.edited = true;
      touch(order, now);
      recordUpdate(store, order, order.updatedAt);
      logOrder(order, 'update');
      const delta = describeEdit(before, order);
      const rest = (one: { id: string; delta: number }) => ({ id: new RawNumber(numericId(one.id)), delta: one.delta });
      sender.emit(store, 'orders/edited', {
        order_edit: {
          id: randomInt(1, 2 ** 47),
          app_id: null,
          created_at: isoSeconds(now()),
          committed_at: isoSeconds(now()),
          notify_customer: false,
          order_id: new RawNumber(numericId(order.id)),
          staff_note: '',
          user_id: null,
          line_items: { additions: delta.additions.map(rest), removals: delta.removals.map(rest) },
          discounts: { line_item: { additions: [], removals: [] } },
          shipping_lines: { additions: [], removals: [] },
        },
      });
      tellOrder(store, order, 'orders/updated');
    },
    cancel: (store, order, options) => {
      const refusal = cancelOrder(store, order, options, now);
      if (refusal !== null) return refusal;
      logOrder(order, 'cancel');
      tellOrder(store, order, 'orders/cancelled', 'orders/updated');
      return null;
    },
    pay: (store, order) => {
      const refusal = markAsPaid(store, order, now);
      if (refusal !== null) return refusal;
      logOrder(order, 'update');
      const transaction = order.transactions.at(-1);
      if (transaction) sender.emit(store, 'order_transactions/create', transactionPayload(order, transaction));
      tellOrder(store, order, 'orders/paid', 'orders/updated');
      return null;
    },
    refund: (store, order, input) => {
      const result = createRefund(store, order, input, now);
      if (!result.ok) return result;
      tellRefund(store, order, result.refund);
      tellOrder(store, order, 'orders/updated');
      return result;
    },
    deleteOrder: (store, order) => {
      store.orders.delete(order.id);
      logOrder(order, 'delete');
      sender.emit(store, 'orders/delete', { id: new RawNumber(numericId(order.id)) });
    },
    customerCreated: (store, customer) => {
      log('Customer', customer.id, 'create', null, null);
      sender.emit(store, 'customers/create', customerPayload(store, customer));
    },
    customerUpdated: (store, customer) => {
      log('Customer', customer.id, 'update', null, null);
      sender.emit(store, 'customers/update', customerPayload(store, customer));
    },
    mergeCustomers: (store, kept, gone, overrides, jobId) => {
      mergeCustomers(store, kept, gone, overrides, now);
      log('Customer', gone.id, 'delete', null, null);
      sender.emit(store, 'customers/merge', {
        admin_graphql_api_customer_kept_id: kept.id,
        admin_graphql_api_customer_deleted_id: gone.id,
        admin_graphql_api_job_id: jobId,
        status: 'success',
        errors: [],
      });
      sender.emit(store, 'customers/update', customerPayload(store, kept));
    },
    uninstall: (store) => {
      sender.emit(store, 'app/uninstalled', shopPayload(store));
      revokeTokens(store);
      store.subscriptions.clear();
    },
    deleteCustomer: (store, customer) => {
      store.customers.delete(customer.id);
      log('Customer', customer.id, 'delete', null, null);
      sender.emit(store, 'customers/delete', {
        id: new RawNumber(numericId(customer.id)),
        tax_exemptions: [],
        admin_graphql_api_id: customer.id,
      });
    },
  };
}
