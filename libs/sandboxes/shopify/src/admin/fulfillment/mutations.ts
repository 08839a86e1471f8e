import { findFulfillment, findFulfillmentOrder } from '../../fulfillment/find.ts';
import type { Pick } from '../../fulfillment/ship.ts';
import type { FulfillmentState, TrackingState } from '../../fulfillment/state.ts';
import { failed, type MutationContext, type MutationResolver } from '../../graphql/context.ts';
import type { OrderState } from '../../state.ts';
import { numericId, type Store } from '../../store.ts';
import { viewsOf } from '../order-view.ts';
import { readUnits, type UnitsInput } from './units.ts';
import { viewFulfillment } from './view.ts';

interface TrackingInput {
  readonly company?: string | null;
  readonly number?: string | null;
  readonly numbers?: readonly string[] | null;
  readonly url?: string | null;
  readonly urls?: readonly string[] | null;
}

const showFulfillment = (store: Store, order: OrderState, one: FulfillmentState) =>
  viewFulfillment(store, order, one, viewsOf(store, order));

function readTracking(input: TrackingInput | null | undefined): TrackingState[] {
  if (!input) return [];
  const numbers = input.numbers ?? (input.number ? [input.number] : []);
  const urls = input.urls ?? (input.url ? [input.url] : []);
  return Array.from({ length: Math.max(numbers.length, urls.length, input.company ? 1 : 0) }, (_unused, index) => ({
    company: input.company ?? null,
    number: numbers[index] ?? null,
    url: urls[index] ?? null,
  }));
}

/** Recorded refusals of `fulfillmentCreate`, V2 the same. */
function createFulfillment(args: Record<string, unknown>, { store, actions }: MutationContext) {
  const input = args.fulfillment as {
    lineItemsByFulfillmentOrder: readonly UnitsInput[];
    trackingInfo?: TrackingInput;
  };
  const refuse = (field: string[], message: string) => ({ fulfillment: null, userErrors: failed(field, message) });
  const picks: Pick[] = [];
  let order: OrderState | undefined;
  for (const [index, wanted] of input.lineItemsByFulfillmentOrder.entries()) {
    const found = findFulfillmentOrder(store, wanted.fulfillmentOrderId);
    if (found === null) return refuse(['fulfillment'], 'Fulfillment order does not exist.');
    const { fulfillmentOrder } = found;
    for (const [position, item] of (wanted.fulfillmentOrderLineItems ?? []).entries())
      if (item.quantity < 1)
        return refuse(
          [
            'fulfillment',
            'lineItemsByFulfillmentOrder',
            String(index),
            'fulfillmentOrderLineItems',
            String(position),
            'quantity',
          ],
          'Quantity must be greater than 0',
        );
    if (!['OPEN', 'IN_PROGRESS'].includes(fulfillmentOrder.status))
      return refuse(
        ['fulfillment'],
        `Fulfillment order ${numericId(fulfillmentOrder.id)} has an unfulfillable status= ${fulfillmentOrder.status.toLowerCase()}.`,
      );
    const units = readUnits(fulfillmentOrder, wanted.fulfillmentOrderLineItems);
    if (units === null) return refuse(['fulfillment'], 'Invalid fulfillment order line item quantity requested.');
    if (order !== undefined && order !== found.order)
      return refuse(['fulfillment'], 'All fulfillment orders must belong to the same order.');
    order = found.order;
    picks.push(...units.map((unit) => ({ fulfillmentOrder, ...unit })));
  }
  if (order === undefined || picks.length === 0) return refuse(['fulfillment'], 'Fulfillment order does not exist.');
  if (new Set(picks.map((pick) => pick.fulfillmentOrder.locationId)).size > 1)
    return refuse(['fulfillment'], 'All fulfillment orders must be assigned to the same location.');
  const made = actions.ship(store, order, [picks], readTracking(input.trackingInfo))[0] as FulfillmentState;
  return { fulfillment: showFulfillment(store, order, made), userErrors: [] };
}

export const FULFILLMENT_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  fulfillmentCreate: createFulfillment,
  fulfillmentCreateV2: createFulfillment,
  fulfillmentCancel: (args, { store, actions }) => {
    const found = findFulfillment(store, String(args.id));
    if (found === null) return { fulfillment: null, userErrors: failed(['id'], 'Fulfillment not found.') };
    // Recorded: a second time is no error.
    if (found.fulfillment.status !== 'CANCELLED') actions.unship(store, found.order, found.fulfillment);
    return { fulfillment: showFulfillment(store, found.order, found.fulfillment), userErrors: [] };
  },
  fulfillmentTrackingInfoUpdate: (args, { store, actions }) => {
    const found = findFulfillment(store, String(args.fulfillmentId));
    if (found === null)
      return { fulfillment: null, userErrors: failed(['fulfillmentId'], 'Fulfillment does not exist.') };
    actions.track(store, found.order, found.fulfillment, readTracking(args.trackingInfoInput as TrackingInput));
    return { fulfillment: showFulfillment(store, found.order, found.fulfillment), userErrors: [] };
  },
};
