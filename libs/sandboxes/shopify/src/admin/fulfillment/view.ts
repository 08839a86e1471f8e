import { viewLocation } from '../../fulfillment/locations.ts';
import { remainingUnits } from '../../fulfillment/moves.ts';
import { findLine } from '../../fulfillment/ship.ts';
import type { FulfillmentOrderState, FulfillmentState } from '../../fulfillment/state.ts';
import { scaleBag, subtractBags, sumBags } from '../../money.ts';
import type { LineState, OrderState } from '../../state.ts';
import { numericId, type Store } from '../../store.ts';

/** How the order and its lines are shown, for what refers back to them. */
export interface OrderViews {
  readonly order: () => unknown;
  readonly line: (line: LineState) => unknown;
}

export function viewFulfillmentOrder(
  store: Store,
  order: OrderState,
  one: FulfillmentOrderState,
  views: OrderViews,
): Record<string, unknown> {
  const location = store.locations.find((candidate) => candidate.id === one.locationId);
  return {
    ...one,
    requestStatus: 'UNSUBMITTED',
    supportedActions: actionsOf(one).map((action) => ({ action, externalUrl: null })),
    fulfillAt: order.processedAt,
    deliveryMethod: {
      __typename: 'DeliveryMethod',
      id: one.id.replace('FulfillmentOrder', 'DeliveryMethod'),
      methodType: one.methodType,
    },
    assignedLocation: {
      name: location?.name ?? '',
      ...location?.address,
      province: location?.address.provinceCode ?? null,
      location: location === undefined ? null : viewLocation(location),
    },
    destination: order.shippingAddress && {
      ...order.shippingAddress,
      id: one.id.replace('FulfillmentOrder', 'FulfillmentOrderDestination'),
      email: order.email,
      countryCode: order.shippingAddress.countryCodeV2,
    },
    fulfillmentHolds: one.holds.map((hold) => ({
      ...hold,
      __typename: 'FulfillmentHold',
      displayReason: hold.reason.toLowerCase().replaceAll('_', ' '),
    })),
    fulfillments: () =>
      order.fulfillments
        .filter((fulfillment) => fulfillment.lines.some((line) => line.fulfillmentOrderId === one.id))
        .map((fulfillment) => viewFulfillment(store, order, fulfillment, views)),
    order: views.order,
    orderId: order.id,
    orderName: order.name,
    orderProcessedAt: order.processedAt,
    lineItems: one.lines.map((line) => {
      const ordered = findLine(order, line.lineId);
      return {
        __typename: 'FulfillmentOrderLineItem',
        id: line.id,
        totalQuantity: line.total,
        remainingQuantity: line.remaining,
        sku: ordered.sku,
        productTitle: ordered.title,
        variantTitle: ordered.variantTitle,
        requiresShipping: ordered.requiresShipping,
        lineItem: () => views.line(ordered),
      };
    }),
  };
}

function actionsOf(one: FulfillmentOrderState): string[] {
  switch (one.status) {
    case 'OPEN': {
      const units = remainingUnits(one).reduce((count, { quantity }) => count + quantity, 0);
      return ['CREATE_FULFILLMENT', 'MOVE', 'HOLD', ...(units > 1 ? ['SPLIT'] : [])];
    }
    case 'IN_PROGRESS':
      return ['CREATE_FULFILLMENT'];
    case 'ON_HOLD':
      return ['RELEASE_HOLD', 'HOLD', 'MOVE'];
    case 'SCHEDULED':
      return ['MARK_AS_OPEN'];
    default:
      return [];
  }
}

export function viewFulfillment(
  store: Store,
  order: OrderState,
  one: FulfillmentState,
  views: OrderViews,
): Record<string, unknown> {
  const location = store.locations.find((candidate) => candidate.id === one.locationId);
  return {
    ...one,
    legacyResourceId: numericId(one.id),
    // Recorded: the display status spells CANCELED, the status CANCELLED.
    displayStatus: one.status === 'CANCELLED' ? 'CANCELED' : 'FULFILLED',
    location: location === undefined ? null : viewLocation(location),
    order: views.order,
    requiresShipping: one.lines.some(({ lineId }) => findLine(order, lineId).requiresShipping),
    totalQuantity: one.lines.reduce((count, line) => count + line.quantity, 0),
    trackingInfo: one.tracking,
    fulfillmentLineItems: one.lines.map((line) => viewFulfillmentLine(order, line, views)),
    fulfillmentOrders: () =>
      order.fulfillmentOrders
        .filter((candidate) => one.lines.some((line) => line.fulfillmentOrderId === candidate.id))
        .map((candidate) => viewFulfillmentOrder(store, order, candidate, views)),
  };
}

export function viewFulfillmentLine(
  order: OrderState,
  line: FulfillmentState['lines'][number],
  views: OrderViews,
): Record<string, unknown> {
  const ordered = findLine(order, line.lineId);
  const price = scaleBag(ordered.originalUnitPriceSet, line.quantity);
  const discounts = sumBags(
    ordered.discountAllocations.map((one) => one.allocatedAmountSet),
    order.currencies,
  );
  return {
    __typename: 'FulfillmentLineItem',
    id: line.id,
    quantity: line.quantity,
    originalTotalSet: price,
    discountedTotalSet: subtractBags(price, scaleBag(discounts, line.quantity / ordered.quantity)),
    lineItem: () => views.line(ordered),
  };
}
