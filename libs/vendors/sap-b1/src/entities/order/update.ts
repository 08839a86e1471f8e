import { Decimal, type ErrorDetail, type FieldProblem } from '@entrepot/canonical';
import { type CallContext, type FoundDocument, type UpdateOutcome, VendorError } from '@entrepot/vendor-kit';
import { type SapB1Client } from '../../client.ts';
import { type ServiceLayer } from '../../service-layer/client.ts';
import { readAmount, type SapEntity } from '../../service-layer/wire.ts';
import { judgeGoods, listSettledRows, planChange, readDelivered, type SettledRows } from './change.ts';
import {
  compareFixed,
  compareGoodsOfLine,
  compareHeader,
  compareLines,
  compareTotals,
  isCancelled,
  isExploded,
  isOpen,
  isOpenLine,
  readLines,
} from './compare.ts';
import { type AnyOrderPlan, type OrderPlan } from './map/plan.ts';

/** Brings an order in SAP to its plan, as far as its state allows; what it does not allow is refused with words for an operator. */
export async function updateOrder(
  plan: AnyOrderPlan,
  current: FoundDocument<SapEntity>,
  { layer }: SapB1Client,
  call: CallContext,
): Promise<UpdateOutcome> {
  const order = current.body;
  if (plan.kind === 'cancelled-order') return cancelOrder(layer, current, order, call);
  const number = current.targetNumber ?? current.targetId;
  if (current.state !== 'pending' && (isCancelled(order) || !isOpen(order)))
    return concludeClosed(plan, order, current, number);
  const settled = listSettledRows(plan, order);
  const change = planChange(plan, order, settled);
  const refusal =
    change === null
      ? refuseFixed(plan, order, number)
      : current.state === 'pending'
        ? refuseDraft(current)
        : refuseChange(plan, order, current, settled);
  if (refusal !== null) return { status: 'refused', error: refusal };
  const noted = settled.differences.length === 0 ? {} : { notCarriedOver: settled.differences };
  if (change === null) return { status: 'unchanged', ...noted };
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
    action: `changing order ${number}`,
  });
  return { status: 'applied', ...noted };
}

/**
 * A closed or cancelled order accepts no change. While goods and money are as the shop wants them, the rest (notes,
 * addresses, references, places) has no effect in SAP, so the difference is reported and fails nothing.
 */
function concludeClosed(plan: OrderPlan, order: SapEntity, current: FoundDocument, number: string): UpdateOutcome {
  const fixed = refuseFixed(plan, order, number);
  if (fixed !== null) return { status: 'refused', error: fixed };
  const fit = judgeGoods(plan, order);
  if (fit === 'differ') {
    const error = refuseChange(plan, order, current, { lineNums: new Set(), differences: [] });
    if (error !== null) return { status: 'refused', error };
  }
  const notCarriedOver: FieldProblem[] = [
    ...(isCancelled(order) ? [{ path: 'state', expected: 'posted', actual: 'cancelled' }] : []),
    ...compareHeader(plan, order),
    ...compareLines(plan, order),
    // Of a document closed short, the total is of all that it once held.
    ...(fit === 'delivered' ? compareTotals(plan, order, new Decimal(0)) : []),
  ];
  return notCarriedOver.length === 0 ? { status: 'unchanged' } : { status: 'unchanged', notCarriedOver };
}

async function cancelOrder(
  layer: ServiceLayer,
  current: FoundDocument,
  order: SapEntity,
  call: CallContext,
): Promise<UpdateOutcome> {
  if (isCancelled(order)) return { status: 'unchanged' };
  const number = current.targetNumber ?? current.targetId;
  if (current.state === 'pending') {
    const error = refuse(
      'draft-pending',
      `nothing of the order is wanted in the shop any more, and it waits in SAP as an approval draft (${current.targetId})`,
      'Reject or remove the draft in SAP, then resolve this delivery.',
    );
    return { status: 'refused', error };
  }
  if (!isOpen(order)) {
    const error = refuse(
      'order-closed',
      `nothing of order ${number} is wanted in the shop any more; it is closed in SAP and cannot be cancelled`,
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
    // The operator must read SAP's own reason (a delivery exists, a rule of the site …).
    if (error instanceof VendorError && error.kind === 'rejected')
      return { status: 'refused', error: error.toDetail() };
    throw error;
  }
}

export function refuse(code: string, message: string, advice: string): ErrorDetail {
  return { kind: 'rejected', code, message, advice, fields: [] };
}

export function refuseDraft(current: FoundDocument): ErrorDetail {
  return refuse(
    'draft-pending',
    `the order waits in SAP as an approval draft (${current.targetId}), and has changed in the shop since`,
    'Approve or reject the draft in SAP; after approval retry this delivery, and the change is applied to the order.',
  );
}

/** Why the order cannot be changed as planned; null when it can. */
export function refuseChange(
  plan: OrderPlan,
  order: SapEntity,
  current: FoundDocument,
  settled: SettledRows,
): ErrorDetail | null {
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
  return refuseFixed(plan, order, number) ?? refuseLines(plan, order, number, settled);
}

/** Another customer or currency than the order has; null when they are the same. */
export function refuseFixed(plan: OrderPlan, order: SapEntity, number: string): ErrorDetail | null {
  const fixed = compareFixed(plan, order);
  if (fixed.length === 0) return null;
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

/** Delivered pieces cannot be taken back, nor priced anew, by changing the order. */
function refuseLines(plan: OrderPlan, order: SapEntity, number: string, settled: SettledRows): ErrorDetail | null {
  const planned = new Map(plan.lines.map((line) => [line.lineNum, line]));
  for (const [lineNum, line] of readLines(order)) {
    if (isExploded(line) || settled.lineNums.has(lineNum)) continue;
    const quantity = readAmount(line.Quantity, 6);
    const delivered = readDelivered(line);
    const wanted = planned.get(lineNum);
    const pieces = new Decimal(wanted?.quantity ?? 0);
    const open = isOpenLine(line);
    if (open && delivered.lte(pieces) && (delivered.isZero() || wanted?.itemCode === line.ItemCode)) continue;
    // A row closed with nothing delivered that the shop does not want either is as it should be.
    if (!open && wanted === undefined && delivered.isZero()) continue;
    if (!open && wanted !== undefined && compareGoodsOfLine(wanted, line, plan).length === 0) continue;
    const asked = pieces.eq(quantity) ? 'something else of it' : pieces.toFixed();
    return refuse(
      'line-delivered',
      `line ${lineNum} (${String(line.ItemCode)}) of order ${number}: ${delivered.toFixed()} of ${quantity.toFixed()} are delivered already, the shop now wants ${asked}`,
      'Make the change by hand in SAP (return, credit note), then resolve this delivery.',
    );
  }
  return null;
}
