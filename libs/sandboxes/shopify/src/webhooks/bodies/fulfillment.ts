import type { FulfillmentState } from '../../fulfillment/state.ts';
import type { OrderState } from '../../state.ts';
import { restAddress, restId } from '../rest-shapes.ts';
import { restLine } from './lines.ts';

export function fulfillmentPayload(order: OrderState, fulfillment: FulfillmentState) {
  return {
    ...fulfillmentOfOrder(order, fulfillment),
    email: order.email,
    destination: restAddress(order.shippingAddress),
  };
}

/** As the body of an order holds it. */
export function fulfillmentOfOrder(order: OrderState, fulfillment: FulfillmentState) {
  const { tracking } = fulfillment;
  const numbers = tracking.flatMap((one) => one.number ?? []);
  const urls = tracking.flatMap((one) => one.url ?? []);
  return {
    id: restId(fulfillment.id),
    order_id: restId(order.id),
    status: fulfillment.status.toLowerCase(),
    created_at: fulfillment.createdAt,
    service: 'manual',
    updated_at: fulfillment.updatedAt,
    tracking_company: tracking[0]?.company ?? null,
    shipment_status: null,
    location_id: restId(fulfillment.locationId),
    origin_address: null,
    line_items: fulfillment.lines.flatMap(({ lineId, quantity }) =>
      order.lines.filter((line) => line.id === lineId).map((line) => ({ ...restLine(order, line), quantity })),
    ),
    tracking_number: numbers[0] ?? null,
    tracking_numbers: numbers,
    tracking_url: urls[0] ?? null,
    tracking_urls: urls,
    receipt: {},
    name: fulfillment.name.replace('-F', '.'),
    admin_graphql_api_id: fulfillment.id,
  };
}
