import { viewLocation } from '../../fulfillment/locations.ts';
import { findLine } from '../../fulfillment/ship.ts';
import { isPositive, scaleBag } from '../../money.ts';
import type { ReturnLineState, ReturnState } from '../../returns/state.ts';
import { type SuggestInput, suggestRefund } from '../../returns/suggest.ts';
import type { OrderState, RefundState, TransactionState } from '../../state.ts';
import type { Store } from '../../store.ts';
import { refundedShareOf } from '../../sums/refund-share.ts';
import { type OrderViews, viewFulfillmentLine } from '../fulfillment/view.ts';

/** What a return shows of the rest of the order. */
export interface ReturnViews extends OrderViews {
  readonly refund: (refund: RefundState) => unknown;
  readonly transaction: (transaction: TransactionState) => unknown;
}

/** Reasons that every shop has, with the id that stands for each. */
const REASONS = [
  'COLOR',
  'DEFECTIVE',
  'NOT_AS_DESCRIBED',
  'OTHER',
  'SIZE_TOO_LARGE',
  'SIZE_TOO_SMALL',
  'STYLE',
  'UNKNOWN',
  'UNWANTED',
  'WRONG_ITEM',
];

export const REASON_DEFINITIONS = REASONS.map((reason, index) => ({
  __typename: 'ReturnReasonDefinition',
  id: `gid://shopify/ReturnReasonDefinition/${index + 1}`,
  handle: reason.toLowerCase().replaceAll('_', '-'),
  name: reason.charAt(0) + reason.slice(1).toLowerCase().replaceAll('_', ' '),
  deleted: false,
  reason,
}));

const processing = (line: { readonly quantity: number; readonly processed: number }, isOpen: boolean) => ({
  processedQuantity: line.processed,
  unprocessedQuantity: line.quantity - line.processed,
  processableQuantity: isOpen ? line.quantity - line.processed : 0,
});

export function viewReturn(
  store: Store,
  order: OrderState,
  one: ReturnState,
  views: ReturnViews,
): Record<string, unknown> {
  const isOpen = one.status === 'OPEN';
  const isAsked = (args: unknown, line: { quantity: number; processed: number }): boolean => {
    const { processingStatus } = (args ?? {}) as { processingStatus?: string | null };
    if (processingStatus === 'PROCESSED') return line.processed > 0;
    return processingStatus === 'PROCESSABLE' ? isOpen && line.processed < line.quantity : true;
  };
  const refunds = () => order.refunds.filter((refund) => refund.returnId === one.id);
  return {
    ...one,
    order: views.order,
    totalQuantity: one.lines.reduce((count, line) => count + line.quantity, 0),
    returnShippingFees: one.shippingFees,
    requestApprovedAt: one.createdAt,
    returnLineItems: (args: unknown) =>
      one.lines.filter((line) => isAsked(args, line)).map((line) => viewReturnLine(order, line, isOpen, views)),
    exchangeLineItems: (args: unknown) =>
      one.exchanges
        .filter((line) => isAsked(args, line))
        .map((line) => ({
          ...line,
          __typename: 'ExchangeLineItem',
          ...processing(line, isOpen),
          variantSku: line.sku,
          lineItems: line.lineIds.map((id) => views.line(findLine(order, id))),
          lineItem: () => (line.lineIds[0] === undefined ? null : views.line(findLine(order, line.lineIds[0]))),
        })),
    refunds: () => refunds().map(views.refund),
    transactions: () =>
      order.transactions
        .filter((transaction) => refunds().some((refund) => refund.transactionIds.includes(transaction.id)))
        .map(views.transaction),
    reverseFulfillmentOrders: [viewReverseOrder(store, order, one, views)],
  };
}

function viewReturnLine(order: OrderState, line: ReturnLineState, isOpen: boolean, views: OrderViews) {
  const ordered = findLine(order, line.lineId);
  const definition = REASON_DEFINITIONS.find((reason) => reason.reason === line.reason);
  return {
    ...line,
    __typename: 'ReturnLineItem',
    ...processing(line, isOpen),
    // What was processed is in a refund, with or without money.
    refundedQuantity: line.processed,
    refundableQuantity: line.quantity - line.processed,
    returnReason: line.reason,
    returnReasonNote: line.note,
    returnReasonDefinition: definition ?? null,
    customerNote: null,
    withCodeDiscountedTotalPriceSet: refundedShareOf(order, ordered, line.quantity).subtotalSet,
    fulfillmentLineItem: () => viewHandedOver(order, line, views),
  };
}

function viewHandedOver(order: OrderState, line: ReturnLineState, views: OrderViews) {
  const handedOver = order.fulfillments.flatMap((one) => one.lines).find((one) => one.id === line.fulfillmentLineId);
  return handedOver === undefined ? null : viewFulfillmentLine(order, handedOver, views);
}

function viewReverseOrder(store: Store, order: OrderState, one: ReturnState, views: OrderViews) {
  return {
    __typename: 'ReverseFulfillmentOrder',
    id: one.reverseOrderId,
    status: one.status,
    order: views.order,
    lineItems: one.lines.map((line) => ({
      __typename: 'ReverseFulfillmentOrderLineItem',
      id: line.reverseLineId,
      totalQuantity: line.quantity,
      fulfillmentLineItem: () => viewHandedOver(order, line, views),
      dispositions: line.dispositions.map((disposition) => {
        const location = store.locations.find((candidate) => candidate.id === disposition.locationId);
        return {
          ...disposition,
          __typename: 'ReverseFulfillmentOrderDisposition',
          location: location === undefined ? null : viewLocation(location),
        };
      }),
    })),
  };
}

export function viewSuggestedRefund(order: OrderState, input: SuggestInput, views: ReturnViews) {
  const { lines, subtotal, tax, shipping, shippingTax, maximum, amount, payment } = suggestRefund(order, input);
  return {
    amountSet: amount,
    subtotalSet: subtotal,
    discountedSubtotalSet: subtotal,
    maximumRefundableSet: maximum,
    totalTaxSet: tax,
    totalCartDiscountAmountSet: scaleBag(subtotal, 0),
    totalDutiesSet: scaleBag(subtotal, 0),
    refundDuties: [],
    refundLineItems: lines.map(({ line, ...item }) => ({
      ...item,
      restocked: item.restockType !== 'NO_RESTOCK',
      priceSet: line.originalUnitPriceSet,
      lineItem: views.line(line),
      location: null,
    })),
    shipping: { amountSet: shipping, maximumRefundableSet: shipping, taxSet: shippingTax },
    suggestedTransactions:
      payment === null || !isPositive(amount)
        ? []
        : [
            {
              amountSet: amount,
              gateway: payment.gateway,
              formattedGateway: payment.gateway,
              kind: 'SUGGESTED_REFUND',
              maximumRefundableSet: maximum,
              parentTransaction: views.transaction(payment),
            },
          ],
  };
}
