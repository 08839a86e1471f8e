import { Decimal, type ErrorDetail } from '@entrepot/canonical';
import {
  type CallContext,
  type FoundDocument,
  type PlannedDocument,
  type UpdateOutcome,
  VendorError,
} from '@entrepot/vendor-kit';
import type { OrderPlan, PlannedLine } from '../map/order/plan.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { readAmount } from '../service-layer/odata.ts';
import type { SapEntity } from '../service-layer/wire.ts';
import { compareFixed, compareHeader, compareLine, readLines } from './order-compare.ts';
import { isCancelled, isOpen, toNumber } from './order-io.ts';

/** Brings an order in SAP to its plan, as far as its state allows; what it does not allow is refused with words for an operator. */
export async function updateOrder(
  layer: ServiceLayer,
  document: PlannedDocument,
  current: FoundDocument,
  call: CallContext,
): Promise<UpdateOutcome> {
  const order = current.body as SapEntity;
  if (document.state === 'cancelled') return cancelOrder(layer, current, order, call);
  const plan = document.body as OrderPlan;
  const change = planChange(plan, order);
  if (change === null) return { status: 'unchanged' };
  const refusal = current.draft ? refuseDraft(current) : refuseChange(plan, order, current);
  if (refusal !== null) return { status: 'refused', error: refusal };
  await layer.send({
    method: 'PATCH',
    path: `Orders(${current.targetId})`,
    headers: {
      ...(current.etag === null ? {} : { 'if-match': current.etag }),
      // Without it lines and charges merge by their number, and one that is gone in the shop would stay.
      ...(change.replaces ? { 'b1s-replacecollectionsonpatch': 'true' } : {}),
    },
    body: change.body,
    call,
    action: `changing order ${current.targetNumber ?? current.targetId}`,
  });
  return { status: 'applied' };
}

interface Change {
  readonly body: Record<string, unknown>;
  readonly replaces: boolean;
}

/** The PATCH body that makes the difference; null when there is none. */
function planChange(plan: OrderPlan, order: SapEntity): Change | null {
  const header: Record<string, unknown> = {};
  for (const { path } of compareHeader(plan, order)) {
    const name = path.split('.')[0] as string;
    header[name] = plan.header[name];
  }
  const lines = readLines(order);
  const planned = new Set(plan.lines.map((line) => line.lineNum));
  const removed = [...lines.values()].filter(
    (line) => !planned.has(Number(line.LineNum)) && line.TreeType !== 'iIngredient' && isOpenLine(line),
  );
  const changed = plan.lines.filter((line) => {
    const found = lines.get(line.lineNum);
    return found === undefined || compareLine(line, found, plan).length > 0;
  });
  const expenses = differsInExpenses(plan, order);
  if (
    Object.keys(header).length === 0 &&
    removed.length === 0 &&
    changed.length === 0 &&
    !expenses &&
    compareFixed(plan, order).length === 0
  )
    return null;
  const replaces = removed.length > 0 || expenses;
  const sent = replaces
    ? listAllRows(plan, lines, changed, removed)
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

/**
 * Where the collection is replaced, every row that stays must be named: planned ones with their fields, but closed ones and those that
 * SAP exploded from a bill of materials by their number only, since they are not ours to write.
 */
function listAllRows(
  plan: OrderPlan,
  lines: ReadonlyMap<number, SapEntity>,
  changed: readonly PlannedLine[],
  removed: readonly SapEntity[],
): Record<string, unknown>[] {
  const rows = plan.lines.map((line) => {
    const found = lines.get(line.lineNum);
    const closed = found !== undefined && !isOpenLine(found) && !changed.includes(line);
    return closed ? { LineNum: line.lineNum } : toLineBody(line, found !== undefined);
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

function differsInExpenses(plan: OrderPlan, order: SapEntity): boolean {
  const { digits } = plan.expected;
  const actual = ((order.DocumentAdditionalExpenses ?? []) as SapEntity[]).filter(
    (row) => !readExpense(row, digits).isZero(),
  );
  const planned = plan.expenses.filter((expense) => !readAmount(expense.fields.LineTotal, digits).isZero());
  if (actual.length !== planned.length) return true;
  return planned.some((expense) => {
    const row = actual.find((candidate) => Number(candidate.ExpenseCode) === expense.expenseCode);
    return row === undefined || !readExpense(row, digits).eq(readAmount(expense.fields.LineTotal, digits));
  });
}

/** In a foreign currency the document's own amount is in the Fc field. */
function readExpense(row: SapEntity, digits: number): Decimal {
  const foreign = readAmount(row.LineTotalFC, digits);
  return foreign.isZero() ? readAmount(row.LineTotal, digits) : foreign;
}

function refuseDraft(current: FoundDocument): ErrorDetail {
  return refuse(
    'draft-pending',
    `the order waits in SAP as an approval draft (${current.targetId}), and has changed in the shop since`,
    'Approve or reject the draft in SAP; after approval retry this delivery, and the change is applied to the order.',
  );
}

/** Why the order cannot be changed as planned; null when it can. */
function refuseChange(plan: OrderPlan, order: SapEntity, current: FoundDocument): ErrorDetail | null {
  const number = current.targetNumber ?? current.targetId;
  if (isCancelled(order))
    return refuse(
      'order-cancelled',
      `order ${number} was cancelled in SAP`,
      'Enter the order anew by hand in SAP, or resolve this delivery.',
    );
  if (!isOpen(order))
    return refuse(
      'order-closed',
      `order ${number} is closed in SAP`,
      'Make the change by hand (return, credit note, new order), then resolve this delivery.',
    );
  const fixed = compareFixed(plan, order);
  if (fixed.length > 0) {
    const names = fixed.map((problem) => problem.path).join(', ');
    return {
      ...refuse(
        'fixed-field',
        `order ${number} has another ${names} in SAP, which cannot be changed`,
        'Cancel the order in SAP and retry, or resolve this delivery.',
      ),
      fields: fixed,
    };
  }
  return refuseLines(plan, order, number);
}

/** Delivered pieces cannot be taken back by changing the order. */
function refuseLines(plan: OrderPlan, order: SapEntity, number: string): ErrorDetail | null {
  const planned = new Map(plan.lines.map((line) => [line.lineNum, line]));
  for (const [lineNum, line] of readLines(order)) {
    if (line.TreeType === 'iIngredient') continue;
    const quantity = readAmount(line.Quantity, 6);
    const delivered =
      isOpenLine(line) && line.RemainingOpenQuantity === undefined
        ? new Decimal(0)
        : quantity.minus(readAmount(line.RemainingOpenQuantity, 6));
    const wanted = new Decimal(planned.get(lineNum)?.quantity ?? 0);
    const changes = !wanted.eq(quantity) || (planned.get(lineNum)?.itemCode ?? line.ItemCode) !== line.ItemCode;
    if (!changes || (isOpenLine(line) && delivered.lte(wanted))) continue;
    return refuse(
      'line-delivered',
      `line ${lineNum} (${String(line.ItemCode)}) of order ${number}: ${delivered.toFixed()} of ${quantity.toFixed()} are delivered already, the shop now wants ${wanted.toFixed()}`,
      'Make the change by hand in SAP (return, credit note), then resolve this delivery.',
    );
  }
  return null;
}

async function cancelOrder(
  layer: ServiceLayer,
  current: FoundDocument,
  order: SapEntity,
  call: CallContext,
): Promise<UpdateOutcome> {
  if (isCancelled(order)) return { status: 'unchanged' };
  const number = current.targetNumber ?? current.targetId;
  if (current.draft) {
    const error = refuse(
      'draft-pending',
      `the order was cancelled in the shop and waits in SAP as an approval draft (${current.targetId})`,
      'Reject or remove the draft in SAP, then resolve this delivery.',
    );
    return { status: 'refused', error };
  }
  if (!isOpen(order)) {
    const error = refuse(
      'order-closed',
      `order ${number} is closed in SAP and cannot be cancelled`,
      'Make a return or credit note by hand, then resolve this delivery.',
    );
    return { status: 'refused', error };
  }
  try {
    await layer.send({
      method: 'POST',
      path: `Orders(${current.targetId})/Cancel`,
      headers: current.etag === null ? {} : { 'if-match': current.etag },
      call,
      action: `cancelling order ${number}`,
    });
    return { status: 'applied' };
  } catch (error) {
    // SAP's own reason (a delivery exists, a rule of the site …) is what the operator must read.
    if (error instanceof VendorError && error.kind === 'rejected')
      return { status: 'refused', error: error.toDetail() };
    throw error;
  }
}

function isOpenLine(line: SapEntity): boolean {
  return line.LineStatus !== 'bost_Close';
}

function refuse(code: string, message: string, advice: string): ErrorDetail {
  return { kind: 'rejected', code, message, advice, fields: [] };
}
