import { Decimal } from 'decimal.js';
import { currentQuantityOf, keptQuantityOf } from '../fulfillment/quantities.ts';
import { scaleBag, subtractBags, sumBags } from '../money.ts';
import type { LineState, OrderState } from '../state.ts';
import type { EditSession, Store } from '../store.ts';
import { computeTotals } from '../sums/totals.ts';
import { taxByRates } from '../tax/by-rate.ts';
import { makeLine } from './create.ts';
import type { LineInput } from './create-input.ts';

/** What an edit changed, as `orders/edited` describes it. */
export interface EditDelta {
  readonly additions: readonly { readonly id: string; readonly delta: number }[];
  readonly removals: readonly { readonly id: string; readonly delta: number }[];
}

/** Sets how much of a line is wanted now; more than ordered raises the ordered quantity. A message when it cannot. */
export function setLineQuantity(order: OrderState, lineId: string, quantity: number): string | null {
  const line = order.lines.find((candidate) => candidate.id === lineId);
  if (line === undefined) return 'Line item does not exist';
  if (quantity < keptQuantityOf(line)) return 'Quantity cannot be lower than what was fulfilled';
  const change = quantity - currentQuantityOf(line);
  if (change < 0) line.removed -= change;
  else {
    const restored = Math.min(line.removed, change);
    line.removed -= restored;
    raiseQuantity(order, line, line.quantity + change - restored);
  }
  order.edited = true;
  return null;
}

/** More of a line is ordered: the shop computes its tax anew, from the rate. Grown from an amount that was rounded, it would drift. */
function raiseQuantity(order: OrderState, line: LineState, quantity: number): void {
  line.quantity = quantity;
  const discount = sumBags(
    line.discountAllocations.map(({ allocatedAmountSet }) => allocatedAmountSet),
    order.currencies,
  );
  const net = subtractBags(scaleBag(line.originalUnitPriceSet, quantity), discount);
  line.taxLines = taxByRates(order, net, line.taxLines);
}

export function addLine(store: Store, order: OrderState, line: LineInput): string {
  const made = makeLine(store, line, order.currencies);
  order.lines.push(made);
  order.edited = true;
  return made.id;
}

/** Compares the lines before and after an edit. */
export function describeEdit(before: ReadonlyMap<string, number>, order: OrderState): EditDelta {
  const deltas = order.lines.map((line) => ({
    id: line.id,
    delta: currentQuantityOf(line) - (before.get(line.id) ?? 0),
  }));
  return {
    additions: deltas.filter((one) => one.delta > 0),
    removals: deltas.filter((one) => one.delta < 0).map((one) => ({ id: one.id, delta: -one.delta })),
  };
}

export function quantitiesOf(order: OrderState): Map<string, number> {
  return new Map(order.lines.map((line) => [line.id, currentQuantityOf(line)]));
}

/** A copy to try changes on; amounts are values that never change. */
function copyOf<Value>(value: Value): Value {
  if (value instanceof Decimal || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)])) as Value;
}

/** What an order would be if the open edit were committed now: its lines and sums. */
export function previewEdit(order: OrderState, session: EditSession) {
  const preview = copyOf(order);
  for (const change of session.changes) change(preview);
  const totals = computeTotals(preview);
  return {
    lineItems: preview.lines
      .filter((line) => currentQuantityOf(line) > 0)
      .map((line) => ({
        id: line.id.replace('LineItem', 'CalculatedLineItem'),
        title: line.title,
        sku: line.sku,
        variantTitle: line.variantTitle,
        quantity: currentQuantityOf(line),
        originalUnitPriceSet: line.originalUnitPriceSet,
      })),
    subtotalLineItemsQuantity: preview.lines.reduce((count, line) => count + currentQuantityOf(line), 0),
    subtotalPriceSet: totals.currentSubtotal,
    totalPriceSet: totals.currentTotal,
    totalOutstandingSet: totals.outstanding,
  };
}
