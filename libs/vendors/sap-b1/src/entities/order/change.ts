import type { OrderPlan, PlannedLine } from '../../map/order/plan.ts';
import { readAmount } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';
import { compareHeader } from '../order-compare.ts';
import { toNumber } from '../order-io.ts';
import { compareExpenses, compareLine, isExploded, isOpenLine, readLines } from './compare-rows.ts';
import type { SettledRows } from './settled-rows.ts';

export interface Change {
  /** The PATCH body that makes the difference. */
  readonly body: Record<string, unknown>;
  /** True when the collections are sent whole. */
  readonly replaces: boolean;
}

/** What is to be sent to bring an open order to its plan; null when nothing is. Settled rows stay as they are. */
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

/** Fields of the document that differ. What is empty goes as null: what a PATCH leaves out stays. */
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
  // With another code SAP may take the address that stands under it.
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
  // A discount that is over must be taken back: what a PATCH leaves out stays.
  return exists ? { LineNum: line.lineNum, DiscountPercent: 0, ...body } : body;
}
