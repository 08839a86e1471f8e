import { Decimal, type FieldProblem } from '@entrepot/canonical';
import {
  type CallContext,
  type FoundDocument,
  type PlannedDocument,
  type UpdateOutcome,
  VendorError,
} from '@entrepot/vendor-kit';
import type { OrderPlan } from '../map/order/plan.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import type { SapEntity } from '../service-layer/wire.ts';
import { planChange } from './order/change.ts';
import { compareLines } from './order/compare-rows.ts';
import { refuse, refuseChange, refuseDraft, refuseFixed } from './order/refusals.ts';
import { judgeGoods, listSettledRows } from './order/settled-rows.ts';
import { compareCancelled, compareHeader, compareTotals } from './order-compare.ts';
import { isCancelled, isOpen } from './order-io.ts';

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
  const number = current.targetNumber ?? current.targetId;
  if (!current.draft && (isCancelled(order) || !isOpen(order))) return concludeClosed(plan, order, current, number);
  const settled = listSettledRows(plan, order);
  const change = planChange(plan, order, settled);
  const refusal =
    change === null
      ? refuseFixed(plan, order, number)
      : current.draft
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
 * A closed or cancelled order takes no change. As long as goods and money are as the shop wants them, nobody in SAP needs the rest (notes,
 * addresses, references, places), so it is told and fails nothing.
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
    ...compareCancelled(order),
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
  if (current.draft) {
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
    // SAP's own reason (a delivery exists, a rule of the site …) is what the operator must read.
    if (error instanceof VendorError && error.kind === 'rejected')
      return { status: 'refused', error: error.toDetail() };
    throw error;
  }
}
