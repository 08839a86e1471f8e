import { zeroBag } from '../../money.ts';
import type { OrderState, RefundState } from '../../state.ts';
import { restBag, restId, shopAmount } from '../rest-shapes.ts';
import { restLine, restShipping } from './lines.ts';
import { transactionPayload } from './transaction.ts';

export function refundPayload(order: OrderState, refund: RefundState) {
  return {
    id: restId(refund.id),
    order_id: restId(order.id),
    created_at: refund.createdAt,
    note: refund.note,
    user_id: null,
    processed_at: refund.createdAt,
    duties: [],
    total_duties_set: restBag(zeroBag(order.currencies)),
    return: refund.returnId === null ? null : { id: restId(refund.returnId), admin_graphql_api_id: refund.returnId },
    refund_shipping_lines: refund.refundShippingLines.map((item) => ({
      id: restId(item.id),
      shipping_line: order.shippingLines
        .filter((line) => line.id === item.shippingLineId)
        .map((line) => restShipping(order, line))[0],
      subtotal_amount_set: restBag(item.subtotalAmountSet),
      tax_amount_set: restBag(item.taxAmountSet),
    })),
    restock: refund.refundLineItems.some((item) => item.restockType !== 'NO_RESTOCK'),
    admin_graphql_api_id: refund.id,
    order_adjustments: refund.orderAdjustments.map((one) => ({
      id: restId(one.id),
      order_id: restId(order.id),
      refund_id: restId(refund.id),
      amount: shopAmount(one.amountSet),
      amount_set: restBag(one.amountSet),
      tax_amount: shopAmount(one.taxAmountSet),
      tax_amount_set: restBag(one.taxAmountSet),
      kind: 'refund_discrepancy',
      reason: one.reason?.toLowerCase() ?? null,
    })),
    refund_line_items: refund.refundLineItems.map((item) => ({
      id: restId(item.id),
      quantity: item.quantity,
      line_item_id: restId(item.lineId),
      location_id: item.locationId === null ? null : restId(item.locationId),
      restock_type: item.restockType.toLowerCase(),
      subtotal: Number(shopAmount(item.subtotalSet)),
      total_tax: Number(shopAmount(item.totalTaxSet)),
      subtotal_set: restBag(item.subtotalSet),
      total_tax_set: restBag(item.totalTaxSet),
      line_item: order.lines.filter((line) => line.id === item.lineId).map((line) => restLine(order, line))[0],
    })),
    transactions: order.transactions
      .filter((one) => refund.transactionIds.includes(one.id))
      .map((one) => transactionPayload(order, one)),
  };
}
