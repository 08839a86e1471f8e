import { createOrder, type Order, type Sparse } from '@entrepot/canonical';
import { type FlowSettings, flowSettingsSchemaOf } from '../src/index.ts';

/** A paid order as a shop sends it; what is given replaces. */
export function order(given: Sparse<Order> = {}): Order {
  return createOrder({
    source: { connection: 'shop', vendor: 'shopify', id: '1001', number: '#1001' },
    paymentStatus: 'PAID',
    orderStatus: 'OPEN',
    ...given,
  } as Sparse<Order>);
}

export function flow(given: unknown = {}): FlowSettings<'order'> {
  return flowSettingsSchemaOf('order').parse(given);
}
