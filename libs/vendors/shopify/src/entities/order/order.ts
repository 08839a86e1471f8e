import type { ErrorDetail } from '@entrepot/canonical';
import { z } from 'zod';
import { shopEntity } from '../shop-entity.ts';
import { CHANGED_ORDERS, orderQuery } from './documents.ts';
import { orderFromShopify } from './map.ts';
import type { WireOrder } from './wire.ts';

const settings = z.strictObject({
  adjustmentPolicy: z
    .enum(['refuse', 'adjust'])
    .default('refuse')
    .describe(
      'Orders whose totals do not add up: refuse (unmapped, the difference named) or adjust (an explicit adjustment amount)',
    ),
});

export const order = shopEntity('order', {
  gidType: 'Order',
  settings,
  changes: CHANGED_ORDERS,
  query: orderQuery,
  switches: (access) => ({ ...access.switches }),
  map(wire: WireOrder, shop, { adjustmentPolicy }, denied) {
    const customerHidden = denied.some((field) => field === 'customer' || field.startsWith('customer.'));
    const result = orderFromShopify(wire, { connection: shop.connectionId, adjustmentPolicy, customerHidden });
    return result.ok ? { entity: result.order, number: wire.name } : { error: result.error, number: wire.name };
  },
  hidden: (access) => (access.seesAllOrders ? null : HIDDEN_BY_AGE),
});

/** Without `read_all_orders` an order older than 60 days looks like one that does not exist: that must not pass for a deletion. */
const HIDDEN_BY_AGE: ErrorDetail = {
  kind: 'source',
  code: 'not-visible',
  message:
    'Shopify does not show this order: it was deleted, or it is older than 60 days and the app lacks read_all_orders',
  advice: 'Grant the app the scope read_all_orders, then refresh and retry; discard it if the order was deleted.',
  fields: [],
};
