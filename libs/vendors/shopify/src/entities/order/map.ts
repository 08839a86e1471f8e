import {
  checkLineQuantities,
  checkOrderArithmetic,
  createAttribute,
  createEntity,
  createOrderFee,
  createOrderRisk,
  createRef,
  createSource,
  type ErrorDetail,
  type FieldIssue,
  type Order,
  type OrderArithmetic,
  parseDecimal,
} from '@entrepot/canonical';
import { bagOf, fromGid, idOrNull, mapAttributes, mapTaxes, textOrNull, timeOrNull } from '../../fields.ts';
import { mapRefund, mapReturn } from './after-sale.ts';
import { countLines, mapFulfilmentGroups, mapFulfilmentStatus } from './fulfilment.ts';
import { computeRate, mapCompany, mapParties, mapPaymentStatus, mapPayments, mapPerson, mapTerms } from './header.ts';
import { mapLines, mapShippingLines } from './lines.ts';
import { findTipLines, markTips } from './tips.ts';
import { addsUp, adjustTotals, computeTotals } from './totals.ts';
import type { WireOrder } from './wire.ts';

export interface OrderMapContext {
  readonly connection: string;
  readonly adjustmentPolicy: 'refuse' | 'adjust';
  /** True when Shopify refused to show the customer: whether it is a guest is then unknown. */
  readonly customerHidden: boolean;
}

export type OrderMapResult =
  | { readonly ok: true; readonly order: Order }
  | { readonly ok: false; readonly error: ErrorDetail };

/**
 * Maps an order of the Admin API (every nested list complete) into the canonical order, or says why its quantities or totals do not add up.
 * Pure; the source's version, hash and way are left for the runtime.
 */
export function orderFromShopify(wire: WireOrder, context: OrderMapContext): OrderMapResult {
  const order = mapOrder(wire, context);
  const faults = checkLineQuantities(order);
  if (faults.length > 0) return { ok: false, error: describeFaults(wire.name, faults) };
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
  const counts = countLines(wire);
  const plainLines = mapLines(wire, counts, fulfilmentGroups);
  const shippingLines = mapShippingLines(wire);
  const tipLineIds = hasTips(wire)
    ? findTipLines(wire, (ids) => addsUp(wire, markTips(plainLines, ids), shippingLines))
    : NO_LINES;
  const lines = tipLineIds.size === 0 ? plainLines : markTips(plainLines, tipLineIds);
  const goodsCounts = [...counts].filter(([lineId]) => !tipLineIds.has(lineId)).map(([, count]) => count);
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
    fulfilmentStatus: mapFulfilmentStatus(wire.displayFulfillmentStatus, goodsCounts),
    fulfilmentStatusRaw: wire.displayFulfillmentStatus,
    holds: fulfilmentGroups.flatMap((group) => group.holds),
    risk:
      wire.risk &&
      createOrderRisk({ level: wire.risk.assessments[0]?.riskLevel ?? null, recommendation: wire.risk.recommendation }),
    customer: wire.customer ? mapPerson(wire.customer.id, wire.customer) : null,
    guest: isSeen && wire.customer === null,
    ...mapCompany(wire),
    poNumber: textOrNull(wire.poNumber),
    ...mapParties(wire),
    email: textOrNull(wire.email),
    // Of a customer without e-mail the telephone may be all that the shop knows.
    phone: textOrNull(wire.phone) ?? textOrNull(wire.customer?.defaultPhoneNumber?.phoneNumber),
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
    refunds: wire.refunds.map((refund) => mapRefund(refund, wire)),
    returns: (wire.returns?.nodes ?? []).map((one) => mapReturn(one, wire)),
    totals: computeTotals(wire, lines, shippingLines),
    note: textOrNull(wire.note),
    attributes: [...mapAttributes(wire.customAttributes, wire.metafields.nodes), ...mapOwnAttributes(wire)],
    tags: [...wire.tags],
  });
}

const NO_LINES: ReadonlySet<string> = new Set();

/** Only an order that received tips can have lines that are tips. */
function hasTips(wire: WireOrder): boolean {
  return !parseDecimal(wire.totalTipReceivedSet.presentmentMoney.amount).isZero();
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

function describeFaults(name: string, faults: readonly FieldIssue[]): ErrorDetail {
  return {
    kind: 'mapping',
    code: 'quantities-do-not-add-up',
    message: `The quantities of order ${name} cannot be: ${faults.map((fault) => `${fault.path} ${fault.message}`).join('; ')}`,
    advice:
      'Compare the fulfilments of the order with its lines in the shop; an app may have recorded a fulfilment twice. Correct it there, then refresh and retry.',
    fields: [...faults],
  };
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
