import { createHash } from 'node:crypto';
import { Decimal, type FieldProblem } from '@entrepot/canonical';
import { type FoundDocument } from '@entrepot/vendor-kit';
import { readAmount, readDay, readText } from '../../service-layer/odata.ts';
import { type SapEntity } from '../../service-layer/wire.ts';
import {
  compareExpenses,
  compareLines,
  differ,
  differAmount,
  differPlain,
  isExploded,
  isForeign,
  readLines,
  readPlain,
} from './compare-rows.ts';
import { type AnyOrderPlan, type OrderPlan } from './map/plan.ts';
import { isCancelled } from './read-write.ts';

const DATE_FIELDS = ['DocDate', 'DocDueDate', 'TaxDate'] as const;
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
  if (plan.kind === 'cancelled-order') {
    if (isCancelled(order)) return [];
    const message = `order ${plan.ref} is not cancelled in SAP`;
    return [{ path: 'Cancelled', expected: 'tYES', actual: String(order.Cancelled ?? ''), message }];
  }
  return [
    ...compareCancelled(order),
    ...compareFixed(plan, order),
    ...compareHeader(plan, order),
    ...compareLines(plan, order),
    ...compareExpenses(plan, order),
    ...compareTotals(plan, order, new Decimal(tolerance)),
  ];
}

/** The difference that an order which the shop wants was cancelled in SAP. */
export function compareCancelled(order: SapEntity): FieldProblem[] {
  return isCancelled(order)
    ? [{ path: 'Cancelled', expected: 'tNO', actual: 'tYES', message: 'the order was cancelled in SAP' }]
    : [];
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

const HASHED_FIELDS = [
  'CardCode',
  'NumAtCard',
  'DocCurrency',
  'DocRate',
  'Comments',
  'OpeningRemarks',
  'Series',
  'BPL_IDAssignedToInvoice',
  'PaymentGroupCode',
  'SalesPersonCode',
  'TransportationCode',
  'RoundingDiffAmount',
  'Cancelled',
  'DocumentStatus',
] as const;
const HASHED_LINE_FIELDS = [
  'LineNum',
  'ItemCode',
  'ItemDescription',
  'FreeText',
  'WarehouseCode',
  'TaxCode',
  'VatGroup',
] as const;
const HASHED_LINE_AMOUNTS = ['Quantity', 'LineTotal', 'RowTotalFC', 'GrossTotal', 'TaxTotal'] as const;
const HASHED_EXPENSE_AMOUNTS = ['LineTotal', 'LineTotalFC', 'LineGross', 'TaxSum'] as const;

/**
 * Hash over what we map of an order, as SAP holds it, user-defined fields among it. The numbers are rounded: a double that comes back as
 * 19.989999 is no change.
 */
export function hashOrder({ body: order }: FoundDocument<SapEntity>): string {
  const pick = (entity: SapEntity, names: readonly string[]) => names.map((name) => readPlain(entity[name]));
  const amounts = (entity: SapEntity, names: readonly string[]) =>
    names.map((name) => readAmount(entity[name], 6).toFixed());
  const lines = [...readLines(order).values()]
    .filter((line) => !isExploded(line))
    .map((line) => [pick(line, HASHED_LINE_FIELDS), amounts(line, HASHED_LINE_AMOUNTS), listOwnFields(line)]);
  const expenses = ((order.DocumentAdditionalExpenses ?? []) as SapEntity[]).map((row) => [
    pick(row, ['ExpenseCode', 'TaxCode', 'VatGroup']),
    amounts(row, HASHED_EXPENSE_AMOUNTS),
  ]);
  const address = listFilled((order.AddressExtension ?? {}) as SapEntity, () => true);
  const parts = [
    pick(order, HASHED_FIELDS),
    listOwnFields(order),
    DATE_FIELDS.map((name) => readDay(order[name])),
    amounts(order, ['DocTotal', 'DocTotalFc', 'VatSum', 'VatSumFc']),
    address,
    lines,
    expenses,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** User-defined fields that hold something, in the order of their names. */
function listOwnFields(entity: SapEntity): [string, string | null][] {
  return listFilled(entity, (name) => name.startsWith('U_'));
}

function listFilled(entity: SapEntity, counts: (name: string) => boolean): [string, string | null][] {
  return Object.entries(entity)
    .filter(([name, value]) => counts(name) && readPlain(value) !== null)
    .map(([name, value]): [string, string | null] => [name, readPlain(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
