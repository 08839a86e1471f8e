import type { Actions } from '../actions.ts';
import { findLocation } from '../fulfillment/locations.ts';
import { holdFulfillmentOrder, releaseHold, remainingUnits, replaceFulfillmentOrder } from '../fulfillment/moves.ts';
import { isActive } from '../fulfillment/quantities.ts';
import { pickUnits } from '../fulfillment/ship.ts';
import type { TrackingState } from '../fulfillment/state.ts';
import { readBag } from '../money.ts';
import { addLine, setLineQuantity } from '../orders/edit.ts';
import type { OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import { applyRefund, applyReturn, type RefundPatch, type ReturnPatch } from './after-sale.ts';
import { findLine } from './lines.ts';

export interface FulfillPatch {
  /** Line id (numeric or gid) or 0-based position → quantity. */
  readonly lines?: Readonly<Record<string, number>>;
  /** Position, id or name. */
  readonly location?: number | string;
  readonly tracking?: readonly Partial<TrackingState>[];
}

/** Work of an order that goes to another location: the old fulfilment order is cancelled when nothing is left in it. */
export interface MovePatch {
  /** Location it leaves; any when not given. */
  readonly from?: number | string;
  readonly to: number | string;
  /** By position or line id; without it, everything that is left. */
  readonly lines?: Readonly<Record<string, number>>;
}

/** Changes of an order that the Admin API has no short way for. */
export interface OrderPatch {
  readonly cancel?: { readonly reason?: string; readonly refund?: boolean };
  readonly pay?: boolean;
  /** Hands over everything that is left, or the given quantities by line, or what one location has. */
  readonly fulfill?: boolean | FulfillPatch;
  readonly refund?: RefundPatch;
  readonly return?: ReturnPatch | readonly ReturnPatch[];
  readonly move?: MovePatch | readonly MovePatch[];
  readonly delete?: boolean;
  /** Line id (numeric or gid) or 0-based position → quantity wanted now. */
  readonly quantities?: Readonly<Record<string, number>>;
  readonly addLines?: readonly Parameters<typeof addLine>[2][];
  /** Adds an amount to the totals that no line explains: "0" takes it back. */
  readonly corruptTotals?: string;
  readonly removeShipping?: boolean;
  /** Reason: puts all fulfilment orders on hold; null releases them. */
  readonly hold?: string | null;
  readonly set?: Readonly<
    Partial<Pick<OrderState, 'email' | 'note' | 'tags' | 'poNumber' | 'shippingAddress' | 'updatedAt'>>
  >;
  /** SKU of a line (by position): the fix of a wrong item at the source. */
  readonly skus?: Readonly<Record<string, string>>;
  /** No webhook: as if the shop had lost it. */
  readonly silent?: boolean;
}

export function patchOrder(
  actions: Actions,
  store: Store,
  order: OrderState,
  patch: OrderPatch,
  now: () => number,
): void {
  const { quantities, addLines, corruptTotals, skus } = patch;
  if (quantities || addLines)
    actions.editOrder(store, order, () => {
      for (const [line, quantity] of Object.entries(quantities ?? {})) {
        const refusal = setLineQuantity(order, findLine(order, line).id, quantity);
        if (refusal !== null) throw new Error(`${refusal}: ${line}`);
      }
      for (const line of addLines ?? []) addLine(store, order, line);
    });
  if (
    corruptTotals !== undefined ||
    skus ||
    patch.set ||
    patch.removeShipping ||
    patch.hold !== undefined ||
    patch.move
  )
    actions.changeOrder(store, order, () => {
      if (corruptTotals !== undefined)
        order.surcharge = readBag(
          { shopMoney: { amount: corruptTotals, currencyCode: order.currencies.shop } },
          order.currencies,
        );
      for (const [index, sku] of Object.entries(skus ?? {})) {
        const line = order.lines[Number(index)];
        if (line) order.lines[Number(index)] = { ...line, sku };
      }
      if (patch.removeShipping) for (const line of order.shippingLines) line.isRemoved = true;
      if (patch.hold !== undefined) setHold(store, order, patch.hold, now);
      for (const move of [patch.move ?? []].flat()) applyMove(store, order, move, now);
      Object.assign(order, patch.set ?? {});
    });
  const refusal = patch.pay ? actions.pay(store, order) : null;
  if (patch.fulfill) fulfill(actions, store, order, patch.fulfill === true ? {} : patch.fulfill);
  if (patch.refund) applyRefund(actions, store, order, patch.refund);
  for (const one of [patch.return ?? []].flat()) applyReturn(actions, store, order, one);
  const cancelRefusal = patch.cancel
    ? actions.cancel(store, order, {
        reason: patch.cancel.reason ?? 'CUSTOMER',
        refund: patch.cancel.refund ?? true,
        restock: true,
      })
    : null;
  if (refusal !== null || cancelRefusal !== null) throw new Error(refusal ?? cancelRefusal ?? '');
  if (patch.delete) actions.deleteOrder(store, order);
}

function setHold(store: Store, order: OrderState, reason: string | null, now: () => number): void {
  for (const fulfillmentOrder of order.fulfillmentOrders.filter(isActive)) {
    if (reason === null) releaseHold(fulfillmentOrder, null, now);
    else holdFulfillmentOrder(store, fulfillmentOrder, { reason }, now);
  }
}

function fulfill(actions: Actions, store: Store, order: OrderState, patch: FulfillPatch): void {
  const location = patch.location === undefined ? null : findLocation(store, patch.location);
  const parcels = pickUnits(order, patch.lines ? quantitiesOf(order, patch.lines) : null, location?.id ?? null);
  const tracking = (patch.tracking ?? []).map(({ company = null, number = null, url = null }) => ({
    company,
    number,
    url,
  }));
  actions.ship(store, order, parcels, tracking);
}

function quantitiesOf(order: OrderState, lines: Readonly<Record<string, number>>): Map<string, number> {
  return new Map(Object.entries(lines).map(([key, count]) => [findLine(order, key).id, count]));
}

function applyMove(store: Store, order: OrderState, move: MovePatch, now: () => number): void {
  const from = move.from === undefined ? null : findLocation(store, move.from);
  const to = findLocation(store, move.to);
  const leaving = order.fulfillmentOrders.filter(
    (one) => isActive(one) && one.locationId !== to.id && (from === null || one.locationId === from.id),
  );
  if (leaving.length === 0)
    throw new Error(`move: no fulfilment order of ${order.name} has work at ${from?.name ?? 'another location'}.`);
  const wanted =
    move.lines && new Map(Object.entries(move.lines).map(([key, count]) => [findLine(order, key).id, count]));
  for (const fulfillmentOrder of leaving) {
    const units = remainingUnits(fulfillmentOrder).flatMap(({ line, quantity }) => {
      const taken = wanted === undefined ? quantity : Math.min(quantity, wanted.get(line.lineId) ?? 0);
      wanted?.set(line.lineId, (wanted.get(line.lineId) ?? 0) - taken);
      return taken === 0 ? [] : [{ line, quantity: taken }];
    });
    if (units.length > 0) replaceFulfillmentOrder(store, order, fulfillmentOrder, units, to.id, now);
  }
}
