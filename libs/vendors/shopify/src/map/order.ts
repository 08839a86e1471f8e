import {
  checkOrderArithmetic,
  createAttribute,
  createEntity,
  createExternalId,
  createOrderFee,
  createOrderRisk,
  createPaymentTerms,
  createRef,
  createSource,
  type Decimal,
  type ErrorDetail,
  type FulfilmentStatus,
  type Order,
  type OrderArithmetic,
  type PaymentStatus,
  parseDecimal,
  type Ref,
} from '@entrepot/canonical';
import { fromGid } from '../ids.ts';
import type { WireOrder } from '../wire.ts';
import { bagOf } from './bags.ts';
import { idOrNull, mapAddress, mapAttributes, mapTaxes, textOrNull, timeOrNull } from './fields.ts';
import { mapFulfilmentGroups, mapPayments, mapRefunds, mapReturns } from './order-after-sale.ts';
import { mapLines, mapShippingLines } from './order-lines.ts';
import { adjustTotals, computeTotals } from './order-totals.ts';

export interface OrderMapContext {
  readonly connection: string;
  readonly adjustmentPolicy: 'refuse' | 'adjust';
  /** True when Shopify refused to show the customer: then nobody can say whether it is a guest. */
  readonly customerHidden: boolean;
}

export type OrderMapResult =
  | { readonly ok: true; readonly order: Order }
  | { readonly ok: false; readonly error: ErrorDetail };

const PAYMENT_STATES: Readonly<Record<string, PaymentStatus>> = {
  PENDING: 'UNPAID',
  AUTHORIZED: 'AUTHORIZED',
  PARTIALLY_PAID: 'PARTIALLY_PAID',
  PAID: 'PAID',
  PARTIALLY_REFUNDED: 'PARTIALLY_REFUNDED',
  REFUNDED: 'REFUNDED',
  VOIDED: 'VOIDED',
  EXPIRED: 'EXPIRED',
};

const FULFILMENT_STATES: Readonly<Record<string, FulfilmentStatus>> = {
  UNFULFILLED: 'UNFULFILLED',
  OPEN: 'UNFULFILLED',
  PENDING_FULFILLMENT: 'UNFULFILLED',
  REQUEST_DECLINED: 'UNFULFILLED',
  SCHEDULED: 'SCHEDULED',
  ON_HOLD: 'ON_HOLD',
  IN_PROGRESS: 'IN_PROGRESS',
  PARTIALLY_FULFILLED: 'PARTIALLY_FULFILLED',
  FULFILLED: 'FULFILLED',
  FULFILLMENT_NOT_REQUIRED: 'FULFILLED',
  RESTOCKED: 'RETURNED',
};

/**
 * Maps an order of the Admin API (every nested list complete) into the canonical order, or says why its totals do not add up.
 * Pure; the source's version, hash and way are left for the runtime.
 */
export function orderFromShopify(wire: WireOrder, context: OrderMapContext): OrderMapResult {
  const order = mapOrder(wire, context);
  const arithmetic = checkOrderArithmetic(order);
  if (arithmetic.ok) return { ok: true, order };
  if (context.adjustmentPolicy === 'adjust') {
    const adjusted = { ...order, totals: adjustTotals(wire, order.totals) };
    if (checkOrderArithmetic(adjusted).ok) return { ok: true, order: adjusted };
  }
  return { ok: false, error: describeDifferences(wire.name, arithmetic) };
}

function mapOrder(wire: WireOrder, context: OrderMapContext): Order {
  const fulfilmentGroups = mapFulfilmentGroups(wire);
  const lines = mapLines(wire, fulfilmentGroups);
  const shippingLines = mapShippingLines(wire);
  const charged = shippingLines.find((line) => !line.removed);
  const isSeen = wire.customer !== undefined && !context.customerHidden;
  return createEntity('order', {
    source: createSource({
      connection: context.connection,
      vendor: 'shopify',
      id: fromGid(wire.id),
      number: wire.name,
      createdAt: timeOrNull(wire.createdAt),
      updatedAt: timeOrNull(wire.updatedAt),
    }),
    orderType: 'SALE',
    channel: createRef({ id: idOrNull(wire.app), number: textOrNull(wire.sourceName), name: wire.app?.name ?? null }),
    test: wire.test,
    placedAt: timeOrNull(wire.createdAt),
    processedAt: timeOrNull(wire.processedAt),
    cancelledAt: timeOrNull(wire.cancelledAt),
    closedAt: timeOrNull(wire.closedAt),
    cancelReason: wire.cancelReason?.toLowerCase() ?? null,
    orderStatus: wire.cancelledAt !== null ? 'CANCELLED' : wire.closed ? 'CLOSED' : 'OPEN',
    orderStatusRaw: wire.cancelledAt !== null ? 'cancelled' : wire.closed ? 'closed' : 'open',
    paymentStatus: mapPaymentStatus(wire),
    paymentStatusRaw: wire.displayFinancialStatus,
    fulfilmentStatus: FULFILMENT_STATES[wire.displayFulfillmentStatus] ?? 'UNKNOWN',
    fulfilmentStatusRaw: wire.displayFulfillmentStatus,
    holds: fulfilmentGroups.flatMap((group) => group.holds),
    risk:
      wire.risk &&
      createOrderRisk({ level: wire.risk.assessments[0]?.riskLevel ?? null, recommendation: wire.risk.recommendation }),
    customer: wire.customer
      ? createRef({ id: fromGid(wire.customer.id), name: textOrNull(wire.customer.displayName) })
      : null,
    guest: isSeen && wire.customer === null,
    ...mapCompany(wire),
    poNumber: textOrNull(wire.poNumber),
    billTo: mapAddress(wire.billingAddress, ['BILLING']),
    shipTo: mapAddress(wire.shippingAddress, ['SHIPPING']),
    email: textOrNull(wire.email),
    phone: textOrNull(wire.phone),
    locale: textOrNull(wire.customerLocale),
    taxesIncluded: wire.taxesIncluded,
    dutiesIncluded: wire.dutiesIncluded,
    taxExempt: wire.taxExempt,
    baseCurrency: wire.currencyCode,
    documentCurrency: wire.presentmentCurrencyCode,
    exchangeRate: computeRate(wire),
    terms: mapTerms(wire),
    shipVia: charged ? createRef({ number: charged.code, name: charged.title }) : null,
    warehouse: wire.retailLocation
      ? createRef({ id: fromGid(wire.retailLocation.id), name: wire.retailLocation.name })
      : null,
    lines,
    shippingLines,
    taxes: mapTaxes(wire.taxLines, wire.taxesIncluded),
    fees: wire.additionalFees.map((fee) =>
      createOrderFee({
        id: fromGid(fee.id),
        title: fee.name,
        amount: bagOf(fee.price),
        taxes: mapTaxes(fee.taxLines, wire.taxesIncluded),
      }),
    ),
    fulfilmentGroups,
    payments: mapPayments(wire.transactions),
    refunds: mapRefunds(wire),
    returns: mapReturns(wire),
    totals: computeTotals(wire, lines, shippingLines),
    note: textOrNull(wire.note),
    attributes: [...mapAttributes(wire.customAttributes, wire.metafields.nodes), ...mapOwnAttributes(wire)],
    tags: [...wire.tags],
  });
}

/** Order facts that the model has no field for. */
function mapOwnAttributes(wire: WireOrder) {
  const facts = {
    sourceIdentifier: wire.sourceIdentifier,
    confirmationNumber: wire.confirmationNumber,
    edited: wire.edited ? 'true' : null,
  };
  return Object.entries(facts)
    .filter(([, value]) => textOrNull(value) !== null)
    .map(([key, value]) => createAttribute({ namespace: 'shopify', key, value }));
}

/** Orders made by API show no financial status until something is paid: then the sums say it. */
function mapPaymentStatus(wire: WireOrder): PaymentStatus {
  if (wire.displayFinancialStatus !== null) return PAYMENT_STATES[wire.displayFinancialStatus] ?? 'UNKNOWN';
  const total = parseDecimal(wire.totalPriceSet.presentmentMoney.amount);
  const received = parseDecimal(wire.totalReceivedSet.presentmentMoney.amount);
  if (received.gte(total)) return 'PAID';
  return received.isZero() ? 'UNPAID' : 'PARTIALLY_PAID';
}

function mapCompany(wire: WireOrder): Pick<Order, 'company' | 'companyLocation' | 'contact'> {
  const purchaser = wire.purchasingEntity;
  if (!purchaser?.company) return { company: null, companyLocation: null, contact: null };
  const refOf = (record: { id: string; name: string; externalId: string | null }): Ref =>
    createRef({
      id: fromGid(record.id),
      number: textOrNull(record.externalId),
      name: record.name,
      externalIds:
        textOrNull(record.externalId) === null
          ? []
          : [createExternalId({ kind: 'externalId', id: record.externalId ?? '' })],
    });
  return {
    company: refOf(purchaser.company),
    companyLocation: purchaser.location ? refOf(purchaser.location) : null,
    contact: purchaser.contact
      ? createRef({ id: fromGid(purchaser.contact.id), name: purchaser.contact.customer.displayName })
      : null,
  };
}

function mapTerms(wire: WireOrder) {
  const terms = wire.paymentTerms;
  if (!terms) return null;
  return createPaymentTerms({
    id: fromGid(terms.id),
    name: terms.paymentTermsName,
    kind: terms.paymentTermsType.toLowerCase(),
    dueInDays: terms.dueInDays,
    dueAt: timeOrNull(terms.paymentSchedules.nodes[0]?.dueAt),
  });
}

/** Shopify names no rate: it follows from the total in both currencies, as exactly as amounts of that size can say. */
function computeRate(wire: WireOrder): Decimal | null {
  if (wire.currencyCode === wire.presentmentCurrencyCode) return parseDecimal(1);
  const { shopMoney, presentmentMoney } = wire.totalPriceSet;
  const document = parseDecimal(presentmentMoney.amount);
  return document.isZero() ? null : parseDecimal(shopMoney.amount).div(document).toDecimalPlaces(15);
}

function describeDifferences(name: string, arithmetic: OrderArithmetic): ErrorDetail {
  const named = arithmetic.differences.map(
    (one) =>
      `${one.which} ${one.field}: ${one.actual} ${one.currency} instead of ${one.expected} (difference ${one.difference})`,
  );
  return {
    kind: 'mapping',
    code: 'totals-do-not-add-up',
    message: `The totals of order ${name} do not add up: ${named.join('; ')}`,
    advice:
      'Look for a surcharge or discount that an app adds without a line and correct the order in the shop, or let the connection adjust (adjustmentPolicy), then refresh and retry.',
    fields: arithmetic.differences.map((one) => ({
      path: `totals.${one.which}.${one.field}.${one.side}`,
      expected: one.expected,
      actual: one.actual,
      message: `difference ${one.difference} ${one.currency}`,
    })),
  };
}
