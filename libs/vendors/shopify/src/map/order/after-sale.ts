import {
  createDuty,
  createFulfilmentGroup,
  createFulfilmentGroupLine,
  createHold,
  createOrderPayment,
  createOrderRefund,
  createOrderRefundLine,
  createRef,
  createRefundAdjustment,
  Decimal,
  type FulfilmentGroup,
  type OrderPayment,
  type OrderRefund,
  type PaymentKind,
  type PaymentMethod,
  type PaymentState,
} from '@entrepot/canonical';
import { fromGid } from '../../ids.ts';
import type { WireOrder } from '../../wire.ts';
import type { WireRefund, WireTransaction } from '../../wire-after-sale.ts';
import { absoluteBag, bagOf, type Currencies, sumBags } from '../bags.ts';
import { idOrNull, textOrNull, timeOrNull } from '../fields.ts';

const PAYMENT_KINDS: Readonly<Record<string, PaymentKind>> = {
  AUTHORIZATION: 'AUTHORIZE',
  EMV_AUTHORIZATION: 'AUTHORIZE',
  CAPTURE: 'CAPTURE',
  SALE: 'SALE',
  REFUND: 'REFUND',
  VOID: 'VOID',
};

const PAYMENT_STATES: Readonly<Record<string, PaymentState>> = {
  SUCCESS: 'SUCCEEDED',
  PENDING: 'PENDING',
  AWAITING_RESPONSE: 'PENDING',
  FAILURE: 'FAILED',
  ERROR: 'FAILED',
};

/** Gateways that are not money from outside but value the shop had handed out before. */
const TENDER_GATEWAYS: Readonly<Record<string, PaymentMethod>> = {
  gift_card: 'GIFT_CARD',
  store_credit: 'STORE_CREDIT',
  shopify_store_credit: 'STORE_CREDIT',
};

function paymentMethod(transaction: WireTransaction): PaymentMethod {
  const byGateway = TENDER_GATEWAYS[transaction.gateway ?? ''];
  if (byGateway !== undefined) return byGateway;
  if (transaction.paymentDetails?.__typename === 'CardPaymentDetails') return 'CARD';
  return transaction.manualPaymentGateway || transaction.gateway === 'manual' ? 'MANUAL' : 'OTHER';
}

/** Payments without any card data: card details are asked for by type name only. Suggested refunds are no movements of money. */
export function mapPayments(transactions: readonly WireTransaction[]): OrderPayment[] {
  return transactions
    .filter((transaction) => transaction.kind !== 'SUGGESTED_REFUND')
    .map((transaction) =>
      createOrderPayment({
        id: fromGid(transaction.id),
        parentId: idOrNull(transaction.parentTransaction),
        kind: PAYMENT_KINDS[transaction.kind] ?? 'UNKNOWN',
        kindRaw: transaction.kind,
        status: PAYMENT_STATES[transaction.status] ?? 'UNKNOWN',
        statusRaw: transaction.status,
        method: paymentMethod(transaction),
        methodRaw: transaction.gateway,
        gateway: textOrNull(transaction.gateway),
        reference: textOrNull(transaction.paymentId),
        amount: absoluteBag(bagOf(transaction.amountSet)),
        processedAt: timeOrNull(transaction.processedAt ?? transaction.createdAt),
        test: transaction.test,
      }),
    );
}

export function mapRefunds(order: WireOrder): OrderRefund[] {
  const currencies: Currencies = { base: order.currencyCode, document: order.presentmentCurrencyCode };
  return order.refunds.map((refund) => mapRefund(refund, currencies));
}

function mapRefund(refund: WireRefund, currencies: Currencies): OrderRefund {
  const shipping = refund.refundShippingLines.nodes;
  return createOrderRefund({
    id: fromGid(refund.id),
    at: timeOrNull(refund.processedAt ?? refund.createdAt),
    reason: textOrNull(refund.note),
    lines: refund.refundLineItems.nodes.map((item) =>
      createOrderRefundLine({
        lineId: fromGid(item.lineItem.id),
        quantity: new Decimal(item.quantity),
        subtotal: bagOf(item.subtotalSet),
        tax: bagOf(item.totalTaxSet),
        restock: item.restocked || item.restockType === 'RETURN' || item.restockType === 'CANCEL',
        location: item.location ? createRef({ id: fromGid(item.location.id), name: item.location.name }) : null,
      }),
    ),
    shipping: sumBags(
      shipping.map((line) => bagOf(line.subtotalAmountSet)),
      currencies,
    ),
    shippingTax: sumBags(
      shipping.map((line) => bagOf(line.taxAmountSet)),
      currencies,
    ),
    duties: (refund.duties ?? []).map((duty) =>
      createDuty({
        id: idOrNull(duty.originalDuty),
        hsCode: duty.originalDuty?.harmonizedSystemCode ?? null,
        origin: duty.originalDuty?.countryCodeOfOrigin ?? null,
        amount: bagOf(duty.amountSet),
      }),
    ),
    adjustments: refund.orderAdjustments.nodes.map((adjustment) =>
      createRefundAdjustment({
        kind: adjustment.reason?.toLowerCase() ?? null,
        amount: bagOf(adjustment.amountSet),
        tax: bagOf(adjustment.taxAmountSet),
      }),
    ),
    total: bagOf(refund.totalRefundedSet),
    paymentIds: refund.transactions.nodes.map((transaction) => fromGid(transaction.id)),
    returnId: idOrNull(refund.return),
  });
}

export function mapFulfilmentGroups(order: WireOrder): FulfilmentGroup[] {
  return (order.fulfillmentOrders?.nodes ?? []).map((group) =>
    createFulfilmentGroup({
      id: fromGid(group.id),
      location: createRef({ id: idOrNull(group.assignedLocation.location), name: group.assignedLocation.name }),
      status: group.status,
      deliveryMethod: group.deliveryMethod?.methodType ?? null,
      fulfilAt: timeOrNull(group.fulfillAt),
      holds: group.fulfillmentHolds.map((hold) =>
        createHold({
          kind: hold.reason.toLowerCase(),
          code: hold.reason,
          reason: textOrNull(hold.reasonNotes) ?? hold.displayReason,
        }),
      ),
      lines: group.lineItems.nodes.map((line) =>
        createFulfilmentGroupLine({
          lineId: fromGid(line.lineItem.id),
          quantity: new Decimal(line.totalQuantity),
          remaining: new Decimal(line.remainingQuantity),
        }),
      ),
    }),
  );
}
