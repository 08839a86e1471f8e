import { fulfillmentStatusOf } from '../fulfillment/quantities.ts';
import type { FulfillmentState } from '../fulfillment/state.ts';
import { sumBags, zeroBag } from '../money.ts';
import { computeTotals, financialStatusOf, type OrderTotals } from '../orders/totals.ts';
import type { ReturnState } from '../returns/state.ts';
import type { OrderState, RefundState, TransactionState } from '../state.ts';
import { type Store } from '../store.ts';
import { lineTotal, restLine, restShipping } from './line-items.ts';
import { customerPayload, restAddress, restBag, restId, shopAmount } from './rest-shapes.ts';

export function orderPayload(store: Store, order: OrderState) {
  const totals = computeTotals(order);
  const customer = order.customerId === null ? undefined : store.customers.get(order.customerId);
  const originalLines = sumBags(
    order.lines.filter((line) => !line.isTip).map((line) => lineTotal(line)),
    order.currencies,
  );
  return {
    id: restId(order.id),
    admin_graphql_api_id: order.id,
    app_id: null,
    browser_ip: null,
    buyer_accepts_marketing: false,
    cancel_reason: order.cancelReason?.toLowerCase() ?? null,
    cancelled_at: order.cancelledAt,
    cart_token: null,
    checkout_token: null,
    client_details: null,
    closed_at: order.closedAt,
    confirmation_number: null,
    confirmed: true,
    contact_email: order.email,
    created_at: order.createdAt,
    currency: order.currencies.shop,
    current_shipping_price_set: restBag(totals.currentShipping),
    current_subtotal_price: shopAmount(totals.currentSubtotal),
    current_subtotal_price_set: restBag(totals.currentSubtotal),
    ...feesAndDuties(order, totals),
    current_total_discounts: shopAmount(totals.currentDiscounts),
    current_total_discounts_set: restBag(totals.currentDiscounts),
    current_total_price: shopAmount(totals.currentTotal),
    current_total_price_set: restBag(totals.currentTotal),
    current_total_tax: shopAmount(totals.currentTax),
    current_total_tax_set: restBag(totals.currentTax),
    customer_locale: order.customerLocale,
    device_id: null,
    discount_codes: order.discountCodes.map((code) => ({
      code,
      amount: shopAmount(totals.discounts),
      type: 'fixed_amount',
    })),
    duties_included: order.dutiesIncluded,
    email: order.email,
    estimated_taxes: false,
    financial_status: financialStatusOf(order, totals)?.toLowerCase() ?? 'pending',
    fulfillment_status: restFulfillmentStatus(order),
    location_id: null,
    name: order.name,
    note: order.note,
    note_attributes: order.customAttributes.map((attribute) => ({ name: attribute.key, value: attribute.value })),
    number: order.number - 1000,
    order_number: order.number,
    payment_gateway_names: [...new Set(order.transactions.map((transaction) => transaction.gateway))],
    phone: order.phone,
    po_number: order.poNumber,
    presentment_currency: order.currencies.presentment,
    processed_at: order.processedAt,
    source_identifier: order.sourceIdentifier,
    source_name: order.sourceName,
    subtotal_price: shopAmount(totals.subtotal),
    subtotal_price_set: restBag(totals.subtotal),
    tags: order.tags.join(', '),
    tax_exempt: order.taxExempt,
    tax_lines: [],
    taxes_included: order.taxesIncluded,
    test: order.test,
    total_discounts: shopAmount(totals.discounts),
    total_discounts_set: restBag(totals.discounts),
    total_line_items_price: shopAmount(originalLines),
    total_line_items_price_set: restBag(originalLines),
    total_outstanding: shopAmount(totals.outstanding),
    total_price: shopAmount(totals.total),
    total_price_set: restBag(totals.total),
    total_shipping_price_set: restBag(totals.shipping),
    total_tax: shopAmount(totals.tax),
    total_tax_set: restBag(totals.tax),
    total_tip_received: shopAmount(totals.tips),
    total_weight: 0,
    updated_at: order.updatedAt,
    user_id: null,
    billing_address: restAddress(order.billingAddress),
    customer: customer === undefined ? null : customerPayload(customer),
    discount_applications: [],
    fulfillments: order.fulfillments.map((one) => fulfillmentPayload(order, one)),
    line_items: order.lines.map((line) => restLine(order, line)),
    payment_terms: null,
    refunds: order.refunds.map((refund) => refundPayload(order, refund)),
    shipping_address: restAddress(order.shippingAddress),
    shipping_lines: order.shippingLines.map((line) => restShipping(order, line)),
    returns: order.returns.map((one) => returnPayload(order, one)),
    line_item_groups: [],
  };
}

/** Null where the order has none, as in the Admin API. */
function feesAndDuties(order: OrderState, totals: OrderTotals) {
  const hasFees = order.additionalFees.length > 0;
  const hasDuties = order.lines.some((line) => line.duties.length > 0);
  return {
    original_total_additional_fees_set: hasFees ? restBag(totals.fees) : null,
    current_total_additional_fees_set: hasFees ? restBag(totals.currentFees) : null,
    original_total_duties_set: hasDuties ? restBag(totals.duties) : null,
    current_total_duties_set: hasDuties ? restBag(totals.currentDuties) : null,
  };
}

export function transactionPayload(order: OrderState, transaction: TransactionState) {
  return {
    id: restId(transaction.id),
    order_id: restId(order.id),
    kind: transaction.kind.toLowerCase(),
    gateway: transaction.gateway,
    status: transaction.status.toLowerCase(),
    message: null,
    created_at: transaction.createdAt,
    test: transaction.test,
    authorization: transaction.authorizationCode,
    parent_id: transaction.parentId === null ? null : restId(transaction.parentId),
    processed_at: transaction.processedAt,
    source_name: order.sourceName,
    amount: shopAmount(transaction.amountSet),
    currency: order.currencies.shop,
    admin_graphql_api_id: transaction.id,
  };
}

export function refundPayload(order: OrderState, refund: RefundState) {
  return {
    id: restId(refund.id),
    admin_graphql_api_id: refund.id,
    created_at: refund.createdAt,
    note: refund.note,
    order_id: restId(order.id),
    processed_at: refund.createdAt,
    restock: refund.refundLineItems.some((item) => item.restockType !== 'NO_RESTOCK'),
    total_duties_set: restBag(zeroBag(order.currencies)),
    order_adjustments: [],
    transactions: order.transactions
      .filter((one) => refund.transactionIds.includes(one.id))
      .map((one) => transactionPayload(order, one)),
    refund_line_items: refund.refundLineItems.map((item) => ({
      id: restId(item.id),
      line_item_id: restId(item.lineId),
      location_id: null,
      quantity: item.quantity,
      restock_type: item.restockType.toLowerCase(),
      subtotal: Number(shopAmount(item.subtotalSet)),
      total_tax: Number(shopAmount(item.totalTaxSet)),
    })),
  };
}

/** REST tells of an order what was handed over, and nothing of holds. */
function restFulfillmentStatus(order: OrderState): string | null {
  if (order.lines.every((line) => line.fulfilled === 0)) return null;
  return fulfillmentStatusOf(order) === 'FULFILLED' ? 'fulfilled' : 'partial';
}

export function fulfillmentPayload(order: OrderState, fulfillment: FulfillmentState) {
  const { tracking } = fulfillment;
  const numbers = tracking.flatMap((one) => one.number ?? []);
  const urls = tracking.flatMap((one) => one.url ?? []);
  return {
    id: restId(fulfillment.id),
    order_id: restId(order.id),
    status: fulfillment.status.toLowerCase(),
    created_at: fulfillment.createdAt,
    service: 'manual',
    updated_at: fulfillment.updatedAt,
    tracking_company: tracking[0]?.company ?? null,
    shipment_status: null,
    location_id: restId(fulfillment.locationId),
    origin_address: null,
    email: order.email,
    destination: restAddress(order.shippingAddress),
    line_items: fulfillment.lines.flatMap(({ lineId, quantity }) =>
      order.lines
        .filter((line) => line.id === lineId)
        .map((line) => ({ ...restLine(order, line), quantity, variant_inventory_management: null })),
    ),
    tracking_number: numbers[0] ?? null,
    tracking_numbers: numbers,
    tracking_url: urls[0] ?? null,
    tracking_urls: urls,
    receipt: {},
    name: fulfillment.name.replace('-F', '.'),
    admin_graphql_api_id: fulfillment.id,
  };
}

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
    return_shipping_fees: [],
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
