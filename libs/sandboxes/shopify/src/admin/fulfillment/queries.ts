import { findFulfillment, findFulfillmentOrder } from '../../fulfillment/find.ts';
import { viewLocation } from '../../fulfillment/locations.ts';
import { isActive } from '../../fulfillment/quantities.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { viewsOf } from '../order-view.ts';
import { viewFulfillment, viewFulfillmentLine, viewFulfillmentOrder } from './view.ts';

type Resolver = (args: Record<string, unknown>, context: RequestContext) => unknown;

/** Objects of this part of the API by their global id. */
export const FULFILLMENT_NODES: Readonly<Record<string, (context: RequestContext, id: string) => unknown>> = {
  FulfillmentOrder: ({ store }, id) => {
    const found = findFulfillmentOrder(store, id);
    return found && viewFulfillmentOrder(store, found.order, found.fulfillmentOrder, viewsOf(store, found.order));
  },
  Fulfillment: ({ store }, id) => {
    const found = findFulfillment(store, id);
    return found && viewFulfillment(store, found.order, found.fulfillment, viewsOf(store, found.order));
  },
  FulfillmentLineItem: ({ store }, id) => {
    for (const order of store.orders.values())
      for (const { lines } of order.fulfillments) {
        const line = lines.find((one) => one.id === id);
        if (line !== undefined) return viewFulfillmentLine(order, line, viewsOf(store, order));
      }
    return null;
  },
  Location: ({ store }, id) => {
    const found = store.locations.find((one) => one.id === id);
    return found === undefined ? null : viewLocation(found);
  },
};

const byId =
  (type: string): Resolver =>
  (args, context) =>
    FULFILLMENT_NODES[type]?.(context, String(args.id)) ?? null;

export const FULFILLMENT_QUERIES: Readonly<Record<string, Resolver>> = {
  fulfillmentOrder: byId('FulfillmentOrder'),
  fulfillment: byId('Fulfillment'),
  fulfillmentOrders: ({ includeClosed, sortKey }, { store }) =>
    [...store.orders.values()]
      .flatMap((order) =>
        order.fulfillmentOrders
          .filter((one) => includeClosed === true || isActive(one))
          .map((one) => ({ one, view: viewFulfillmentOrder(store, order, one, viewsOf(store, order)) })),
      )
      .sort((left, right) => (sortKey === 'UPDATED_AT' ? left.one.updatedAt.localeCompare(right.one.updatedAt) : 0))
      .map(({ view }) => view),
  // Without an id it is the shop's first location, as the schema describes the primary one.
  location: (args, context) =>
    typeof args.id === 'string'
      ? FULFILLMENT_NODES.Location?.(context, args.id)
      : context.store.locations[0] && viewLocation(context.store.locations[0]),
  locations: (args, { store }) =>
    store.locations
      .filter((location) => args.includeInactive === true || location.isActive)
      .map(viewLocation)
      .sort((left, right) => (args.sortKey === 'ID' ? 0 : String(left.name).localeCompare(String(right.name)))),
};
