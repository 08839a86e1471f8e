import type { OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { isActive } from './quantities.ts';
import { addFulfillmentOrder, addUnits } from './routing.ts';
import type { FulfillmentOrderLineState, FulfillmentOrderState } from './state.ts';

export interface UnitsOf {
  readonly line: FulfillmentOrderLineState;
  readonly quantity: number;
}

/** All that a fulfilment order has left. */
export function remainingUnits(fulfillmentOrder: FulfillmentOrderState): UnitsOf[] {
  return fulfillmentOrder.lines
    .filter((line) => line.remaining > 0)
    .map((line) => ({ line, quantity: line.remaining }));
}

/** Takes units off one fulfilment order and makes another of them. */
export function carveOut(
  store: Store,
  order: OrderState,
  from: FulfillmentOrderState,
  units: readonly UnitsOf[],
  locationId: string,
  now: () => number,
): FulfillmentOrderState {
  const made = addFulfillmentOrder(store, order, locationId, from.methodType, now);
  for (const { line, quantity } of units) {
    line.remaining -= quantity;
    line.total -= quantity;
    addUnits(store, made, { id: line.lineId }, quantity);
  }
  from.lines = from.lines.filter((line) => line.total > 0);
  from.updatedAt = isoSeconds(now());
  return made;
}

/**
 * `fulfillmentOrderMove` as its description defines it: a fulfilment order without handed-over units changes its place when everything
 * moves; otherwise the units go to a new one, and a fulfilment order of the order that is active at the new place goes into it and is
 * closed.
 */
export function moveFulfillmentOrder(
  store: Store,
  order: OrderState,
  from: FulfillmentOrderState,
  units: readonly UnitsOf[],
  locationId: string,
  now: () => number,
): FulfillmentOrderState {
  const movesWhole = from.lines.every(
    (line) => line.total === line.remaining && units.some((one) => one.line === line && one.quantity === line.total),
  );
  const there = order.fulfillmentOrders.find(
    (one) => one !== from && isActive(one) && one.locationId === locationId && one.methodType === from.methodType,
  );
  const at = isoSeconds(now());
  if (movesWhole && there === undefined) {
    from.locationId = locationId;
    from.updatedAt = at;
    return from;
  }
  const made = carveOut(store, order, from, units, locationId, now);
  if (from.lines.every((line) => line.remaining === 0)) from.status = 'CLOSED';
  if (there !== undefined) {
    for (const { line, quantity } of remainingUnits(there)) {
      addUnits(store, made, { id: line.lineId }, quantity);
      line.total -= quantity;
      line.remaining = 0;
    }
    there.lines = there.lines.filter((line) => line.total > 0);
    Object.assign(there, { status: 'CLOSED', updatedAt: at });
  }
  return made;
}

/** `fulfillmentOrderCancel`: the old one is cancelled with what it had left, and a replacement takes the work, here at any location. */
export function replaceFulfillmentOrder(
  store: Store,
  order: OrderState,
  from: FulfillmentOrderState,
  units: readonly UnitsOf[],
  locationId: string,
  now: () => number,
): FulfillmentOrderState {
  const isWhole = from.lines.every(
    (line) => line.remaining === 0 || units.some((one) => one.line === line && one.quantity === line.remaining),
  );
  if (!isWhole) return carveOut(store, order, from, units, locationId, now);
  const made = addFulfillmentOrder(store, order, locationId, from.methodType, now);
  for (const { line, quantity } of units) addUnits(store, made, { id: line.lineId }, quantity);
  Object.assign(from, { status: 'CANCELLED', updatedAt: isoSeconds(now()), holds: [] });
  return made;
}

/** Puts on hold; holds add up until each is released. */
export function holdFulfillmentOrder(
  store: Store,
  fulfillmentOrder: FulfillmentOrderState,
  hold: { readonly reason: string; readonly reasonNotes?: string | null; readonly handle?: string | null },
  now: () => number,
): FulfillmentOrderState['holds'][number] {
  const made = {
    id: store.nextGid('FulfillmentHold'),
    reason: hold.reason,
    reasonNotes: hold.reasonNotes ?? null,
    handle: hold.handle || null,
  };
  fulfillmentOrder.holds = [...fulfillmentOrder.holds, made];
  Object.assign(fulfillmentOrder, { status: 'ON_HOLD', updatedAt: isoSeconds(now()) });
  return made;
}

/** Releases the named holds, or all. */
export function releaseHold(
  fulfillmentOrder: FulfillmentOrderState,
  holdIds: readonly string[] | null,
  now: () => number,
): void {
  fulfillmentOrder.holds = holdIds === null ? [] : fulfillmentOrder.holds.filter((one) => !holdIds.includes(one.id));
  if (fulfillmentOrder.holds.length === 0 && fulfillmentOrder.status === 'ON_HOLD') fulfillmentOrder.status = 'OPEN';
  fulfillmentOrder.updatedAt = isoSeconds(now());
}
