import {
  createDuty,
  createItemRef,
  createOrderExchangeLine,
  createOrderFee,
  createOrderRefund,
  createOrderRefundLine,
  createOrderReturn,
  createOrderReturnLine,
  createRef,
  createRefundAdjustment,
  Decimal,
  type ItemRef,
  type OrderExchangeLine,
  type OrderRefund,
  type OrderReturn,
} from '@entrepot/canonical';
import {
  bagOf,
  type Currencies,
  codeOrNull,
  fromGid,
  idOrNull,
  sumBags,
  textOrNull,
  timeOrNull,
} from '../../fields.ts';
import { mapItem } from './lines.ts';
import type { WireLine, WireOrder } from './wire.ts';
import type { WireRefund, WireReturn } from './wire-after-sale.ts';

export function mapRefund(refund: WireRefund, order: WireOrder): OrderRefund {
  const currencies: Currencies = { base: order.currencyCode, document: order.presentmentCurrencyCode };
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

type WireExchangeLine = WireReturn['exchangeLineItems']['nodes'][number];

export function mapReturn(one: WireReturn, order: WireOrder): OrderReturn {
  const lines = new Map(order.lineItems.nodes.map((line) => [line.id, line]));
  return createOrderReturn({
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
  });
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
