import { findFulfillmentOrder } from '../../fulfillment/find.ts';
import {
  carveOut,
  holdFulfillmentOrder,
  moveFulfillmentOrder,
  releaseHold,
  remainingUnits,
  replaceFulfillmentOrder,
} from '../../fulfillment/moves.ts';
import { isActive } from '../../fulfillment/quantities.ts';
import type { FulfillmentOrderState } from '../../fulfillment/state.ts';
import type { MutationResolver } from '../../graphql/context.ts';
import type { OrderState } from '../../state.ts';
import type { Store } from '../../store.ts';
import { viewsOf } from '../order-view.ts';
import { readUnits, type UnitsInput } from './units.ts';
import { viewFulfillmentOrder } from './view.ts';

const show = (store: Store, order: OrderState, one: FulfillmentOrderState | undefined) =>
  one === undefined ? null : viewFulfillmentOrder(store, order, one, viewsOf(store, order));

const NOT_FOUND = [
  { field: ['id'], message: 'Fulfillment order does not exist.', code: 'FULFILLMENT_ORDER_NOT_FOUND' },
];

const withoutCode = ({ field, message }: { field: string[]; message: string }) => ({ field, message, code: null });

export const FULFILLMENT_ORDER_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  fulfillmentOrderMove: (args, { store, actions, now }) => {
    const nothing = { movedFulfillmentOrder: null, originalFulfillmentOrder: null, remainingFulfillmentOrder: null };
    const found = findFulfillmentOrder(store, String(args.id));
    if (found === null) return { ...nothing, userErrors: NOT_FOUND.map(withoutCode) };
    const { order, fulfillmentOrder } = found;
    const location = store.locations.find((one) => one.id === args.newLocationId);
    const units = readUnits(
      fulfillmentOrder,
      args.fulfillmentOrderLineItems as UnitsInput['fulfillmentOrderLineItems'],
    );
    const refusal =
      location === undefined
        ? { field: ['newLocationId'], message: 'Location not found.' }
        : !['OPEN', 'ON_HOLD'].includes(fulfillmentOrder.status)
          ? { field: ['id'], message: 'Cannot change location.' }
          : units === null
            ? {
                field: ['fulfillmentOrderLineItems'],
                message: 'Invalid fulfillment order line item quantity requested.',
              }
            : null;
    if (refusal !== null || location === undefined || units === null)
      return { ...nothing, userErrors: [{ ...refusal, code: null }] };
    let moved: FulfillmentOrderState | undefined;
    actions.changeOrder(store, order, () => {
      moved = moveFulfillmentOrder(store, order, fulfillmentOrder, units, location.id, now);
    });
    return {
      movedFulfillmentOrder: show(store, order, moved),
      originalFulfillmentOrder: show(store, order, fulfillmentOrder),
      remainingFulfillmentOrder: null,
      userErrors: [],
    };
  },
  fulfillmentOrderCancel: (args, { store, actions, now }) => {
    const nothing = { fulfillmentOrder: null, replacementFulfillmentOrder: null };
    const found = findFulfillmentOrder(store, String(args.id));
    if (found === null) return { ...nothing, userErrors: NOT_FOUND };
    const { order, fulfillmentOrder } = found;
    if (!isActive(fulfillmentOrder))
      return {
        ...nothing,
        userErrors: [{ field: ['id'], message: 'Fulfillment order is not in cancelable request state.', code: null }],
      };
    let replacement: FulfillmentOrderState | undefined;
    actions.changeOrder(store, order, () => {
      const units = remainingUnits(fulfillmentOrder);
      replacement = replaceFulfillmentOrder(store, order, fulfillmentOrder, units, fulfillmentOrder.locationId, now);
    });
    return {
      fulfillmentOrder: show(store, order, fulfillmentOrder),
      replacementFulfillmentOrder: show(store, order, replacement),
      userErrors: [],
    };
  },
  fulfillmentOrderSplit: (args, { store, actions, now }) => {
    const results: unknown[] = [];
    for (const [index, input] of (args.fulfillmentOrderSplits as UnitsInput[]).entries()) {
      const field = ['fulfillmentOrderSplits', String(index)];
      const found = findFulfillmentOrder(store, input.fulfillmentOrderId);
      const fail = (message: string, code: string, ...path: string[]) => ({
        fulfillmentOrderSplits: null,
        userErrors: [{ field: [...field, ...path], message, code }],
      });
      if (found === null)
        return fail('Fulfillment order does not exist.', 'FULFILLMENT_ORDER_NOT_FOUND', 'fulfillmentOrderId');
      const { order, fulfillmentOrder } = found;
      if ((input.fulfillmentOrderLineItems ?? []).length === 0)
        return fail('No line items provided to split.', 'NO_LINE_ITEMS_PROVIDED_TO_SPLIT', 'fulfillmentOrderLineItems');
      const units = readUnits(fulfillmentOrder, input.fulfillmentOrderLineItems);
      if (units === null || !isActive(fulfillmentOrder))
        return fail('Invalid line item quantity.', 'INVALID_LINE_ITEM_QUANTITY', 'fulfillmentOrderLineItems');
      let rest: FulfillmentOrderState | undefined;
      actions.changeOrder(store, order, () => {
        rest = carveOut(store, order, fulfillmentOrder, units, fulfillmentOrder.locationId, now);
      });
      results.push({
        fulfillmentOrder: show(store, order, fulfillmentOrder),
        remainingFulfillmentOrder: show(store, order, rest),
        replacementFulfillmentOrder: null,
      });
    }
    return { fulfillmentOrderSplits: results, userErrors: [] };
  },
  fulfillmentOrderHold: (args, { store, actions, now }) => {
    const nothing = { fulfillmentHold: null, fulfillmentOrder: null, remainingFulfillmentOrder: null };
    const found = findFulfillmentOrder(store, String(args.id));
    if (found === null) return { ...nothing, userErrors: NOT_FOUND };
    const { order, fulfillmentOrder } = found;
    const hold = args.fulfillmentHold as {
      reason: string;
      reasonNotes?: string;
      handle?: string;
      fulfillmentOrderLineItems?: UnitsInput['fulfillmentOrderLineItems'];
    };
    const units = readUnits(fulfillmentOrder, hold.fulfillmentOrderLineItems);
    const fail = (message: string, code: string) => ({
      ...nothing,
      userErrors: [{ field: ['id'], message, code }],
    });
    if (units === null) return fail('The line item quantity is invalid.', 'INVALID_LINE_ITEM_QUANTITY');
    if (!isActive(fulfillmentOrder))
      return fail('The fulfillment order is not splittable.', 'FULFILLMENT_ORDER_NOT_SPLITTABLE');
    if (fulfillmentOrder.holds.some((one) => one.handle === (hold.handle || null)))
      return fail(
        'The handle provided for the fulfillment hold is already in use by this app for another hold on this fulfillment order.',
        'DUPLICATE_FULFILLMENT_HOLD_HANDLE',
      );
    let rest: FulfillmentOrderState | undefined;
    let made: FulfillmentOrderState['holds'][number] | undefined;
    actions.changeOrder(store, order, () => {
      const others = remainingUnits(fulfillmentOrder)
        .map(({ line, quantity }) => ({
          line,
          quantity: quantity - (units.find((one) => one.line === line)?.quantity ?? 0),
        }))
        .filter(({ quantity }) => quantity > 0);
      if (others.length > 0) rest = carveOut(store, order, fulfillmentOrder, others, fulfillmentOrder.locationId, now);
      made = holdFulfillmentOrder(store, fulfillmentOrder, hold, now);
    });
    const shown = show(store, order, fulfillmentOrder);
    return {
      fulfillmentHold: ((shown?.fulfillmentHolds ?? []) as { id: string }[]).find((one) => one.id === made?.id) ?? null,
      fulfillmentOrder: shown,
      remainingFulfillmentOrder: show(store, order, rest),
      userErrors: [],
    };
  },
  fulfillmentOrderReleaseHold: (args, { store, actions, now }) => {
    const found = findFulfillmentOrder(store, String(args.id));
    if (found === null) return { fulfillmentOrder: null, userErrors: NOT_FOUND };
    const { order, fulfillmentOrder } = found;
    actions.changeOrder(store, order, () =>
      releaseHold(fulfillmentOrder, (args.holdIds as string[] | null | undefined) ?? null, now),
    );
    return { fulfillmentOrder: show(store, order, fulfillmentOrder), userErrors: [] };
  },
};
