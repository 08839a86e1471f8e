import { Decimal, type FieldProblem } from '@entrepot/canonical';
import { readAmount, readText, type SapEntity } from '../../service-layer/wire.ts';
import {
  compareExpenses,
  compareGoodsOfLine,
  compareHeader,
  compareLine,
  isExploded,
  isOpenLine,
  pathOf,
  readLines,
  readLineValue,
} from './compare.ts';
import { type OrderPlan, type PlannedLine } from './map/plan.ts';
import { toNumber } from './read-write.ts';

export interface Change {
  /** The PATCH body that makes the difference. */
  readonly body: Record<string, unknown>;
  /** True when the collections are sent whole. */
  readonly replaces: boolean;
}

/** The changes that bring an open order to its plan; null when there are none. Settled rows stay as they are. */
export function planChange(plan: OrderPlan, order: SapEntity, settled: SettledRows): Change | null {
  const header = listHeaderChanges(plan, order);
  const lines = readLines(order);
  const planned = new Set(plan.lines.map((line) => line.lineNum));
  const removed = [...lines.values()].filter((line) => {
    const lineNum = Number(line.LineNum);
    return !planned.has(lineNum) && !settled.lineNums.has(lineNum) && !isExploded(line) && isOpenLine(line);
  });
  const changed = plan.lines.filter((line) => {
    const found = lines.get(line.lineNum);
    if (settled.lineNums.has(line.lineNum)) return false;
    return found === undefined || compareLine(line, found, plan).length > 0;
  });
  const expenses = compareExpenses(plan, order).length > 0;
  if (Object.keys(header).length === 0 && removed.length === 0 && changed.length === 0 && !expenses) return null;
  const replaces = removed.length > 0 || expenses;
  const sent = replaces
    ? listAllRows(plan, lines, changed, removed, settled)
    : changed.map((line) => toLineBody(line, lines.has(line.lineNum)));
  const body = {
    ...header,
    ...(sent.length === 0 ? {} : { DocumentLines: sent }),
    ...(replaces
      ? {
          DocumentAdditionalExpenses: plan.expenses.map((expense) => ({
            ExpenseCode: expense.expenseCode,
            ...expense.fields,
          })),
        }
      : {}),
  };
  return { body, replaces };
}

/** Fields of the document that differ. An empty field is sent as null: a PATCH keeps what it leaves out. */
function listHeaderChanges(plan: OrderPlan, order: SapEntity): Record<string, unknown> {
  const { header } = plan;
  const changes: Record<string, unknown> = {};
  for (const { path } of compareHeader(plan, order)) {
    const name = path.split('.')[0] as string;
    if (name === 'RoundingDiffAmount') {
      const rounds = !readAmount(header.RoundingDiffAmount, plan.expected.digits).isZero();
      Object.assign(changes, { Rounding: rounds ? 'tYES' : 'tNO', RoundingDiffAmount: header[name] ?? 0 });
    } else changes[name] = header[name];
  }
  // With another code SAP may take the address stored under it.
  if (changes.ShipToCode !== undefined && header.AddressExtension !== undefined)
    changes.AddressExtension = header.AddressExtension;
  return changes;
}

/**
 * Where the collection is replaced, every row that stays must be named: planned ones with their fields, but closed and settled ones and
 * those that SAP exploded from a bill of materials by their number only, since they are not ours to write.
 */
function listAllRows(
  plan: OrderPlan,
  lines: ReadonlyMap<number, SapEntity>,
  changed: readonly PlannedLine[],
  removed: readonly SapEntity[],
  settled: SettledRows,
): Record<string, unknown>[] {
  const rows = plan.lines.flatMap((line) => {
    const found = lines.get(line.lineNum);
    if (settled.lineNums.has(line.lineNum)) return found === undefined ? [] : [{ LineNum: line.lineNum }];
    const closed = found !== undefined && !isOpenLine(found) && !changed.includes(line);
    return closed ? [{ LineNum: line.lineNum }] : [toLineBody(line, found !== undefined)];
  });
  const planned = new Set(plan.lines.map((line) => line.lineNum));
  const others = [...lines].filter(([lineNum, line]) => !planned.has(lineNum) && !removed.includes(line));
  return [...rows, ...others.map(([lineNum]) => ({ LineNum: lineNum }))];
}

/** An existing line is addressed by its number; a new one has none, SAP gives the next. */
function toLineBody(line: PlannedLine, exists: boolean): Record<string, unknown> {
  const body = { ItemCode: line.itemCode, Quantity: toNumber(line.quantity), ...line.fields };
  // An expired discount must be reset: a PATCH keeps what it leaves out.
  return exists ? { LineNum: line.lineNum, DiscountPercent: 0, ...body } : body;
}

/** Rows of an open order that stay as they are, because their goods are delivered and only what follows from that differs. */
export interface SettledRows {
  readonly lineNums: ReadonlySet<number>;
  /** Differences that no longer have an effect. */
  readonly differences: readonly FieldProblem[];
}

/**
 * Rows whose goods are delivered differ from the plan without consequence when only their texts, places or the way the goods are spread
 * over rows differ: a change of money or goods is not among them.
 */
export function listSettledRows(plan: OrderPlan, order: SapEntity): SettledRows {
  const lines = readLines(order);
  const planned = new Set(plan.lines.map((line) => line.lineNum));
  const unplanned = [...lines].filter(([lineNum, line]) => !planned.has(lineNum) && !isExploded(line));
  const lineNums = new Set<number>();
  for (const group of groupBySource(plan.lines)) {
    for (const row of listTextsOnly(group, lines, plan)) lineNums.add(row);
    const settled = listRespread(group, lines, unplanned, plan);
    for (const row of settled) lineNums.add(row);
  }
  const differences = [...lineNums].flatMap((lineNum): FieldProblem[] => {
    const wanted = plan.lines.find((line) => line.lineNum === lineNum);
    const found = lines.get(lineNum);
    if (wanted !== undefined && found !== undefined) return compareLine(wanted, found, plan);
    return [{ path: pathOf(lineNum), message: 'the goods are delivered from another row' }];
  });
  return { lineNums, differences };
}

/**
 * How a closed document contains the goods, amounts and tax of the plan, however they are spread over rows; `differ`:
 * it does not.
 */
export type GoodsFit = 'whole' | 'delivered' | 'differ';

/**
 * Whether a closed document matches the plan. A row of which nothing was delivered and that the shop does not want
 * either is ignored. Of a document closed short, the delivered part may match.
 */
export function judgeGoods(plan: OrderPlan, order: SapEntity): GoodsFit {
  if (compareExpenses(plan, order).length > 0) return 'differ';
  const planned = new Set(plan.lines.map((line) => line.lineNum));
  const all = [...readLines(order)].filter(([, line]) => !isExploded(line));
  const meant = all.filter(([lineNum, line]) => planned.has(lineNum) || !readDelivered(line).isZero());
  const wanted = tally(plan.lines.map((line) => describePlanned(line)));
  const isWanted = (goods: readonly Goods[]) => tally(goods) === wanted;
  if ([all, meant].some((rows) => isWanted(rows.map(([, line]) => describeFound(plan, line))))) return 'whole';
  return isWanted(all.map(([, line]) => describeDelivered(plan, line))) ? 'delivered' : 'differ';
}

/** Delivered rows as planned except for texts and places. */
function listTextsOnly(
  group: readonly PlannedLine[],
  lines: ReadonlyMap<number, SapEntity>,
  plan: OrderPlan,
): number[] {
  return group.flatMap((wanted) => {
    const found = lines.get(wanted.lineNum);
    if (found === undefined || isOpenLine(found) || compareGoodsOfLine(wanted, found, plan).length > 0) return [];
    return compareLine(wanted, found, plan).length > 0 ? [wanted.lineNum] : [];
  });
}

/** All rows of a source line, where delivered pieces stand in other rows than planned and the whole is the same. */
function listRespread(
  group: readonly PlannedLine[],
  lines: ReadonlyMap<number, SapEntity>,
  unplanned: readonly (readonly [number, SapEntity])[],
  plan: OrderPlan,
): number[] {
  const own = group.flatMap(({ lineNum }) => {
    const line = lines.get(lineNum);
    return line === undefined ? [] : [[lineNum, line] as const];
  });
  const conflicts = group.some((wanted) => {
    const found = lines.get(wanted.lineNum);
    return found !== undefined && standsInTheWay(wanted, found);
  });
  if (!conflicts) return [];
  const items = new Set(group.map((line) => line.itemCode));
  const freed = unplanned.filter(([, line]) => items.has(readText(line.ItemCode) ?? ''));
  const wanted = tally(group.map((line) => describePlanned(line)));
  for (const rows of [own, [...own, ...freed]])
    if (tally(rows.map(([, line]) => describeFound(plan, line))) === wanted)
      return [...new Set([...rows.map(([lineNum]) => lineNum), ...group.map(({ lineNum }) => lineNum)])];
  return [];
}

/** True when a row cannot be given the planned quantity, because pieces of it are delivered. */
function standsInTheWay(wanted: PlannedLine, found: SapEntity): boolean {
  const quantity = new Decimal(wanted.quantity);
  if (!isOpenLine(found)) return !quantity.eq(readAmount(found.Quantity, 6));
  return quantity.lt(readDelivered(found));
}

/** Pieces of a row that are delivered. */
export function readDelivered(line: SapEntity): Decimal {
  if (isOpenLine(line) && line.RemainingOpenQuantity === undefined) return new Decimal(0);
  return readAmount(line.Quantity, 6).minus(readAmount(line.RemainingOpenQuantity, 6));
}

interface Goods {
  readonly key: string;
  readonly quantity: Decimal;
  readonly value: Decimal;
}

function describePlanned(line: PlannedLine): Goods {
  const code = readText(line.fields.TaxCode ?? line.fields.VatGroup) ?? '';
  return {
    key: `${line.itemCode}|${code}`,
    quantity: new Decimal(line.quantity),
    value: new Decimal(line.value),
  };
}

function describeFound(plan: OrderPlan, line: SapEntity): Goods {
  const field = plan.lines.some(({ fields }) => fields.VatGroup !== undefined) ? 'VatGroup' : 'TaxCode';
  return {
    key: `${readText(line.ItemCode) ?? ''}|${readText(line[field]) ?? ''}`,
    quantity: readAmount(line.Quantity, 6),
    value: readLineValue(plan, line),
  };
}

/** What was delivered of a row, at its share of the amount. */
function describeDelivered(plan: OrderPlan, line: SapEntity): Goods {
  const { key, quantity, value } = describeFound(plan, line);
  const delivered = readDelivered(line);
  const share = quantity.isZero() ? value : value.times(delivered).div(quantity);
  return { key, quantity: delivered, value: share.toDecimalPlaces(plan.expected.digits) };
}

/** Quantities and amounts by item and tax code, as a text to compare. */
function tally(goods: readonly Goods[]): string {
  const sums = new Map<string, readonly [Decimal, Decimal]>();
  for (const { key, quantity, value } of goods) {
    if (quantity.isZero()) continue;
    const [pieces, amount] = sums.get(key) ?? [new Decimal(0), new Decimal(0)];
    sums.set(key, [pieces.plus(quantity), amount.plus(value)]);
  }
  return [...sums]
    .map(([key, [pieces, amount]]) => `${key}|${pieces.toFixed()}|${amount.toFixed()}`)
    .sort()
    .join('\n');
}

function groupBySource(lines: readonly PlannedLine[]): PlannedLine[][] {
  const groups = new Map<string, PlannedLine[]>();
  for (const line of lines) groups.set(line.sourceLineId, [...(groups.get(line.sourceLineId) ?? []), line]);
  return [...groups.values()];
}
