import { Decimal, type FieldProblem } from '@entrepot/canonical';
import { type FoundDocument } from '@entrepot/vendor-kit';
import { isYes, readAmount, readDay, readText, type SapEntity } from '../../service-layer/wire.ts';
import { type AnyOrderPlan, type OrderPlan, type PlannedLine } from './map/plan.ts';

/** Fields of the document that are not compared one by one as they are planned. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  // Compared among the fields that can no longer change.
  'CardCode',
  'DocCurrency',
  // Fixed at creation, too; what it decides, the gross amounts, is compared row by row.
  'PriceMode',
  // The amount that it allows is compared.
  'Rounding',
  'RoundingDiffAmount',
  // Compared column by column.
  'AddressExtension',
]);
/** Codes that SAP shows as -1 where there is none. */
const CODES_WITH_NONE: ReadonlySet<string> = new Set(['SalesPersonCode', 'TransportationCode']);

/** Compares SAP's document with the plan; empty = as planned. */
export function compareOrder(
  plan: AnyOrderPlan,
  { body: order }: FoundDocument<SapEntity>,
  tolerance: string,
): FieldProblem[] {
  if (plan.kind === 'cancelled-order') return [];
  return [
    ...compareFixed(plan, order),
    ...compareHeader(plan, order),
    ...compareLines(plan, order),
    ...compareExpenses(plan, order),
    ...compareTotals(plan, order, new Decimal(tolerance)),
  ];
}

/** Differences of what an update cannot change. */
export function compareFixed(plan: OrderPlan, order: SapEntity): FieldProblem[] {
  const fixed = {
    CardCode: plan.header.CardCode,
    DocCurrency: plan.header.DocCurrency,
    [plan.expected.refField]: plan.expected.ref,
  };
  return Object.entries(fixed).flatMap(([path, expected]) => differ(path, readText(expected), readText(order[path])));
}

/** Differences of the document's own fields that an update can change; what the source emptied is to be empty. */
export function compareHeader({ header, expected }: OrderPlan, order: SapEntity): FieldProblem[] {
  const fields = Object.entries(header).filter(
    ([name]) => !NOT_COMPARED.has(name) && name !== expected.refField && !expected.datesOfWriting.includes(name),
  );
  const planned = (header.AddressExtension ?? {}) as Record<string, unknown>;
  const actual = (order.AddressExtension ?? {}) as Record<string, unknown>;
  return [
    ...fields.flatMap(([name, value]) => differPlain(name, readCode(name, value), readCode(name, order[name]))),
    ...compareRounding(header, order, expected.digits),
    ...Object.entries(planned).flatMap(([name, value]) => differPlain(`AddressExtension.${name}`, value, actual[name])),
  ];
}

function readCode(name: string, value: unknown): unknown {
  return CODES_WITH_NONE.has(name) && value === -1 ? null : value;
}

/** A rounding that the order no longer has must be removed, or the total is off by it. */
function compareRounding(header: OrderPlan['header'], order: SapEntity, digits: number): FieldProblem[] {
  const actual = isForeign(order) ? (order.RoundingDiffAmountFC ?? order.RoundingDiffAmount) : order.RoundingDiffAmount;
  const rounds = order.Rounding !== 'tNO';
  return differAmount(
    'RoundingDiffAmount',
    readAmount(header.RoundingDiffAmount, digits),
    rounds ? readAmount(actual, digits) : new Decimal(0),
    0,
  );
}

export function compareTotals(plan: OrderPlan, order: SapEntity, tolerance: Decimal): FieldProblem[] {
  const { total, tax, digits } = plan.expected;
  const foreign = isForeign(order);
  return [
    ...differAmount(
      foreign ? 'DocTotalFc' : 'DocTotal',
      new Decimal(total),
      readAmount(foreign ? order.DocTotalFc : order.DocTotal, digits),
      tolerance,
    ),
    ...differAmount(
      foreign ? 'VatSumFc' : 'VatSum',
      new Decimal(tax),
      readAmount(foreign ? order.VatSumFc : order.VatSum, digits),
      tolerance,
    ),
  ];
}

/** True when SAP holds the order as cancelled. */
export function isCancelled(order: SapEntity): boolean {
  return isYes(order.Cancelled) || order.CancelStatus === 'csCancellation';
}

export function isOpen(order: SapEntity): boolean {
  return order.DocumentStatus === 'bost_Open' || order.DocumentStatus === undefined;
}

/** Fields of a row that make its amounts: those are compared as SAP computed them. */
const AMOUNT_FIELDS = new Set(['UnitPrice', 'PriceAfterVAT', 'DiscountPercent', 'TaxTotal']);

/** Lines of the document by their number. */
export function readLines(order: SapEntity): Map<number, SapEntity> {
  const lines = (order.DocumentLines ?? []) as SapEntity[];
  return new Map(lines.map((line) => [Number(line.LineNum), line]));
}

export function isOpenLine(line: SapEntity): boolean {
  return line.LineStatus !== 'bost_Close';
}

/** A line that SAP explodes from a bill of materials belongs to its parent and is not ours. */
export function isExploded(line: SapEntity): boolean {
  return line.TreeType === 'iIngredient';
}

/** Differences of one line that are money or goods; amounts as SAP computed them. */
export function compareGoodsOfLine(planned: PlannedLine, line: SapEntity, plan: OrderPlan): FieldProblem[] {
  const path = pathOf(planned.lineNum);
  return [
    ...differ(`${path}.ItemCode`, planned.itemCode, readText(line.ItemCode)),
    ...differAmount(`${path}.Quantity`, new Decimal(planned.quantity), readAmount(line.Quantity, 6), 0),
    ...differAmount(`${path}.${lineValueField(plan, line)}`, new Decimal(planned.value), readLineValue(plan, line), 0),
    ...compareTax(planned, line, plan),
  ];
}

/** Differences of one line. */
export function compareLine(planned: PlannedLine, line: SapEntity, plan: OrderPlan): FieldProblem[] {
  const path = pathOf(planned.lineNum);
  const others = Object.entries(planned.fields).filter(
    ([name]) => !AMOUNT_FIELDS.has(name) && name !== 'TaxCode' && name !== 'VatGroup',
  );
  return [
    ...compareGoodsOfLine(planned, line, plan),
    ...others.flatMap(([name, value]) => differPlain(`${path}.${name}`, value, line[name])),
  ];
}

function compareTax(planned: PlannedLine, line: SapEntity, plan: OrderPlan): FieldProblem[] {
  const path = pathOf(planned.lineNum);
  const codes = (['TaxCode', 'VatGroup'] as const).flatMap((field) =>
    planned.fields[field] === undefined
      ? []
      : differ(`${path}.${field}`, readText(planned.fields[field]), readText(line[field])),
  );
  const { TaxTotal: given } = planned.fields;
  // In a foreign currency the row shows its tax in the company's only.
  if (given === undefined || line.TaxTotal === undefined || isForeignLine(line)) return codes;
  const { digits } = plan.expected;
  return [
    ...codes,
    ...differAmount(`${path}.TaxTotal`, readAmount(given, digits), readAmount(line.TaxTotal, digits), 0),
  ];
}

export function compareLines(plan: OrderPlan, order: SapEntity): FieldProblem[] {
  const lines = readLines(order);
  const planned = new Set(plan.lines.map((line) => line.lineNum));
  const missing = plan.lines.flatMap((line) => {
    const found = lines.get(line.lineNum);
    if (found !== undefined) return compareLine(line, found, plan);
    return [{ path: pathOf(line.lineNum), expected: line.itemCode, actual: '', message: 'the line is missing in SAP' }];
  });
  const surplus = [...lines.values()].filter(
    (line) => !planned.has(Number(line.LineNum)) && !isExploded(line) && isOpenLine(line),
  );
  return [
    ...missing,
    ...surplus.map((line) => ({
      path: pathOf(Number(line.LineNum)),
      expected: '',
      actual: readText(line.ItemCode) ?? '',
      message: 'SAP has a line that the shop does not have',
    })),
  ];
}

/** Differences of the freight rows. */
export function compareExpenses(plan: OrderPlan, order: SapEntity): FieldProblem[] {
  const { digits } = plan.expected;
  const actual = ((order.DocumentAdditionalExpenses ?? []) as SapEntity[]).filter(
    (row) => !readExpense(row, 'LineTotal', digits).isZero(),
  );
  const rowOf = (code: number) => actual.find((row) => Number(row.ExpenseCode) === code);
  const planned = plan.expenses.flatMap(({ expenseCode, fields }) => {
    const path = `DocumentAdditionalExpenses[ExpenseCode=${expenseCode}]`;
    const row = rowOf(expenseCode) ?? {};
    const amounts = (['LineTotal', 'LineGross', 'TaxSum'] as const).flatMap((name) =>
      fields[name] === undefined
        ? []
        : differAmount(`${path}.${name}`, readAmount(fields[name], digits), readExpense(row, name, digits), 0),
    );
    const codes = (['TaxCode', 'VatGroup'] as const).flatMap((name) =>
      fields[name] === undefined ? [] : differ(`${path}.${name}`, readText(fields[name]), readText(row[name])),
    );
    return [...amounts, ...codes];
  });
  const surplus = actual
    .filter((row) => !plan.expenses.some(({ expenseCode }) => expenseCode === Number(row.ExpenseCode)))
    .map((row) => ({
      path: `DocumentAdditionalExpenses[ExpenseCode=${String(row.ExpenseCode)}]`,
      expected: '',
      actual: readExpense(row, 'LineTotal', digits).toFixed(),
      message: 'SAP has a freight row that the shop does not have',
    }));
  return [...planned, ...surplus];
}

/** In a foreign currency the document's own amount is in the Fc field. */
function readExpense(row: SapEntity, name: 'LineTotal' | 'LineGross' | 'TaxSum', digits: number): Decimal {
  const isForeignRow = !readAmount(row.LineTotalFC, digits).isZero();
  return readAmount(isForeignRow ? row[`${name}FC`] : row[name], digits);
}

function lineValueField(plan: OrderPlan, line: SapEntity): string {
  if (plan.expected.grossLines) return isForeignLine(line) ? 'GrossTotalFC' : 'GrossTotal';
  return isForeignLine(line) ? 'RowTotalFC' : 'LineTotal';
}

export function readLineValue(plan: OrderPlan, line: SapEntity): Decimal {
  return readAmount(line[lineValueField(plan, line)], plan.expected.digits);
}

function isForeignLine(line: SapEntity): boolean {
  return !readAmount(line.RowTotalFC, 6).isZero();
}

export function pathOf(lineNum: number): string {
  return `DocumentLines[LineNum=${lineNum}]`;
}

/** Null, missing and '' are all "empty". */
export function differ(path: string, expected: string | null, actual: string | null): FieldProblem[] {
  return (expected ?? '') === (actual ?? '') ? [] : [{ path, expected: expected ?? '', actual: actual ?? '' }];
}

function differAmount(path: string, expected: Decimal, actual: Decimal, tolerance: Decimal | 0): FieldProblem[] {
  return expected.minus(actual).abs().lte(tolerance)
    ? []
    : [{ path, expected: expected.toFixed(), actual: actual.toFixed() }];
}

/** Difference of a field whose kind only the plan knows: texts, codes, numbers, yes/no and days of custom fields. */
function differPlain(path: string, planned: unknown, actual: unknown): FieldProblem[] {
  const expected = readPlain(planned);
  // SAP gives a day back with a time of day.
  const isDay = expected !== null && /^\d{4}-\d{2}-\d{2}$/.test(expected);
  return differ(path, expected, isDay ? readDay(actual) : readPlain(actual));
}

/** SAP keeps the line ends of its own client. */
export function readPlain(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'tYES' : 'tNO';
  if (typeof value === 'number') return readAmount(value, 6).toFixed();
  return readText(value)?.replaceAll(/\r\n?/g, '\n') ?? null;
}

/** In a foreign currency SAP keeps the document's own amounts in the Fc fields, DocTotal is in the company's currency. */
function isForeign(order: SapEntity): boolean {
  return !readAmount(order.DocTotalFc, 6).isZero();
}
