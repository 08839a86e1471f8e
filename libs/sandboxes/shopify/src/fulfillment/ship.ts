import { countLines, recordEvent } from '../history/record.ts';
import type { LineState, OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { isActive } from './quantities.ts';
import type { FulfillmentOrderLineState, FulfillmentOrderState, FulfillmentState, TrackingState } from './state.ts';

export interface Pick {
  readonly fulfillmentOrder: FulfillmentOrderState;
  readonly line: FulfillmentOrderLineState;
  readonly quantity: number;
}

/** Hands over what is picked, all of one location, in one fulfilment. */
export function shipLines(
  store: Store,
  order: OrderState,
  picks: readonly Pick[],
  tracking: readonly TrackingState[],
  now: () => number,
): FulfillmentState {
  const at = isoSeconds(now());
  const lines = picks.map(({ fulfillmentOrder, line, quantity }) => {
    line.remaining -= quantity;
    findLine(order, line.lineId).fulfilled += quantity;
    return {
      id: store.nextGid('FulfillmentLineItem'),
      lineId: line.lineId,
      fulfillmentOrderId: fulfillmentOrder.id,
      quantity,
    };
  });
  for (const { fulfillmentOrder } of picks) {
    fulfillmentOrder.updatedAt = at;
    if (fulfillmentOrder.lines.every((line) => line.remaining === 0)) fulfillmentOrder.status = 'CLOSED';
  }
  const made: FulfillmentState = {
    __typename: 'Fulfillment',
    id: store.nextGid('Fulfillment'),
    name: `${order.name}-F${order.fulfillments.length + 1}`,
    status: 'SUCCESS',
    createdAt: at,
    updatedAt: at,
    locationId: picks[0]?.fulfillmentOrder.locationId ?? '',
    tracking,
    lines,
  };
  order.fulfillments.push(made);
  recordEvent(
    store,
    order,
    { action: 'fulfillment_success', message: `We successfully fulfilled ${countLines(lines.length)}.` },
    at,
  );
  order.updatedAt = at;
  return made;
}

/**
 * The units of a hand-over: without quantities (by line id) all that can be handed over, by location, since a fulfilment belongs to one.
 * @throws Error when more is requested than can be handed over
 */
export function pickUnits(
  order: OrderState,
  quantities: ReadonlyMap<string, number> | null,
  locationId: string | null,
): readonly (readonly Pick[])[] {
  const wanted = new Map(quantities ?? []);
  const byLocation = new Map<string, Pick[]>();
  for (const fulfillmentOrder of order.fulfillmentOrders.filter(isActive)) {
    if (
      fulfillmentOrder.status === 'ON_HOLD' ||
      (locationId ?? fulfillmentOrder.locationId) !== fulfillmentOrder.locationId
    )
      continue;
    for (const line of fulfillmentOrder.lines) {
      const quantity = Math.min(line.remaining, quantities === null ? line.remaining : (wanted.get(line.lineId) ?? 0));
      if (quantity === 0) continue;
      wanted.set(line.lineId, (wanted.get(line.lineId) ?? 0) - quantity);
      byLocation.set(fulfillmentOrder.locationId, [
        ...(byLocation.get(fulfillmentOrder.locationId) ?? []),
        { fulfillmentOrder, line, quantity },
      ]);
    }
  }
  const missing = quantities === null ? undefined : [...wanted].find(([, quantity]) => quantity > 0);
  if (missing !== undefined)
    throw new Error(
      `${missing[1]} more of line ${order.lines.findIndex((line) => line.id === missing[0])} can be handed over neither at the location asked for nor at another: see fulfillmentOrders of GET /orders/{id}.`,
    );
  return [...byLocation.values()];
}

export function findLine(order: OrderState, lineId: string): LineState {
  return order.lines.find((line) => line.id === lineId) as LineState;
}
