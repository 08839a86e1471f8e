import type { ReturnState } from '../../returns/state.ts';
import type { OrderState } from '../../state.ts';
import { restBag, restId } from '../rest-shapes.ts';

export function returnPayload(order: OrderState, one: ReturnState) {
  const count = (lines: readonly { readonly quantity: number }[]): number =>
    lines.reduce((sum, line) => sum + line.quantity, 0);
  return {
    id: restId(one.id),
    admin_graphql_api_id: one.id,
    status: one.status.toLowerCase(),
    order: { id: restId(order.id), admin_graphql_api_id: order.id },
    total_return_line_items: count(one.lines),
    name: one.name,
    return_line_items: one.lines.map((line) => ({
      id: restId(line.id),
      admin_graphql_api_id: line.id,
      fulfillment_line_item: { id: restId(line.fulfillmentLineId), admin_graphql_api_id: line.fulfillmentLineId },
      quantity: line.quantity,
      return_reason: line.reason.toLowerCase(),
      return_reason_note: line.note,
      customer_note: null,
    })),
    return_shipping_fees: one.shippingFees.map((fee) => ({
      id: restId(fee.id),
      admin_graphql_api_id: fee.id,
      amount_set: restBag(fee.amountSet),
    })),
    exchange_line_items: one.exchanges.map((line) => ({
      id: restId(line.id),
      admin_graphql_api_id: line.id,
      quantity: line.quantity,
      variant_id: line.variantId === null ? null : restId(line.variantId),
      line_items: line.lineIds.map((id) => ({ id: restId(id), admin_graphql_api_id: id })),
    })),
    total_exchange_line_items: count(one.exchanges),
  };
}
