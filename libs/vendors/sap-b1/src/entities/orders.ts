import type { Order } from '@entrepot/canonical';
import type { TargetEntity } from '@entrepot/vendor-kit';
import type { SapB1Settings } from '../config.ts';
import { listOrderDependencies } from '../map/order/dependencies.ts';
import { mapOrder } from '../map/order.ts';
import { orderSettingsSchema } from '../map/settings.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { compareOrder, hashOrder } from './order-compare.ts';
import { createOrder, findOrders, readOrder } from './order-io.ts';
import { updateOrder } from './order-update.ts';

/** Orders of the shop as sales orders (`Orders`), approval drafts included. */
export function createOrderTarget(layer: ServiceLayer, settings: SapB1Settings): TargetEntity<'order'> {
  return {
    createGuard: 'session',
    settleMs: settings.settleMs,
    verifyByDefault: true,
    flowSettings: orderSettingsSchema,
    dependencies: (entity, flow) => listOrderDependencies(entity as Order, flow),
    match: (matchKey, call) => findOrders(layer, settings.udfExternalRef, matchKey, call),
    map: (entity, context) => mapOrder(entity as Order, context),
    find: (document, call) => findOrders(layer, settings.udfExternalRef, document.externalRef, call),
    create: (document, call) => createOrder(layer, document, call),
    read: (_role, targetId, call) => readOrder(layer, settings.udfExternalRef, targetId, call),
    update: (document, current, call) => updateOrder(layer, document, current, call),
    compare: compareOrder,
    stateHash: hashOrder,
  };
}
