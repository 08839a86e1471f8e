import { Decimal } from '@entrepot/canonical';
import { toWireNumber } from '../../service-layer/odata.ts';
import { amountOf, expressAsPercent, expressAsPrice, type PricedPart } from '../amounts.ts';
import { hasValueMap, labelOf, lookUpValue, namesOf } from '../value-maps.ts';
import type { WantedCharge } from './charges.ts';
import type { OrderContext } from './context.ts';
import type { PlannedExpense, PlannedLine } from './plan.ts';
import { type ChosenTax, chooseTax } from './tax.ts';
import type { WantedLine } from './wanted.ts';

/** A line before it has its number. */
export type LineDraft = Omit<PlannedLine, 'lineNum'>;

/** What SAP will make of the planned rows. */
export interface PlannedRows {
  readonly lines: LineDraft[];
  readonly expenses: PlannedExpense[];
  /** Sum without tax, and the tax that SAP computes. */
  readonly net: Decimal;
  readonly tax: Decimal;
}

/** Lines and charges as rows of the document. Gaps are noted in the context's problems; the rows are of no use then. */
export function planRows(
  context: OrderContext,
  lines: readonly WantedLine[],
  charges: readonly WantedCharge[],
): PlannedRows {
  const drafts: LineDraft[] = [];
  const expenses: ExpenseDraft[] = [];
  let net = new Decimal(0);
  let tax = new Decimal(0);
  const add = (row: RowAmounts) => {
    net = net.plus(row.net);
    tax = tax.plus(row.tax);
  };
  for (const line of lines) {
    const itemCode = chooseItem(context, line);
    const chosen = chooseTax(context.tax, line.taxes, line.path);
    if (itemCode === null || chosen === null) continue;
    const row = {
      id: line.line.id,
      itemCode,
      extra: describeLine(context, line),
      listPrice: amountOf(line.line.unitPrice, context.tax.side),
    };
    const planned = planLine(
      context,
      { ...row, value: line.value, net: line.net, tax: line.tax, quantity: line.quantity, path: line.path },
      chosen,
    );
    drafts.push(...planned.drafts);
    add(planned);
  }
  for (const charge of charges) {
    const { how } = charge;
    if (how.as === 'refuse') {
      refuseCharge(context, charge);
      continue;
    }
    const chosen = chooseTax(context.tax, charge.taxes, charge.path, how.taxCode ?? null);
    if (chosen === null) continue;
    if (how.as === 'item') {
      const row = {
        id: charge.id,
        itemCode: how.itemCode,
        extra: {},
        listPrice: charge.value,
        quantity: new Decimal(1),
        path: charge.path,
      };
      const planned = planLine(context, { ...row, value: charge.value, net: charge.net, tax: charge.tax }, chosen);
      drafts.push(...planned.drafts);
      add(planned);
    } else {
      const planned = planExpense(context, charge, how.expenseCode, chosen);
      expenses.push(planned.draft);
      add(planned);
    }
  }
  return { lines: drafts, expenses: mergeExpenses(context, expenses), net, tax };
}

interface RowAmounts {
  readonly net: Decimal;
  readonly tax: Decimal;
}

interface LineInput {
  readonly id: string;
  readonly itemCode: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly listPrice: Decimal;
  readonly quantity: Decimal;
  readonly value: Decimal;
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly path: string;
}

function planLine(context: OrderContext, input: LineInput, chosen: ChosenTax): RowAmounts & { drafts: LineDraft[] } {
  const { grossLines, digits, connection } = context;
  const written = grossLines ? input.value : input.net;
  const parts = priceParts(context, written, input, chosen);
  const override = context.settings.tax.policy === 'override';
  let net = new Decimal(0);
  let tax = new Decimal(0);
  let overrideLeft = input.tax;
  const drafts = parts.map((part, index): LineDraft => {
    const computed = computeTax(part.value, chosen.percent, grossLines, digits.amount);
    const isLast = index === parts.length - 1;
    // The shop's tax is for the whole line: the last part takes what the others leave.
    const partTax = !override ? computed : isLast ? overrideLeft : Decimal.min(computed, overrideLeft);
    overrideLeft = overrideLeft.minus(partTax);
    net = net.plus(grossLines ? part.value.minus(computed) : part.value);
    tax = tax.plus(partTax);
    return {
      sourceLineId: input.id,
      itemCode: input.itemCode,
      quantity: part.quantity.toFixed(),
      value: part.value.toFixed(),
      fields: {
        [grossLines ? 'PriceAfterVAT' : 'UnitPrice']: toWireNumber(part.price),
        ...(part.discountPercent.isZero() ? {} : { DiscountPercent: toWireNumber(part.discountPercent) }),
        [connection.taxField]: chosen.code,
        ...(override ? { TaxTotal: toWireNumber(partTax) } : {}),
        ...input.extra,
      },
    };
  });
  if (override) checkOverride(context, input, sumComputed(parts, chosen, context), chosen);
  return { drafts, net, tax };
}

/** Of all ways to write the amount, the first whose tax comes out as the shop's; else the plainest. */
function priceParts(context: OrderContext, written: Decimal, input: LineInput, chosen: ChosenTax): PricedPart[] {
  let plainest: PricedPart[] | null = null;
  for (const parts of listPricings(context, written, input)) {
    if (sumComputed(parts, chosen, context).eq(input.tax)) return parts;
    plainest ??= parts;
  }
  if (plainest !== null) return plainest;
  context.problems.add(
    'price-digits',
    `${input.path}.unitPrice`,
    `${written.toFixed()} for ${input.quantity.toFixed()} cannot be written with prices of ${context.digits.price} digits`,
    "Raise the company's price accuracy in SAP (Administration > System Initialization > General Settings > Display).",
  );
  return [];
}

function* listPricings(context: OrderContext, written: Decimal, input: LineInput): Generator<PricedPart[]> {
  const { settings, grossLines, digits } = context;
  const asPercent = grossLines ? null : expressAsPercent(written, input.quantity, input.listPrice, digits);
  if (settings.discounts === 'percent' && asPercent !== null) yield [asPercent];
  for (const parts of expressAsPrice(written, input.quantity, digits)) {
    // A percentage keeps the line whole, where a price would split it.
    if (parts.length > 1 && asPercent !== null) yield [asPercent];
    yield parts;
  }
}

/** Tax as SAP computes it for a row: on the net amount, or taken out of the gross amount. */
export function computeTax(value: Decimal, percent: Decimal, gross: boolean, digits: number): Decimal {
  if (!gross) return value.times(percent).div(100).toDecimalPlaces(digits);
  return value.minus(value.times(100).div(percent.plus(100)).toDecimalPlaces(digits));
}

function sumComputed(parts: readonly PricedPart[], chosen: ChosenTax, context: OrderContext): Decimal {
  return parts.reduce(
    (total, part) => total.plus(computeTax(part.value, chosen.percent, context.grossLines, context.digits.amount)),
    new Decimal(0),
  );
}

function checkOverride(context: OrderContext, input: LineInput, computed: Decimal, chosen: ChosenTax): void {
  const policy = context.settings.tax;
  if (policy.policy !== 'override' || computed.minus(input.tax).abs().lte(policy.lineTolerance)) return;
  context.problems.add(
    'tax-differs',
    `${input.path}.taxes`,
    `the shop charged ${input.tax.toFixed()} tax, SAP's code ${chosen.code} (${chosen.percent.toFixed()} %) gives ${computed.toFixed()}`,
    'The tax code is the wrong one for this line, or its rate in SAP is out of date.',
    { expected: input.tax.toFixed(), actual: computed.toFixed() },
  );
}

interface ExpenseDraft {
  readonly code: number;
  readonly taxCode: string;
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly path: string;
}

function planExpense(
  context: OrderContext,
  charge: WantedCharge,
  code: number,
  chosen: ChosenTax,
): RowAmounts & { draft: ExpenseDraft } {
  const computed = computeTax(charge.net, chosen.percent, false, context.digits.amount);
  const tax = context.settings.tax.policy === 'override' ? charge.tax : computed;
  return { draft: { code, taxCode: chosen.code, net: charge.net, tax, path: charge.path }, net: charge.net, tax };
}

/** SAP has one row a freight code: charges of one code are added up, which needs one tax code. */
function mergeExpenses(context: OrderContext, drafts: readonly ExpenseDraft[]): PlannedExpense[] {
  const byCode = new Map<number, ExpenseDraft>();
  for (const draft of drafts) {
    const known = byCode.get(draft.code);
    if (known !== undefined && known.taxCode !== draft.taxCode) {
      context.problems.add(
        'mixed-freight-tax',
        draft.path,
        `freight code ${draft.code} would carry two tax codes (${known.taxCode}, ${draft.taxCode})`,
        'Use different freight codes for these charges, or write one of them as an item.',
      );
    }
    byCode.set(
      draft.code,
      known === undefined ? draft : { ...known, net: known.net.plus(draft.net), tax: known.tax.plus(draft.tax) },
    );
  }
  const override = context.settings.tax.policy === 'override';
  return [...byCode.values()].map((draft) => ({
    expenseCode: draft.code,
    fields: {
      LineTotal: toWireNumber(draft.net),
      [context.connection.taxField]: draft.taxCode,
      ...(override ? { TaxSum: toWireNumber(draft.tax) } : {}),
    },
  }));
}

function refuseCharge(context: OrderContext, charge: WantedCharge): void {
  context.problems.add(
    `unmapped-${charge.setting.replace('.', '-')}`,
    charge.path,
    `the order has ${charge.name} of ${charge.value.toFixed()}, and the flow does not say how to write it`,
    `Set "${charge.setting}" of the flow to a freight code or an item.`,
    { actual: charge.value.toFixed() },
  );
}

/** SAP's item code of a line; a gap is noted and null answered. */
function chooseItem(context: OrderContext, { line, path }: WantedLine): string | null {
  const sku = line.item?.sku ?? null;
  const { giftCardItem, customItem } = context.settings;
  if (line.kind === 'GIFT_CARD' && giftCardItem !== undefined) return giftCardItem;
  if (sku !== null && sku !== '') return sku;
  if (line.kind !== 'GIFT_CARD' && customItem !== undefined) return customItem;
  const setting = line.kind === 'GIFT_CARD' ? 'giftCardItem' : 'customItem';
  context.problems.add(
    line.kind === 'GIFT_CARD' ? 'unmapped-gift-card' : 'unmapped-item',
    `${path}.item.sku`,
    `line ${line.position} "${line.title ?? line.id}" has no SKU`,
    `Give the product a SKU in the shop, or set "${setting}" of the flow to an item for such lines.`,
  );
  return null;
}

function describeLine(context: OrderContext, wanted: WantedLine): Record<string, unknown> {
  const { line, path } = wanted;
  const warehouse = chooseWarehouse(context, wanted);
  const isFallback = (line.item?.sku ?? '') === '' && line.kind !== 'GIFT_CARD';
  return {
    ...(warehouse === null ? {} : { WarehouseCode: warehouse }),
    // Items keep SAP's own description; a fallback item says nothing by itself.
    ...(isFallback && line.title !== null
      ? { ItemDescription: context.texts.fit('ItemDescription', line.title, `${path}.title`) }
      : {}),
  };
}

function chooseWarehouse(context: OrderContext, { line, path }: WantedLine): string | null {
  const { order, flow, settings, problems } = context;
  const group = order.fulfilmentGroups.find((candidate) => candidate.lines.some((part) => part.lineId === line.id));
  const asked = line.warehouse ?? group?.location ?? order.warehouse;
  const mapped = lookUpValue(flow, 'warehouse', namesOf(asked));
  if (mapped !== null) return mapped;
  if (asked !== null && asked !== undefined && hasValueMap(flow, 'warehouse') && settings.warehouse === undefined) {
    problems.add(
      'unmapped-warehouse',
      `${path}.warehouse`,
      `no warehouse of SAP is set for "${labelOf(asked)}"`,
      `Add "${asked.id ?? labelOf(asked)}" to the flow's value map "warehouse", or set a default warehouse.`,
      { actual: labelOf(asked) },
    );
  }
  return settings.warehouse ?? null;
}
