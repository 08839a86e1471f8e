import { type Money, type MoneyBag, sumBags, zeroBag } from '../money.ts';
import {
  computeTotals,
  currentQuantityOf,
  financialStatusOf,
  fulfillmentStatusOf,
  type OrderTotals,
} from '../orders/totals.ts';
import type { LineState, OrderState, RefundState, ShippingLineState, TransactionState } from '../state.ts';
import { type Store } from '../store.ts';
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
    fulfillment_status: fulfillmentStatusOf(order) === 'UNFULFILLED' ? null : fulfillmentStatusOf(order).toLowerCase(),
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
    fulfillments: [],
    line_items: order.lines.map((line) => restLine(order, line)),
    payment_terms: null,
    refunds: order.refunds.map((refund) => refundPayload(order, refund)),
    shipping_address: restAddress(order.shippingAddress),
    shipping_lines: order.shippingLines.map((line) => restShipping(order, line)),
    returns: [],
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

function lineTotal(line: LineState): MoneyBag {
  const scale = (money: Money): Money => ({ ...money, amount: money.amount.times(line.quantity) });
  return {
    shopMoney: scale(line.originalUnitPriceSet.shopMoney),
    presentmentMoney: scale(line.originalUnitPriceSet.presentmentMoney),
  };
}

function restTaxes(taxLines: LineState['taxLines']) {
  return taxLines.map((tax) => ({
    channel_liable: false,
    price: shopAmount(tax.priceSet),
    price_set: restBag(tax.priceSet),
    rate: tax.rate,
    title: tax.title,
  }));
}

function restAllocations(owner: Pick<LineState, 'discountAllocations'>) {
  return owner.discountAllocations.map((allocation) => ({
    amount: shopAmount(allocation.allocatedAmountSet),
    amount_set: restBag(allocation.allocatedAmountSet),
    discount_application_index: allocation.discountApplication.index,
  }));
}

function restLine(order: OrderState, line: LineState) {
  const discount = sumBags(
    line.discountAllocations.map((allocation) => allocation.allocatedAmountSet),
    order.currencies,
  );
  return {
    id: restId(line.id),
    admin_graphql_api_id: line.id,
    attributed_staffs: [],
    current_quantity: currentQuantityOf(line),
    fulfillable_quantity: line.requiresShipping ? currentQuantityOf(line) - line.fulfilled : 0,
    fulfillment_service: 'manual',
    fulfillment_status: line.fulfilled > 0 ? 'fulfilled' : null,
    gift_card: line.isGiftCard,
    grams: 0,
    name: line.variantTitle === null ? line.title : `${line.title} - ${line.variantTitle}`,
    price: shopAmount(line.originalUnitPriceSet),
    price_set: restBag(line.originalUnitPriceSet),
    product_exists: line.productId !== null,
    product_id: line.productId === null ? null : restId(line.productId),
    properties: line.customAttributes.map((attribute) => ({ name: attribute.key, value: attribute.value })),
    quantity: line.quantity,
    requires_shipping: line.requiresShipping,
    sku: line.sku,
    taxable: line.taxable,
    title: line.title,
    total_discount: '0.00',
    total_discount_set: restBag(discount),
    variant_id: line.variantId === null ? null : restId(line.variantId),
    variant_title: line.variantTitle,
    vendor: line.vendor,
    tax_lines: restTaxes(line.taxLines),
    duties: [],
    discount_allocations: restAllocations(line),
  };
}

function restShipping(order: OrderState, line: ShippingLineState) {
  return {
    id: restId(line.id),
    carrier_identifier: null,
    code: line.code,
    is_removed: line.isRemoved,
    price: shopAmount(line.originalPriceSet),
    price_set: restBag(line.originalPriceSet),
    source: line.source,
    title: line.title,
    discounted_price_set: restBag(
      line.discountAllocations.length === 0 ? line.originalPriceSet : zeroBag(order.currencies),
    ),
    tax_lines: restTaxes(line.taxLines),
    discount_allocations: restAllocations(line),
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
