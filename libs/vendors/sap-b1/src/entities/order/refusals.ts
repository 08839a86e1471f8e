import { Decimal, type ErrorDetail } from '@entrepot/canonical';
import type { FoundDocument } from '@entrepot/vendor-kit';
import type { OrderPlan } from '../../map/order/plan.ts';
import { readAmount } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';
import { compareFixed } from '../order-compare.ts';
import { isCancelled, isOpen } from '../order-io.ts';
import { compareGoodsOfLine, isExploded, isOpenLine, readLines } from './compare-rows.ts';
import { readDelivered, type SettledRows } from './settled-rows.ts';

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
