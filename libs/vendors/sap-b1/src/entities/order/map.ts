import { externalReference, type Order } from '@entrepot/canonical';
import { type DocumentDraft, type LineMapping, type MapOutcome } from '@entrepot/vendor-kit';
import { currencyDigitsOf, type SapB1Settings } from '../../config.ts';
import { collectProblems } from '../../map/problems.ts';
import { createTextFitter } from '../../map/texts.ts';
import { amountOf } from './map/amounts.ts';
import { listCharges, makeTaxCharge } from './map/charges.ts';
import { findPartner, listDatesOfWriting, mapHeader, planPartnerRows } from './map/header.ts';
import {
  type AnyOrderPlan,
  type CancelledOrderPlan,
  mapLines,
  numberLines,
  type OrderContext,
  type OrderMapContext,
  type OrderPlan,
} from './map/plan.ts';
import { planRows } from './map/rows.ts';
import { checkSapTotals, checkShopTotal, meetShopTotal, sumShop } from './map/totals.ts';
import { isNothingWanted, listWantedLines, type WantedRules } from './map/wanted.ts';

/** The sales order, the one document of an order. */
const ORDER = { role: 'order', subId: null } as const;

/** Quotes, blanket orders, returns and credits are other documents in SAP. */
const SALES_TYPES: readonly Order['orderType'][] = ['UNKNOWN', 'SALE', 'EXCHANGE'];

/**
 * Maps an order to a sales order of SAP (`Orders`). Pure. Reports all gaps together, each with its path and what to
 * configure. The document's total in SAP is the order's to the cent (within the flow's tolerance where SAP computes the
 * tax itself). An order of which nothing is wanted any more, and nothing was handed over, is cancelled.
 */
export function mapOrder(order: Order, context: OrderMapContext): MapOutcome<DocumentDraft<AnyOrderPlan>> {
  const connection = context.connection.settings;
  const ref = externalReference(order.source.connection, order.source.id);
  const orderContext = openContext(order, connection, context);
  const { problems, settings, tax } = orderContext;
  const digits = orderContext.digits.amount;
  const rules: WantedRules = { side: tax.side, digits, settings };
  if (isNothingWanted(order, rules)) return cancelOrder(ref, connection, context.lineMap);

  if (!SALES_TYPES.includes(order.orderType))
    problems.add(
      'order-type',
      'orderType',
      `a ${order.orderType.toLowerCase()} is no sales order`,
      'Filter such orders out of the flow; make the document by hand in SAP.',
      { actual: order.orderTypeRaw ?? order.orderType },
    );
  const listed = listWantedLines(order, rules);
  const charges = listCharges(order, settings, rules);
  const cashRounding = amountOf(order.totals.current.cashRounding, tax.side).toDecimalPlaces(digits);
  const lines = meetShopTotal(orderContext, listed, charges, cashRounding, rules);
  const shop = sumShop(lines, charges, cashRounding);
  const taxCharge =
    settings.tax.policy === 'exempt-with-charge' && !shop.tax.isZero()
      ? [makeTaxCharge(settings.tax.charge, shop.tax)]
      : [];
  const rows = planRows(orderContext, lines, [...charges, ...taxCharge]);
  if (!problems.any && rows.lines.length === 0)
    problems.add(
      'empty-order',
      'lines',
      'the order has no line that becomes a row in SAP, and SAP takes no order without rows',
      'Write its charges as items (settings "tips", "fees", "shipping"), or discard this delivery.',
    );
  checkShopTotal(orderContext, shop, rules);
  // Before the header: what of it is too long is noted in the header's remarks.
  const isCompany = order.company !== null && findPartner(context) !== null;
  const partnerRows = isCompany ? planPartnerRows(orderContext) : null;
  const header = mapHeader(orderContext, context, cashRounding);
  if (!problems.any) checkSapTotals(orderContext, shop, rows, cashRounding);
  if (problems.any) return { ok: false, error: problems.toDetail() };

  const numbered = numberLines(rows.lines, context.lineMap);
  const plan: OrderPlan = {
    kind: 'order',
    header,
    lines: numbered,
    expenses: rows.expenses,
    partnerRows,
    expected: {
      total: rows.net.plus(rows.tax).plus(cashRounding).toFixed(),
      tax: rows.tax.toFixed(),
      currency: String(header.DocCurrency),
      digits,
      grossLines: orderContext.grossLines,
      datesOfWriting: listDatesOfWriting(order, orderContext.settings),
      refField: connection.udfExternalRef,
      ref,
    },
  };
  return { ok: true, documents: [{ ...ORDER, state: 'present', body: plan }], lineMap: mapLines(numbered) };
}

function cancelOrder(
  ref: string,
  connection: SapB1Settings,
  lineMap: readonly LineMapping[],
): MapOutcome<DocumentDraft<AnyOrderPlan>> {
  const plan: CancelledOrderPlan = { kind: 'cancelled-order', refField: connection.udfExternalRef, ref };
  return { ok: true, documents: [{ ...ORDER, state: 'cancelled', body: plan }], lineMap };
}

function openContext(order: Order, connection: SapB1Settings, context: OrderMapContext): OrderContext {
  const problems = collectProblems();
  const { profile, settings } = context;
  const side = settings.currency.amounts;
  const currency = (side === 'document' ? order.documentCurrency : null) ?? order.baseCurrency ?? '';
  const { policy } = settings.tax;
  const digits = currencyDigitsOf(connection, currency);
  return {
    order,
    connection,
    flow: context.flow,
    settings,
    profile,
    problems,
    texts: createTextFitter(connection, problems),
    tax: { flow: context.flow, policy: settings.tax, profile, side, digits, problems },
    digits: { amount: digits, price: profile.priceDigits, percent: profile.percentDigits },
    grossLines: order.taxesIncluded && (policy === 'rate' || policy === 'jurisdiction'),
    lineFields: context.lineFields ?? {},
    itemCodes: new Map(
      context.resolved
        .filter(({ dependency }) => dependency.entity === 'product')
        .map(({ dependency, targetId }) => [dependency.naturalKey, targetId]),
    ),
  };
}
