import {
  createItemRef,
  createOrderExchangeLine,
  createOrderFee,
  createOrderReturn,
  createOrderReturnLine,
  Decimal,
  type ItemRef,
  type OrderExchangeLine,
  type OrderReturn,
} from '@entrepot/canonical';
import { fromGid } from '../../ids.ts';
import type { WireLine, WireOrder } from '../../wire.ts';
import type { WireReturn } from '../../wire-after-sale.ts';
import { bagOf } from '../bags.ts';
import { codeOrNull, mapItem, textOrNull, timeOrNull } from '../fields.ts';

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
