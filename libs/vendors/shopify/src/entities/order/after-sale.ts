import {
  createDuty,
  createExternalId,
  createFulfilmentGroup,
  createFulfilmentGroupLine,
  createHold,
  createItemRef,
  createOrderExchangeLine,
  createOrderFee,
  createOrderPayment,
  createOrderRefund,
  createOrderRefundLine,
  createOrderReturn,
  createOrderReturnLine,
  createRef,
  createRefundAdjustment,
  Decimal,
  type FulfilmentGroup,
  type ItemRef,
  type OrderExchangeLine,
  type OrderPayment,
  type OrderRefund,
  type OrderReturn,
  type PaymentKind,
  type PaymentMethod,
  type PaymentState,
} from '@entrepot/canonical';
import { fromGid } from '../../ids.ts';
import {
  absoluteBag,
  bagOf,
  type Currencies,
  codeOrNull,
  idOrNull,
  sumBags,
  textOrNull,
  timeOrNull,
} from '../fields.ts';
import type { WireLine, WireOrder } from './wire.ts';
import type { WireRefund, WireReturn, WireTransaction } from './wire-after-sale.ts';

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

/** Gateways that are not money from outside but value the shop had issued before. */
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

type WireExchangeLine = WireReturn['exchangeLineItems']['nodes'][number];

/** Which return each order line is sent in exchange for, by the line's global id. */
export function findExchanges(order: WireOrder): ReadonlyMap<string, string> {
  return new Map(
    (order.returns?.nodes ?? []).flatMap((one) =>
      one.exchangeLineItems.nodes.flatMap((item) =>
        (item.lineItems ?? []).map((line) => [line.id, fromGid(one.id)] as const),
      ),
    ),
  );
}

export function mapReturns(order: WireOrder): OrderReturn[] {
  const lines = new Map(order.lineItems.nodes.map((line) => [line.id, line]));
  return (order.returns?.nodes ?? []).map((one) =>
    createOrderReturn({
      id: fromGid(one.id),
      number: one.name,
      status: one.status,
      at: timeOrNull(one.createdAt),
      lines: one.returnLineItems.nodes
        // A line returned without its order line being known (unverified) belongs to no line of ours.
        .filter((line) => line.fulfillmentLineItem !== undefined)
        .map((line) =>
          createOrderReturnLine({
            lineId: fromGid(line.fulfillmentLineItem?.lineItem.id ?? ''),
            quantity: new Decimal(line.quantity),
            received: new Decimal(line.processedQuantity),
            reason: textOrNull(line.returnReasonNote) ?? line.returnReasonDefinition?.name ?? null,
          }),
        ),
      exchangeLineIds: one.exchangeLineItems.nodes.flatMap((item) =>
        (item.lineItems ?? []).map((line) => fromGid(line.id)),
      ),
      fees: one.returnShippingFees.map((fee) =>
        createOrderFee({ id: fromGid(fee.id), kind: 'return', title: 'Return shipping', amount: bagOf(fee.amountSet) }),
      ),
      exchangeLines: one.exchangeLineItems.nodes.map((item) => mapExchangeLine(item, lines)),
    }),
  );
}

/** The order line knows the goods and their price; before there is one, the exchange line names them where the API version does. */
function mapExchangeLine(item: WireExchangeLine, lines: ReadonlyMap<string, WireLine>): OrderExchangeLine {
  const processed = item.lineItems ?? [];
  const line = lines.get(processed[0]?.id ?? '');
  return createOrderExchangeLine({
    id: fromGid(item.id),
    lineIds: processed.map((one) => fromGid(one.id)),
    item: line ? mapItem(line) : mapPendingItem(item),
    title: textOrNull(line?.title ?? item.title),
    variantTitle: textOrNull(line?.variantTitle ?? item.variantTitle),
    quantity: new Decimal(item.quantity),
    unitPrice: line ? bagOf(line.originalUnitPriceSet) : null,
  });
}

function mapPendingItem(item: WireExchangeLine): ItemRef | null {
  const idOf = (gid: string | null | undefined): string | null => (gid ? fromGid(gid) : null);
  const ref = { productId: idOf(item.productId), variantId: idOf(item.variantId), sku: codeOrNull(item.variantSku) };
  return Object.values(ref).every((value) => value === null) ? null : createItemRef(ref);
}

/** What a line sells: the first of the variant's bar codes is its bar code, as Shopify has it, the others are alternate ids. */
export function mapItem(line: WireLine): ItemRef | null {
  const productId = idOrNull(line.product);
  const variantId = idOrNull(line.variant);
  const sku = codeOrNull(line.sku);
  if (productId === null && variantId === null && sku === null) return null;
  const listed = line.variant?.barcodes?.nodes.map((code) => code.value) ?? [line.variant?.barcode];
  const [barcode = null, ...others] = listed.map(textOrNull).filter((code) => code !== null);
  const alternateIds = others.map((id) => createExternalId({ kind: 'barcode', id }));
  return createItemRef({ productId, variantId, sku, barcode, alternateIds });
}
