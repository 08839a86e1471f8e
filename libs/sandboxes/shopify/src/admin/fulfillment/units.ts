import { remainingUnits, type UnitsOf } from '../../fulfillment/moves.ts';
import type { FulfillmentOrderState } from '../../fulfillment/state.ts';

export interface UnitsInput {
  readonly fulfillmentOrderId: string;
  readonly fulfillmentOrderLineItems?: readonly { readonly id: string; readonly quantity: number }[] | null;
}

/** The named units, without a list all that is left; null when there are not so many. */
export function readUnits(
  fulfillmentOrder: FulfillmentOrderState,
  items: UnitsInput['fulfillmentOrderLineItems'],
): UnitsOf[] | null {
  if (!items || items.length === 0) return remainingUnits(fulfillmentOrder);
  const units: UnitsOf[] = [];
  for (const item of items) {
    const line = fulfillmentOrder.lines.find((candidate) => candidate.id === item.id);
    if (line === undefined || item.quantity < 1 || item.quantity > line.remaining) return null;
    units.push({ line, quantity: item.quantity });
  }
  return units;
}
