import { createHash } from 'node:crypto';
import { Decimal, type FieldProblem } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { FoundDocument, PlannedDocument } from '@entrepot/vendor-kit';
import type { CancelledOrderPlan, OrderPlan, PlannedLine } from '../map/order/plan.ts';
import { readAmount, readDay, readText } from '../service-layer/odata.ts';
import type { SapEntity } from '../service-layer/wire.ts';
import { isCancelled } from './order-io.ts';

const DATE_FIELDS = new Set(['DocDate', 'DocDueDate', 'TaxDate']);
/** SAP rewrites or ignores these after creation, or gives them back in another form. */
const NOT_COMPARED = new Set([
  'CardCode',
  'DocCurrency',
  'DocRate',
  'PriceMode',
  'Rounding',
  'RoundingDiffAmount',
  'AddressExtension',
  'OpeningRemarks',
]);

/** What SAP holds against what was planned; empty = as planned. */
export function compareOrder(document: PlannedDocument, current: FoundDocument, flow: FlowSettings): FieldProblem[] {
  const order = current.body as SapEntity;
  if (document.state === 'cancelled') {
    const ref = (document.body as CancelledOrderPlan).ref;
    return isCancelled(order)
      ? []
      : [
          {
            path: 'Cancelled',
            expected: 'tYES',
            actual: String(order.Cancelled ?? ''),
            message: `order ${ref} is not cancelled in SAP`,
          },
        ];
  }
  const plan = document.body as OrderPlan;
  const cancelled = isCancelled(order)
    ? [{ path: 'Cancelled', expected: 'tNO', actual: 'tYES', message: 'the order was cancelled in SAP' }]
    : [];
  return [
    ...cancelled,
    ...compareFixed(plan, order),
    ...compareHeader(plan, order),
    ...compareLines(plan, order),
    ...compareTotals(plan, order, flow),
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

/** Differences of the document's own fields that an update can change. */
export function compareHeader({ header, expected }: OrderPlan, order: SapEntity): FieldProblem[] {
  const fields = Object.entries(header).filter(
    ([name, value]) => !NOT_COMPARED.has(name) && !expected.datesOfWriting.includes(name) && value !== null,
  );
  const own = fields.flatMap(([name, value]) =>
    DATE_FIELDS.has(name)
      ? differ(name, readText(value), readDay(order[name]))
      : differ(name, readPlain(value), readPlain(order[name])),
  );
  const planned = (header.AddressExtension ?? {}) as Record<string, unknown>;
  const actual = (order.AddressExtension ?? {}) as Record<string, unknown>;
  const address = Object.entries(planned).flatMap(([name, value]) =>
    differ(`AddressExtension.${name}`, readText(value), readText(actual[name])),
  );
  return [...own, ...address];
}

/** Lines of the document by their number. */
export function readLines(order: SapEntity): Map<number, SapEntity> {
  const lines = (order.DocumentLines ?? []) as SapEntity[];
  return new Map(lines.map((line) => [Number(line.LineNum), line]));
}

/** Differences of one line; amounts as SAP computed them. */
export function compareLine(planned: PlannedLine, line: SapEntity, plan: OrderPlan): FieldProblem[] {
  const path = `DocumentLines[LineNum=${planned.lineNum}]`;
  const quantity = new Decimal(planned.quantity);
  return [
    ...differ(`${path}.ItemCode`, planned.itemCode, readText(line.ItemCode)),
    ...differAmount(`${path}.Quantity`, quantity, readAmount(line.Quantity, 6), new Decimal(0)),
    ...differAmount(
      `${path}.${lineValueField(plan, line)}`,
      new Decimal(planned.value),
      readLineValue(plan, line),
      new Decimal(0),
    ),
    ...['WarehouseCode', 'TaxCode', 'VatGroup'].flatMap((field) =>
      planned.fields[field] === undefined
        ? []
        : differ(`${path}.${field}`, readText(planned.fields[field]), readText(line[field])),
    ),
  ];
}

function compareLines(plan: OrderPlan, order: SapEntity): FieldProblem[] {
  const lines = readLines(order);
  const planned = new Set(plan.lines.map((line) => line.lineNum));
  const missing = plan.lines.flatMap((line) => {
    const found = lines.get(line.lineNum);
    if (found !== undefined) return compareLine(line, found, plan);
    return [
      {
        path: `DocumentLines[LineNum=${line.lineNum}]`,
        expected: line.itemCode,
        actual: '',
        message: 'the line is missing in SAP',
      },
    ];
  });
  // A line that SAP explodes from a bill of materials belongs to its parent and is none of ours.
  const surplus = [...lines.values()].filter(
    (line) => !planned.has(Number(line.LineNum)) && line.TreeType !== 'iIngredient' && line.LineStatus !== 'bost_Close',
  );
  return [
    ...missing,
    ...surplus.map((line) => ({
      path: `DocumentLines[LineNum=${String(line.LineNum)}]`,
      expected: '',
      actual: readText(line.ItemCode) ?? '',
      message: 'SAP has a line that the shop does not have',
    })),
  ];
}

function compareTotals(plan: OrderPlan, order: SapEntity, flow: FlowSettings): FieldProblem[] {
  const { total, tax, digits } = plan.expected;
  const tolerance = new Decimal(flow.totalTolerance);
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

/** In a foreign currency SAP keeps the document's own amounts in the Fc fields, DocTotal is in the company's currency. */
function isForeign(order: SapEntity): boolean {
  return !readAmount(order.DocTotalFc, 6).isZero();
}

function lineValueField(plan: OrderPlan, line: SapEntity): string {
  if (plan.expected.grossLines) return isForeignLine(line) ? 'GrossTotalFC' : 'GrossTotal';
  return isForeignLine(line) ? 'RowTotalFC' : 'LineTotal';
}

function readLineValue(plan: OrderPlan, line: SapEntity): Decimal {
  return readAmount(line[lineValueField(plan, line)], plan.expected.digits);
}

function isForeignLine(line: SapEntity): boolean {
  return !readAmount(line.RowTotalFC, 6).isZero();
}

/**
 * Hash over what we map of an order, as SAP holds it. The numbers are rounded: a double that comes back as 19.989999 is no change.
 */
export function hashOrder(current: FoundDocument): string {
  const order = current.body as SapEntity;
  const lines = [...readLines(order).values()].map((line) => [
    line.LineNum,
    line.ItemCode,
    readAmount(line.Quantity, 6).toFixed(),
    readAmount(line.LineTotal, 6).toFixed(),
    line.WarehouseCode,
    line.TaxCode,
    line.VatGroup,
  ]);
  const header = ['CardCode', 'NumAtCard', 'DocCurrency', 'Comments', 'Cancelled', 'DocumentStatus'].map(
    (name) => order[name] ?? null,
  );
  const dates = ['DocDate', 'DocDueDate'].map((name) => readDay(order[name]));
  const totals = ['DocTotal', 'VatSum'].map((name) => readAmount(order[name], 6).toFixed());
  return createHash('sha256')
    .update(JSON.stringify([header, dates, totals, order.AddressExtension ?? null, lines]))
    .digest('hex');
}

function differ(path: string, expected: string | null, actual: string | null): FieldProblem[] {
  return (expected ?? '') === (actual ?? '') ? [] : [{ path, expected: expected ?? '', actual: actual ?? '' }];
}

function differAmount(path: string, expected: Decimal, actual: Decimal, tolerance: Decimal): FieldProblem[] {
  return expected.minus(actual).abs().lte(tolerance)
    ? []
    : [{ path, expected: expected.toFixed(), actual: actual.toFixed() }];
}

/** Custom fields may be numbers or yes/no. */
function readPlain(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'tYES' : 'tNO';
  return readText(value);
}
