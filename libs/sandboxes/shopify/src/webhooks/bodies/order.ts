import { createHash } from 'node:crypto';
import type { PaymentTermsState } from '../../companies/state.ts';
import { balancesOf } from '../../companies/terms.ts';
import { fulfillmentStatusOf } from '../../fulfillment/quantities.ts';
import { sumBags, zeroBag } from '../../money.ts';
import type { OrderState, TaxLineState } from '../../state.ts';
import { numericId, type Store } from '../../store.ts';
import { computeTotals, financialStatusOf, type OrderTotals } from '../../sums/totals.ts';
import { restAddress, restBag, restId, shopAmount } from '../rest-shapes.ts';
import { customerOfOrder } from './customer.ts';
import { applicationsOf, restApplication } from './discounts.ts';
import { fulfillmentOfOrder } from './fulfillment.ts';
import { lineTotal, restLine, restShipping, restTaxes } from './lines.ts';
import { refundPayload } from './refund.ts';
import { returnPayload } from './return.ts';

/** The order as its topics send it: every key of the official sample. */
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
    ...(order.company === null
      ? {}
      : { company: { id: restId(order.company.companyId), location_id: restId(order.company.locationId) } }),
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
    landing_site: null,
    landing_site_ref: null,
    location_id: null,
    merchant_business_entity_id: Buffer.from(numericId(store.shopId)).toString('base64url'),
    merchant_of_record_app_id: null,
    name: order.name,
    note: order.note,
    note_attributes: order.customAttributes.map((attribute) => ({ name: attribute.key, value: attribute.value })),
    number: order.number - 1000,
    order_number: order.number,
    order_status_url: `https://${store.domain}/${numericId(store.shopId)}/orders/${tokenOf(order)}/authenticate`,
    payment_gateway_names: [...new Set(order.transactions.map((transaction) => transaction.gateway))],
    phone: order.phone,
    po_number: order.poNumber,
    presentment_currency: order.currencies.presentment,
    processed_at: order.processedAt,
    reference: order.sourceIdentifier,
    referring_site: null,
    source_identifier: order.sourceIdentifier,
    source_name: order.sourceName,
    source_url: null,
    subtotal_price: shopAmount(totals.subtotal),
    subtotal_price_set: restBag(totals.subtotal),
    tags: order.tags.join(', '),
    tax_exempt: order.taxExempt,
    tax_lines: restTaxes(sumTaxLines(order)),
    taxes_included: order.taxesIncluded,
    test: order.test,
    token: tokenOf(order),
    total_cash_rounding_payment_adjustment_set: restBag(order.cashRounding),
    total_cash_rounding_refund_adjustment_set: restBag(zeroBag(order.currencies)),
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
    customer: customer === undefined ? null : customerOfOrder(store, customer),
    discount_applications: applicationsOf(order).map(restApplication),
    fulfillments: order.fulfillments.map((one) => fulfillmentOfOrder(order, one)),
    line_items: order.lines.map((line) => restLine(order, line)),
    payment_terms: order.paymentTerms && restTerms(order, order.paymentTerms),
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

/** Same for the same order, and not its id. */
function tokenOf(order: OrderState): string {
  return createHash('sha256').update(order.id).digest('hex').slice(0, 32);
}

/** Taxes of the whole order, by title and rate. */
function sumTaxLines(order: OrderState): TaxLineState[] {
  const sums = new Map<string, TaxLineState>();
  const all = [...order.lines, ...order.shippingLines].flatMap((line) => line.taxLines).concat(order.orderTaxLines);
  for (const tax of all) {
    const key = `${tax.title}/${tax.rate}`;
    const sum = sums.get(key);
    sums.set(
      key,
      sum === undefined ? tax : { ...sum, priceSet: sumBags([sum.priceSet, tax.priceSet], order.currencies) },
    );
  }
  return [...sums.values()];
}

function restTerms(order: OrderState, terms: PaymentTermsState) {
  const balances = balancesOf(terms, order, computeTotals(order).total);
  return {
    id: restId(terms.id),
    created_at: order.createdAt,
    due_in_days: terms.dueInDays,
    payment_schedules: terms.schedules.map((schedule, index) => ({
      id: restId(schedule.id),
      amount: shopAmount(balances[index]?.total ?? zeroBag(order.currencies)),
      currency: order.currencies.shop,
      issued_at: schedule.issuedAt,
      due_at: schedule.dueAt,
      completed_at: balances[index]?.completedAt ?? null,
    })),
    payment_terms_name: terms.name,
    payment_terms_type: terms.type.toLowerCase(),
    updated_at: order.updatedAt,
  };
}

/** REST shows which part of an order was handed over, and no holds. */
function restFulfillmentStatus(order: OrderState): string | null {
  if (order.lines.every((line) => line.fulfilled === 0)) return null;
  return fulfillmentStatusOf(order) === 'FULFILLED' ? 'fulfilled' : 'partial';
}
