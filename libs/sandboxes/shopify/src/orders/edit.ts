import { Decimal } from 'decimal.js';
import { scaleBag } from '../money.ts';
import type { LineState, OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import { makeLine } from './create.ts';
import type { LineInput } from './create-input.ts';
import { currentQuantityOf } from './totals.ts';

/** What an edit changed, as `orders/edited` tells it. */
export interface EditDelta {
  readonly additions: readonly { readonly id: string; readonly delta: number }[];
  readonly removals: readonly { readonly id: string; readonly delta: number }[];
}

/** Sets how much of a line is wanted now; more than ordered raises the ordered quantity. A message when it cannot. */
export function setLineQuantity(order: OrderState, lineId: string, quantity: number): string | null {
  const line = order.lines.find((candidate) => candidate.id === lineId);
  if (line === undefined) return 'Line item does not exist';
  if (quantity < line.fulfilled) return 'Quantity cannot be lower than what was fulfilled';
  const change = quantity - currentQuantityOf(line);
  if (change < 0) line.removed -= change;
  else {
    const restored = Math.min(line.removed, change);
    line.removed -= restored;
    raiseQuantity(line, line.quantity + change - restored);
  }
  order.edited = true;
  return null;
}

/** More of a line is ordered: its tax, given for the quantity before, grows with it (the shop computes it anew). */
function raiseQuantity(line: LineState, quantity: number): void {
  if (line.quantity > 0) {
    const factor = new Decimal(quantity).div(line.quantity);
    line.taxLines = line.taxLines.map((tax) => ({ ...tax, priceSet: scaleBag(tax.priceSet, factor) }));
  }
  line.quantity = quantity;
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
