import { GraphQLError } from 'graphql';
import { failed, type MutationContext, type MutationResolver } from '../graphql/context.ts';
import { recordEvent, recordUpdate } from '../history/record.ts';
import { setMetafield } from '../metafields.ts';
import { findVariant } from '../orders/create.ts';
import type { OrderCreateInput } from '../orders/create-input.ts';
import { addLine, previewEdit, setLineQuantity } from '../orders/edit.ts';
import type { RefundInput } from '../orders/refund.ts';
import type { OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { COMPANY_MUTATIONS } from './companies/mutations.ts';
import { CUSTOMER_CARE_MUTATIONS } from './customers/care.ts';
import { CUSTOMER_MUTATIONS } from './customers/mutations.ts';
import { FULFILLMENT_MUTATIONS } from './fulfillment/mutations.ts';
import { FULFILLMENT_ORDER_MUTATIONS } from './fulfillment/order-mutations.ts';
import { viewOrder, viewRefund, viewTransaction } from './order-view.ts';
import { cancelByJob } from './orders/cancel.ts';
import { applyOrderUpdate, checkOrderUpdate } from './orders/update.ts';
import { RETURN_MUTATIONS } from './returns/resolvers.ts';
import { WEBHOOK_MUTATIONS } from './subscriptions.ts';

/** Runs a change of one order; without it, the code-less error that order mutations have. */
function withOrder(
  context: MutationContext,
  id: unknown,
  change: (order: OrderState) => string | null,
): { order: unknown; userErrors: unknown[] } {
  const order = context.store.orders.get(String(id));
  if (order === undefined) return { order: null, userErrors: failed(['id'], 'Order does not exist') };
  const refusal = change(order);
  return { order: viewOrder(context.store, order), userErrors: refusal === null ? [] : failed(['id'], refusal) };
}

/** Stages one change of an open edit. */
function stageEdit(
  context: MutationContext,
  sessionId: unknown,
  check: (order: OrderState) => string | null,
  change: (order: OrderState) => void,
) {
  const session = context.store.edits.get(String(sessionId));
  const order = session && context.store.orders.get(session.orderId);
  if (!session || !order) return { userErrors: failed(['id'], 'The calculated order does not exist.') };
  const refusal = check(order);
  if (refusal !== null) return { userErrors: failed(['lineItemId'], refusal) };
  session.changes.push(change);
  return { ...viewEdit(context.store, String(sessionId), order), calculatedLineItem: null, userErrors: [] };
}

function viewEdit(store: Store, sessionId: string, order: OrderState) {
  const session = sessionId.replace('CalculatedOrder', 'OrderEditSession');
  return {
    calculatedOrder: {
      __typename: 'CalculatedOrder',
      id: sessionId,
      originalOrder: () => viewOrder(store, order),
      ...previewEdit(order, store.edits.get(sessionId) ?? { orderId: order.id, changes: [] }),
    },
    orderEditSession: { id: session },
  };
}

export const MUTATION_RESOLVERS: Readonly<Record<string, MutationResolver>> = {
  orderCreate: (args, { store, actions, now, version }) => {
    const input = args.order as OrderCreateInput;
    const isFuture = input.processedAt != null && Date.parse(input.processedAt) > now();
    if (isFuture && version < '2026-07')
      return {
        order: null,
        userErrors: failed(['order', 'processedAt'], 'Processed at is invalid', 'PROCESSED_AT_INVALID'),
      };
    // From 2026-07 on a time to come counts as now.
    const result = actions.placeOrder(store, isFuture ? { ...input, processedAt: isoSeconds(now()) } : input, {});
    return result.ok
      ? { order: viewOrder(store, result.order), userErrors: [] }
      : { order: null, userErrors: result.errors };
  },
  orderUpdate: (args, context) => {
    const input = args.input as Record<string, unknown>;
    const mistakes = checkOrderUpdate(input);
    const updated = withOrder(context, input.id, (order) => {
      if (mistakes.length === 0)
        context.actions.changeOrder(context.store, order, () => {
          applyOrderUpdate(context, order, input);
          recordUpdate(context.store, order, isoSeconds(context.now()));
        });
      return null;
    });
    return updated.order === null ? updated : { ...updated, userErrors: mistakes };
  },
  orderCancel: cancelByJob,
  orderClose: (args, context) =>
    withOrder(context, (args.input as { id: string }).id, (order) => {
      context.actions.changeOrder(context.store, order, () => {
        order.closedAt = isoSeconds(context.now());
        recordEvent(context.store, order, { action: 'closed', message: 'Order was closed.' }, order.closedAt);
      });
      return null;
    }),
  orderDelete: (args, { store, actions }) => {
    const order = store.orders.get(String(args.orderId));
    if (order === undefined)
      return {
        deletedId: null,
        userErrors: [{ field: ['orderId'], message: 'Order does not exist', code: 'NOT_FOUND' }],
      };
    actions.deleteOrder(store, order);
    return { deletedId: order.id, userErrors: [] };
  },
  orderMarkAsPaid: (args, context) =>
    withOrder(context, (args.input as { id: string }).id, (order) => context.actions.pay(context.store, order)),
  orderCapture: (args, context) => {
    const order = context.store.orders.get((args.input as { id: string }).id);
    const refusal = order === undefined ? 'Order does not exist' : context.actions.pay(context.store, order);
    const transaction = order?.transactions.at(-1);
    if (refusal !== null || order === undefined || transaction === undefined)
      return { transaction: null, userErrors: failed(['id'], refusal ?? 'Order has no payment') };
    return { transaction: viewTransaction(order, transaction), userErrors: [] };
  },
  orderEditBegin: (args, { store }) => {
    const order = store.orders.get(String(args.id));
    if (order === undefined)
      return { calculatedOrder: null, orderEditSession: null, userErrors: failed(['id'], 'The order does not exist.') };
    if (order.cancelledAt !== null)
      return {
        calculatedOrder: null,
        orderEditSession: null,
        userErrors: failed(['id'], 'The order cannot be edited.'),
      };
    const id = store.nextGid('CalculatedOrder');
    store.edits.set(id, { orderId: order.id, changes: [] });
    return { ...viewEdit(store, id, order), userErrors: [] };
  },
  orderEditSetQuantity: (args, context) => {
    const lineId = String(args.lineItemId).replace('CalculatedLineItem', 'LineItem');
    const quantity = Number(args.quantity);
    return stageEdit(
      context,
      args.id,
      (order) => (order.lines.some((line) => line.id === lineId) ? null : 'Line item does not exist'),
      (order) => void setLineQuantity(order, lineId, quantity),
    );
  },
  orderEditAddVariant: (args, context) =>
    stageEdit(
      context,
      args.id,
      () => (findVariant(context.store, String(args.variantId)) === null ? 'Variant does not exist' : null),
      (order) =>
        void addLine(context.store, order, { variantId: String(args.variantId), quantity: Number(args.quantity) }),
    ),
  orderEditAddCustomItem: (args, context) =>
    stageEdit(
      context,
      args.id,
      () => null,
      (order) =>
        void addLine(context.store, order, {
          title: String(args.title),
          quantity: Number(args.quantity),
          priceSet: { shopMoney: args.price as { amount: string; currencyCode: string } },
          taxable: args.taxable === true,
          requiresShipping: args.requiresShipping === true,
        }),
    ),
  orderEditCommit: (args, context) => {
    const { store, actions } = context;
    const session = store.edits.get(String(args.id));
    const order = session && store.orders.get(session.orderId);
    if (!session || !order)
      return { order: null, successMessages: [], userErrors: failed(['id'], 'The calculated order does not exist.') };
    if (session.changes.length === 0)
      return {
        order: null,
        successMessages: [],
        userErrors: failed(['id'], 'There must be at least one change to be made.'),
      };
    store.edits.delete(String(args.id));
    actions.editOrder(store, order, () => {
      for (const change of session.changes) change(order);
    });
    return { order: viewOrder(store, order), successMessages: [], userErrors: [] };
  },
  refundCreate: (args, context) => {
    const key = context.idempotencyKey('refundCreate');
    // From 2026-04 on; in 2026-01 the directive may be left out.
    if (key === null && context.version >= '2026-04')
      throw new GraphQLError('The @idempotent directive is required for this mutation but was not provided.', {
        extensions: { code: 'BAD_REQUEST' },
      });
    const input = args.input as RefundInput;
    return onceByKey(context, key, input, () => {
      const order = context.store.orders.get(input.orderId);
      if (order === undefined)
        return { refund: null, order: null, userErrors: failed(['orderId'], 'Order does not exist') };
      const legacy = (input.refundLineItems ?? []).findIndex((item) => item.restockType === 'LEGACY_RESTOCK');
      // The schema: "This value is not accepted when creating new refunds."
      if (legacy !== -1)
        return {
          refund: null,
          order: viewOrder(context.store, order),
          userErrors: failed(
            ['refundLineItems', String(legacy), 'restockType'],
            'Restock type is not included in the list',
          ),
        };
      const result = context.actions.refund(context.store, order, input);
      const shown = viewOrder(context.store, order);
      if (!result.ok) return { refund: null, order: shown, userErrors: failed(result.field, result.message) };
      return { refund: viewRefund(context.store, order, result.refund), order: shown, userErrors: [] };
    });
  },
  ...FULFILLMENT_MUTATIONS,
  ...FULFILLMENT_ORDER_MUTATIONS,
  ...COMPANY_MUTATIONS,
  ...RETURN_MUTATIONS,
  ...CUSTOMER_MUTATIONS,
  ...CUSTOMER_CARE_MUTATIONS,
  metafieldsSet: (args, context) => {
    const { store, actions, now } = context;
    const metafields: unknown[] = [];
    for (const [index, input] of (args.metafields as { ownerId: string; key: string; value: string }[]).entries()) {
      const owner = store.orders.get(input.ownerId) ?? store.customers.get(input.ownerId);
      if (owner === undefined)
        return {
          metafields: [],
          userErrors: [
            {
              field: ['metafields', String(index), 'ownerId'],
              message: 'Owner does not exist.',
              code: 'INVALID_VALUE',
              elementIndex: null,
            },
          ],
        };
      const made = setMetafield(store, owner.metafields, input, isoSeconds(now()));
      metafields.push({ ...made, compareDigest: made.updatedAt });
      if (owner.__typename === 'Order') actions.changeOrder(store, owner, () => {});
    }
    return { metafields, userErrors: [] };
  },
  ...WEBHOOK_MUTATIONS,
};

/** The same key with the same input returns the stored result; with another input it is refused. */
function onceByKey(context: MutationContext, key: string | null, input: unknown, run: () => object): unknown {
  if (key === null) return run();
  const text = JSON.stringify(input);
  const before = context.store.idempotent.get(key);
  if (before === undefined) {
    const result = run();
    context.store.idempotent.set(key, { input: text, result });
    return result;
  }
  if (before.input === text) return before.result;
  return { refund: null, order: null, userErrors: failed(null, 'The idempotency key was used with other parameters.') };
}
