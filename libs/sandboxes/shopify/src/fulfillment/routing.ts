import type { LineState, OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { findLocation } from './locations.ts';
import { isActive, unfulfilledQuantityOf } from './quantities.ts';
import { shipLines } from './ship.ts';
import type { FulfillmentOrderState, FulfillmentOrderStatus } from './state.ts';

/** What the control API says about where an order is handed over; lines not named go to the first location. */
export interface FulfillmentOrderPlan {
  /** Position, id or name of a location. */
  readonly location: number | string;
  readonly status?: FulfillmentOrderStatus;
  /** `line` is a position in the order. */
  readonly lines: readonly { readonly line: number; readonly quantity: number }[];
}

/**
 * Routes a new order: first the planned fulfilment orders, then the rest to the first location.
 * @throws Error when the plan does not fit the order
 */
export function routeOrder(
  store: Store,
  order: OrderState,
  plans: readonly FulfillmentOrderPlan[],
  now: () => number,
): void {
  for (const plan of plans) routePlan(store, order, plan, now);
  syncFulfillmentOrders(store, order, now);
}

function routePlan(store: Store, order: OrderState, plan: FulfillmentOrderPlan, now: () => number): void {
  const location = findLocation(store, plan.location);
  const lines = plan.lines.map(({ line, quantity }) => {
    const found = order.lines[line];
    if (found === undefined) throw new Error(`fulfillmentOrders: the order has no line ${line}.`);
    return { line: found, quantity };
  });
  const first = lines[0]?.line;
  const made = addFulfillmentOrder(store, order, location.id, first === undefined ? 'SHIPPING' : methodOf(first), now);
  for (const { line, quantity } of lines) addUnits(store, made, line, quantity);
  const status = plan.status ?? 'OPEN';
  if (status === 'CLOSED') {
    const picks = made.lines.map((one) => ({ fulfillmentOrder: made, line: one, quantity: one.remaining }));
    shipLines(store, order, picks, [], now);
    return;
  }
  made.status = status;
  if (status === 'ON_HOLD')
    made.holds = [{ id: store.nextGid('FulfillmentHold'), reason: 'OTHER', reasonNotes: null, handle: null }];
  for (const line of order.lines)
    if (remainingOf(order, line) > unfulfilledQuantityOf(line))
      throw new Error(`fulfillmentOrders: more of line ${order.lines.indexOf(line)} than the order has of it.`);
}

export function addFulfillmentOrder(
  store: Store,
  order: OrderState,
  locationId: string,
  methodType: FulfillmentOrderState['methodType'],
  now: () => number,
): FulfillmentOrderState {
  const at = isoSeconds(now());
  const made: FulfillmentOrderState = {
    __typename: 'FulfillmentOrder',
    id: store.nextGid('FulfillmentOrder'),
    locationId,
    methodType,
    status: 'OPEN',
    createdAt: at,
    updatedAt: at,
    holds: [],
    lines: [],
  };
  order.fulfillmentOrders.push(made);
  return made;
}

/** Adds units of a line; the line is named once in a fulfilment order. */
export function addUnits(
  store: Store,
  fulfillmentOrder: FulfillmentOrderState,
  line: { readonly id: string },
  quantity: number,
): void {
  const present = fulfillmentOrder.lines.find((one) => one.lineId === line.id);
  if (present !== undefined) {
    present.total += quantity;
    present.remaining += quantity;
  } else
    fulfillmentOrder.lines.push({
      id: store.nextGid('FulfillmentOrderLineItem'),
      lineId: line.id,
      total: quantity,
      remaining: quantity,
    });
}

/** Goods without shipment are no part of a parcel: they have fulfilment orders of their own, method NONE. */
export function methodOf(line: LineState): FulfillmentOrderState['methodType'] {
  return line.requiresShipping ? 'SHIPPING' : 'NONE';
}

function remainingOf(order: OrderState, line: LineState): number {
  return order.fulfillmentOrders
    .filter(isActive)
    .flatMap((one) => one.lines)
    .reduce((count, one) => count + (one.lineId === line.id ? one.remaining : 0), 0);
}

/**
 * Makes the fulfilment orders agree with the lines after edits, refunds, cancellations: units that are no longer wanted go off the
 * last ones, units that came on go to the first location. One with nothing left is closed.
 */
export function syncFulfillmentOrders(store: Store, order: OrderState, now: () => number): void {
  const at = isoSeconds(now());
  if (order.cancelledAt !== null) {
    // Recorded: the fulfilment orders of a cancelled order are closed with what remained.
    for (const one of order.fulfillmentOrders.filter(isActive)) Object.assign(one, { status: 'CLOSED', updatedAt: at });
    return;
  }
  for (const line of order.lines) {
    const surplus = remainingOf(order, line) - unfulfilledQuantityOf(line);
    if (surplus > 0) takeUnits(order, line, surplus, at);
    else if (surplus < 0) giveUnits(store, order, line, -surplus, now);
  }
  for (const one of order.fulfillmentOrders.filter(isActive))
    if (one.lines.every((line) => line.remaining === 0)) Object.assign(one, { status: 'CLOSED', updatedAt: at });
}

function takeUnits(order: OrderState, line: LineState, surplus: number, at: string): void {
  let left = surplus;
  for (const fulfillmentOrder of [...order.fulfillmentOrders].reverse().filter(isActive)) {
    const found = fulfillmentOrder.lines.find((one) => one.lineId === line.id);
    if (found === undefined || left === 0) continue;
    const taken = Math.min(left, found.remaining);
    found.remaining -= taken;
    found.total -= taken;
    left -= taken;
    fulfillmentOrder.updatedAt = at;
    if (found.total === 0) fulfillmentOrder.lines = fulfillmentOrder.lines.filter((one) => one !== found);
  }
}

function giveUnits(store: Store, order: OrderState, line: LineState, missing: number, now: () => number): void {
  const first = store.locations[0];
  if (first === undefined) return;
  const method = methodOf(line);
  const target =
    order.fulfillmentOrders.find((one) => isActive(one) && one.methodType === method && one.locationId === first.id) ??
    addFulfillmentOrder(store, order, first.id, method, now);
  addUnits(store, target, line, missing);
  target.updatedAt = isoSeconds(now());
}
