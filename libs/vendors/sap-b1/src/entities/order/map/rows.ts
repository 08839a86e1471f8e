import { Decimal, powerOfTen, type Tax } from '@entrepot/canonical';
import { toWireNumber } from '../../../service-layer/wire.ts';
import { type WantedCharge } from './charges.ts';
import {
  type ChosenTax,
  chooseItem,
  chooseTax,
  describeLine,
  mapLineFields,
  type Portion,
  planPortions,
} from './codes.ts';
import { type LineDraft, type OrderContext, type PlannedExpense } from './plan.ts';
import { computeTax, type PricedPart, priceRows } from './pricing.ts';
import { allocate, amountOf, listCharged, sum, type WantedLine } from './wanted.ts';

/** What SAP will make of the planned rows. */
export interface PlannedRows {
  readonly lines: LineDraft[];
  readonly expenses: PlannedExpense[];
  /** Sum without tax, and the tax that SAP computes. */
  readonly net: Decimal;
  readonly tax: Decimal;
  /** What of that tax differs from the shop's by rounding alone, inside prices that stay. */
  readonly rounding: Decimal;
}

/** Lines and charges as rows of the document. Gaps are noted in the context's problems; the rows are of no use then. */
export function planRows(
  context: OrderContext,
  lines: readonly WantedLine[],
  charges: readonly WantedCharge[],
): PlannedRows {
  const planned: PlannedLines[] = [];
  const expenses: ExpenseDraft[] = [];
  for (const line of lines) {
    const itemCode = chooseItem(context, line);
    const chosen = chooseTax(context.tax, { ...line, setting: null, fixedCode: null });
    const portions = planPortions(context, line);
    if (itemCode === null || chosen === null) continue;
    const row: LineInput = {
      ...line,
      id: line.line.id,
      itemCode,
      portions,
      extra: describeLine(context, line),
      listPrice: amountOf(line.line.unitPrice, context.tax.side),
      codeIsFixed: false,
    };
    planned.push(planLine(context, row, chosen));
  }
  for (const charge of charges) {
    const { how, setting } = charge;
    if (how.as === 'refuse') {
      refuseCharge(context, charge);
      continue;
    }
    const chosen = chooseTax(context.tax, { ...charge, setting, fixedCode: how.taxCode ?? null });
    if (chosen === null) continue;
    if (how.as === 'expense') {
      expenses.push({ charge, code: how.expenseCode, chosen });
      continue;
    }
    const row: LineInput = {
      ...charge,
      itemCode: how.itemCode,
      portions: [{ quantity: new Decimal(1), warehouse: null }],
      extra: mapLineFields(context, charge.id),
      listPrice: charge.value,
      scaled: false,
      codeIsFixed: how.taxCode !== undefined,
    };
    planned.push(planLine(context, row, chosen));
  }
  const freight = planExpenses(context, expenses);
  return {
    lines: planned.flatMap(({ drafts }) => drafts),
    expenses: freight.rows,
    net: sum(planned.map(({ net }) => net)).plus(freight.net),
    tax: sum(planned.map(({ tax }) => tax)).plus(freight.tax),
    rounding: sum(planned.map(({ rounding }) => rounding)),
  };
}

interface PlannedLines {
  readonly drafts: readonly LineDraft[];
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly rounding: Decimal;
}

interface LineInput {
  readonly id: string;
  readonly itemCode: string;
  readonly portions: readonly Portion[];
  readonly extra: Readonly<Record<string, unknown>>;
  readonly listPrice: Decimal;
  readonly value: Decimal;
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly taxes: readonly Tax[];
  readonly path: string;
  /** True when amounts are a share of what the shop gives for more pieces, rounded. */
  readonly scaled: boolean;
  /** True when the settings name the tax code: whether it fits is theirs to say. */
  readonly codeIsFixed: boolean;
}

/** A line or charge as one row a warehouse, each of one or several parts. */
function planLine(context: OrderContext, input: LineInput, chosen: ChosenTax): PlannedLines {
  const { grossLines, digits, connection } = context;
  const quantities = input.portions.map(({ quantity }) => quantity);
  const written = grossLines ? input.value : input.net;
  const rows = priceRows(context, { ...input, quantities, written }, chosen);
  const parts = rows.flatMap((row, index) =>
    row.map((part) => ({
      part,
      warehouse: input.portions[index]?.warehouse ?? null,
      computed: computeTax(part.value, chosen.percent, grossLines, digits.amount),
    })),
  );
  const computed = sum(parts.map((each) => each.computed));
  const override = context.settings.tax.policy === 'override';
  if (override && !input.codeIsFixed) checkOverride(context, input, computed, chosen);
  const rounded = differsByRounding(context, input, computed, parts.length);
  const given = override || (rounded && !grossLines) ? shareTax(parts, input.tax, digits.amount) : null;
  const taxes = given ?? parts.map((each) => each.computed);
  const drafts = parts.map(
    ({ part, warehouse }, index): LineDraft => ({
      sourceLineId: input.id,
      itemCode: input.itemCode,
      quantity: part.quantity.toFixed(),
      value: part.value.toFixed(),
      fields: {
        ...formatPrice(part, grossLines),
        [connection.taxField]: chosen.code,
        ...(given === null ? {} : { TaxTotal: toWireNumber(given[index] ?? new Decimal(0)) }),
        ...(warehouse === null ? {} : { WarehouseCode: warehouse }),
        ...input.extra,
      },
    }),
  );
  const values = sum(parts.map(({ part }) => part.value));
  return {
    drafts,
    net: grossLines ? values.minus(computed) : values,
    tax: sum(taxes),
    rounding: rounded && grossLines ? computed.minus(input.tax) : new Decimal(0),
  };
}

function formatPrice(part: PricedPart, gross: boolean): Record<string, unknown> {
  return {
    [gross ? 'PriceAfterVAT' : 'UnitPrice']: toWireNumber(part.price),
    ...(part.discountPercent.isZero() ? {} : { DiscountPercent: toWireNumber(part.discountPercent) }),
  };
}

/**
 * True where SAP's tax and the shop's are the same but for rounding: the shop rounds each of a line's taxes, and the share of a line that was
 * partly taken off; SAP the tax of each row. Prices without tax then take the shop's tax, or the total would be off by that. With tax in
 * the price the total stays, and SAP takes the tax out of it.
 */
function differsByRounding(context: OrderContext, input: LineInput, computed: Decimal, parts: number): boolean {
  const { grossLines, digits, settings, tax } = context;
  if (settings.tax.policy === 'exempt-with-charge' || computed.eq(input.tax)) return false;
  const taxes = listCharged(input.taxes, tax.side).length;
  // One tax of a whole line is taken out of its price by both in the same way.
  if (grossLines && taxes === 1 && !input.scaled) return false;
  const roundings = taxes + parts + (input.scaled ? 2 : 0);
  const most = powerOfTen(-digits.amount).div(2).times(roundings);
  return computed.minus(input.tax).abs().lte(most);
}

/** The shop's tax is for the whole line: its parts take it by their amounts. */
function shareTax(parts: readonly { readonly part: PricedPart }[], tax: Decimal, digits: number): Decimal[] {
  return allocate(
    tax,
    parts.map(({ part }) => part.value),
    digits,
  );
}

function checkOverride(context: OrderContext, input: LineInput, computed: Decimal, chosen: ChosenTax): void {
  const policy = context.settings.tax;
  if (policy.policy !== 'override' || computed.minus(input.tax).abs().lte(policy.lineTolerance)) return;
  context.problems.add(
    'tax-differs',
    `${input.path}.taxes`,
    `the shop charged ${input.tax.toFixed()} tax, SAP's code ${chosen.code} (${chosen.percent.toFixed()} %) gives ${computed.toFixed()}`,
    'The tax code is the wrong one for this line, or its rate in SAP is out of date; a larger difference is let through by "tax.lineTolerance".',
    { expected: input.tax.toFixed(), actual: computed.toFixed() },
  );
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

/** A charge that goes into a freight row. */
export interface ExpenseDraft {
  readonly charge: WantedCharge;
  readonly code: number;
  readonly chosen: ChosenTax;
}

export interface PlannedExpenses {
  readonly rows: PlannedExpense[];
  /** Sum without tax, and the tax that SAP computes. */
  readonly net: Decimal;
  readonly tax: Decimal;
}

/**
 * Charges as freight rows. SAP has one row a freight code, so charges of one code are added up, which needs one tax code, and their tax is
 * rounded once; the shop's is given where it differs by that. A gross document's freight is written with the tax inside, as its lines are: the net amounts rounded apart would not come to the total.
 */
export function planExpenses(context: OrderContext, drafts: readonly ExpenseDraft[]): PlannedExpenses {
  const byCode = new Map<number, ExpenseDraft[]>();
  for (const draft of drafts) {
    const known = byCode.get(draft.code) ?? [];
    const [first] = known;
    if (first !== undefined && first.chosen.code !== draft.chosen.code)
      context.problems.add(
        'mixed-freight-tax',
        draft.charge.path,
        `freight code ${draft.code} would carry two tax codes (${first.chosen.code}, ${draft.chosen.code})`,
        'Use different freight codes for these charges, or write one of them as an item.',
      );
    byCode.set(draft.code, [...known, draft]);
  }
  const planned = [...byCode].map(([code, merged]) => planRow(context, code, merged));
  return {
    rows: planned.map(({ row }) => row),
    net: sum(planned.map(({ net }) => net)),
    tax: sum(planned.map(({ tax }) => tax)),
  };
}

function planRow(context: OrderContext, expenseCode: number, merged: readonly ExpenseDraft[]) {
  const { grossLines, digits, connection, settings } = context;
  const { chosen } = merged[0] as ExpenseDraft;
  const value = sum(merged.map(({ charge }) => charge.value));
  const net = sum(merged.map(({ charge }) => charge.net));
  const shopTax = sum(merged.map(({ charge }) => charge.tax));
  const computed = computeTax(grossLines ? value : net, chosen.percent, grossLines, digits.amount);
  // The shop rounds the tax of each charge, SAP that of the row: where only that differs, the shop's is given.
  const roundings = powerOfTen(-digits.amount).times(merged.length);
  const differs = !computed.eq(shopTax) && computed.minus(shopTax).abs().lte(roundings);
  const gives = settings.tax.policy === 'override' || (settings.tax.policy !== 'exempt-with-charge' && differs);
  const row: PlannedExpense = {
    expenseCode,
    fields: {
      ...(grossLines && !gives ? { LineGross: toWireNumber(value) } : { LineTotal: toWireNumber(net) }),
      [connection.taxField]: chosen.code,
      ...(gives ? { TaxSum: toWireNumber(shopTax) } : {}),
    },
  };
  return {
    row,
    net: grossLines && !gives ? value.minus(computed) : net,
    tax: gives ? shopTax : computed,
  };
}
