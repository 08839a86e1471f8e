import { Decimal, externalReference, type Order } from '@entrepot/canonical';
import type { LineMapping, MapContext, MapOutcome, PlannedDocument } from '@entrepot/vendor-kit';
import { currencyDigitsOf, type SapB1Settings } from '../config.ts';
import { amountOf, sum } from './amounts.ts';
import { readFacts } from './facts.ts';
import { listCharges, makeTaxCharge } from './order/charges.ts';
import type { OrderContext } from './order/context.ts';
import { listDatesOfWriting, mapHeader } from './order/header.ts';
import type { CancelledOrderPlan, OrderPlan, PlannedLine } from './order/plan.ts';
import { type LineDraft, planRows } from './order/rows.ts';
import { listWantedLines, type WantedLine } from './order/wanted.ts';
import { collectProblems } from './problems.ts';
import { readOrderSettings } from './settings.ts';
import { createTextFitter } from './texts.ts';

/** Role of the document in the link. */
export const ORDER_ROLE = 'order';

/** Quotes, blanket orders, returns and credits are other documents in SAP. */
const SALES_TYPES: readonly Order['orderType'][] = ['UNKNOWN', 'SALE', 'EXCHANGE'];

/**
 * An order as a sales order of SAP (`Orders`). Pure. Every gap is reported at once with its path and what to configure.
 * The document's total in SAP is the order's to the cent (within the flow's tolerance where SAP computes the tax itself).
 */
export function mapOrder(order: Order, context: MapContext): MapOutcome {
  const connection = context.connection.settings as SapB1Settings;
  const ref = externalReference(order.source.connection, order.source.id);
  if (order.deleted || order.orderStatus === 'CANCELLED' || order.cancelledAt !== null)
    return cancelOrder(ref, connection, context.lineMap);
  const orderContext = openContext(order, connection, context);
  const { problems, settings, tax } = orderContext;
  const digits = orderContext.digits.amount;

  if (!SALES_TYPES.includes(order.orderType))
    problems.add(
      'order-type',
      'orderType',
      `a ${order.orderType.toLowerCase()} is no sales order`,
      'Filter such orders out of the flow; make the document by hand in SAP.',
      { actual: order.orderTypeRaw ?? order.orderType },
    );
  const lines = listWantedLines(order, tax.side, digits);
  const charges = listCharges(order, settings, tax.side, digits);
  const shopTax = sum([...lines, ...charges].map((row) => row.tax));
  const taxCharge =
    settings.tax.policy === 'exempt-with-charge' && !shopTax.isZero()
      ? [makeTaxCharge(settings.tax.charge, shopTax)]
      : [];
  const rows = planRows(orderContext, lines, [...charges, ...taxCharge]);
  if (lines.length === 0)
    problems.add(
      'empty-order',
      'lines',
      'nothing of the order is wanted any more',
      'Cancel the order in the shop, or discard it here.',
    );

  const cashRounding = amountOf(order.totals.current.cashRounding, tax.side).toDecimalPlaces(digits);
  const shopTotal = sum([...lines, ...charges].map((row) => row.net.plus(row.tax))).plus(cashRounding);
  checkShopTotal(orderContext, lines, shopTotal);
  const header = mapHeader(orderContext, context, cashRounding);
  const sapTotal = rows.net.plus(rows.tax).plus(cashRounding);
  if (!problems.any) checkSapTotal(orderContext, shopTotal, sapTotal);
  if (problems.any) return { ok: false, error: problems.toDetail() };

  const numbered = numberLines(rows.lines, context.lineMap);
  const plan: OrderPlan = {
    kind: 'order',
    header,
    lines: numbered,
    expenses: rows.expenses,
    expected: {
      total: sapTotal.toFixed(),
      tax: rows.tax.toFixed(),
      currency: String(header.DocCurrency),
      digits,
      grossLines: orderContext.grossLines,
      datesOfWriting: listDatesOfWriting(order, orderContext.settings),
      refField: connection.udfExternalRef,
      ref,
    },
  };
  const document: PlannedDocument = { role: ORDER_ROLE, subId: null, externalRef: ref, state: 'present', body: plan };
  return {
    ok: true,
    documents: [document],
    lineMap: numbered.map((line) => ({ sourceLineId: line.sourceLineId, targetLine: String(line.lineNum) })),
  };
}

function cancelOrder(ref: string, connection: SapB1Settings, lineMap: readonly LineMapping[]): MapOutcome {
  const plan: CancelledOrderPlan = { kind: 'cancelled-order', refField: connection.udfExternalRef, ref };
  return {
    ok: true,
    documents: [{ role: ORDER_ROLE, subId: null, externalRef: ref, state: 'cancelled', body: plan }],
    lineMap,
  };
}

function openContext(order: Order, connection: SapB1Settings, context: MapContext): OrderContext {
  const problems = collectProblems();
  const facts = readFacts(context.facts);
  const settings = readOrderSettings(context.flow);
  const side = settings.currency.amounts;
  const currency = (side === 'document' ? order.documentCurrency : null) ?? order.baseCurrency ?? '';
  const { policy } = settings.tax;
  return {
    order,
    connection,
    flow: context.flow,
    settings,
    facts,
    problems,
    texts: createTextFitter(connection, problems),
    tax: { flow: context.flow, policy: settings.tax, facts, side, problems },
    digits: { amount: currencyDigitsOf(connection, currency), price: facts.priceDigits, percent: facts.percentDigits },
    grossLines: order.taxesIncluded && (policy === 'rate' || policy === 'jurisdiction'),
  };
}

/** What we make of lines and charges must be what the shop calls the total, or we have misread the order. */
function checkShopTotal(context: OrderContext, lines: readonly WantedLine[], total: Decimal): void {
  const { order, flow, tax, problems, digits } = context;
  // With returns no total of the shop covers "wanted without returns".
  if (order.lines.some((line) => line.quantity.returned.gt(0))) return;
  const current = amountOf(order.totals.current.total, tax.side);
  const original = amountOf(order.totals.original.total, tax.side);
  const minorUnit = new Decimal(10).pow(-digits.amount);
  // Each scaled line was rounded on its own.
  const tolerance = new Decimal(flow.totalTolerance).plus(minorUnit.times(lines.filter((line) => line.scaled).length));
  if ([current, original].some((expected) => expected.minus(total).abs().lte(tolerance))) return;
  problems.add(
    'totals-differ',
    'totals.current.total',
    `lines and charges come to ${total.toFixed()}, the shop's total is ${current.toFixed()} (difference ${current.minus(total).toFixed()})`,
    'The order does not add up for SAP: look for a surcharge or discount that is on no line.',
    { expected: current.toFixed(), actual: total.toFixed() },
  );
}

/** SAP computes tax by its own rates: a difference above the tolerance means a wrong code or another way of rounding. */
function checkSapTotal(context: OrderContext, shopTotal: Decimal, sapTotal: Decimal): void {
  if (sapTotal.minus(shopTotal).abs().lte(context.flow.totalTolerance)) return;
  context.problems.add(
    'tax-differs',
    'totals.current.taxes',
    `SAP would compute a total of ${sapTotal.toFixed()}, the shop's is ${shopTotal.toFixed()}`,
    'Check the rates of the tax codes in SAP, raise the flow\'s totalTolerance, or use the tax policy "override" or "exempt-with-charge".',
    { expected: shopTotal.toFixed(), actual: sapTotal.toFixed() },
  );
}

/** Gives each line its LineNum: the one it has in SAP already, else the next free one. SAP numbers new lines in order from the highest. */
function numberLines(drafts: readonly LineDraft[], lineMap: readonly LineMapping[]): PlannedLine[] {
  const known = new Map<string, number[]>();
  let next = 0;
  for (const { sourceLineId, targetLine } of lineMap) {
    const lineNum = Number(targetLine);
    known.set(sourceLineId, [...(known.get(sourceLineId) ?? []), lineNum]);
    next = Math.max(next, lineNum + 1);
  }
  return drafts.map((draft) => {
    const lineNum = known.get(draft.sourceLineId)?.shift();
    if (lineNum !== undefined) return { ...draft, lineNum };
    next += 1;
    return { ...draft, lineNum: next - 1 };
  });
}
