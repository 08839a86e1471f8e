import { Decimal, externalReference, minorUnitsOf, type Order } from '@entrepot/canonical';
import { type DocumentDraft, type LineMapping, type MapOutcome } from '@entrepot/vendor-kit';
import { type SapB1Settings } from '../../config.ts';
import { collectProblems, createTextFitter } from '../../map/translate.ts';
import { planPartnerRows } from './map/buyer.ts';
import { checkShopTotal, listCharges, makeTaxCharge, meetShopTotal, type ShopAmounts, sumShop } from './map/charges.ts';
import { findPartner, listDatesOfWriting, mapHeader } from './map/header.ts';
import {
  type AnyOrderPlan,
  type CancelledOrderPlan,
  type LineDraft,
  type OrderContext,
  type OrderMapContext,
  type OrderPlan,
  type PlannedLine,
} from './map/plan.ts';
import { type PlannedRows, planRows } from './map/rows.ts';
import { amountOf, isNothingWanted, listWantedLines, type WantedRules } from './map/wanted.ts';

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
  if (isNothingWanted(order, rules)) return cancelOrder(ref, connection);

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

  const numbered = numberLines(rows.lines, context.existing(ORDER)?.lines ?? []);
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
  return { ok: true, documents: [{ ...ORDER, desired: 'posted', body: plan, lines: mapLines(numbered) }] };
}

function cancelOrder(ref: string, connection: SapB1Settings): MapOutcome<DocumentDraft<AnyOrderPlan>> {
  const plan: CancelledOrderPlan = { kind: 'cancelled-order', refField: connection.udfExternalRef, ref };
  return { ok: true, documents: [{ ...ORDER, desired: 'cancelled', body: plan }] };
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

/** Decimal places of amounts in a currency, by the connection's settings. */
function currencyDigitsOf(settings: Pick<SapB1Settings, 'currencyDigits'>, currency: string): number {
  return settings.currencyDigits[currency] ?? minorUnitsOf(currency);
}

/** SAP computes tax by its own rates: a difference above the tolerance means a wrong code or another way of rounding. */
function checkSapTotals(context: OrderContext, shop: ShopAmounts, rows: PlannedRows, rounding: Decimal): void {
  const { flow, settings, problems } = context;
  const within = (actual: Decimal, expected: Decimal) => actual.minus(expected).abs().lte(flow.totalTolerance);
  const total = rows.net.plus(rows.tax).plus(rounding);
  // Written as a charge, the tax is none for SAP.
  const taxFits = settings.tax.policy === 'exempt-with-charge' || within(rows.tax.minus(rows.rounding), shop.tax);
  if (within(total, shop.total) && taxFits) return;
  const isTotal = !within(total, shop.total);
  const [actual, expected] = isTotal ? [total, shop.total] : [rows.tax, shop.tax];
  problems.add(
    'tax-differs',
    'totals.current.taxes',
    `SAP would compute a ${isTotal ? 'total' : 'tax'} of ${actual.toFixed()}, the shop's is ${expected.toFixed()}`,
    settings.tax.policy === 'exempt-with-charge'
      ? 'Under this tax policy SAP must compute no tax: name codes without tax in "tax.exemptCode" and in "taxCode" of the charges.'
      : 'Check the rates of the tax codes in SAP, raise the flow\'s totalTolerance, or use the tax policy "override" or "exempt-with-charge".',
    { expected: expected.toFixed(), actual: actual.toFixed() },
  );
}

/**
 * Gives each row its LineNum: the one that its source line has in SAP already, of the same warehouse if there is one, so that the rows of
 * other places stay as they are when goods move; else the next free one. SAP numbers new rows in order from the highest.
 */
function numberLines(drafts: readonly LineDraft[], existing: readonly LineMapping[]): PlannedLine[] {
  const free = [...existing];
  let next = Math.max(-1, ...existing.map(({ targetLine }) => Number(targetLine))) + 1;
  const take = (draft: LineDraft, fits: (known: LineMapping) => boolean): number | null => {
    const index = free.findIndex((known) => known.sourceLineId === draft.sourceLineId && fits(known));
    return index === -1 ? null : Number(free.splice(index, 1)[0]?.targetLine);
  };
  const inPlace = drafts.map((draft) => take(draft, (known) => known.place === placeOf(draft)));
  const known = drafts.map((draft, index) => inPlace[index] ?? take(draft, () => true));
  return drafts.map((draft, index) => {
    const lineNum = known[index] ?? next;
    if (lineNum === next) next += 1;
    return { ...draft, lineNum };
  });
}

function mapLines(lines: readonly PlannedLine[]): LineMapping[] {
  return lines.map((line) => ({
    sourceLineId: line.sourceLineId,
    targetLine: String(line.lineNum),
    ...(line.fields.WarehouseCode === undefined ? {} : { place: placeOf(line) }),
  }));
}

function placeOf({ fields }: LineDraft): string | undefined {
  return fields.WarehouseCode === undefined ? undefined : String(fields.WarehouseCode);
}
