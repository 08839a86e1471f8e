import type { Order } from '@entrepot/canonical';
import type { FoundDocument, PlannedDocument, TargetEntity } from '@entrepot/vendor-kit';
import type { SapB1Settings } from '../config.ts';
import { listOrderDependencies } from '../map/order/dependencies.ts';
import type { OrderPlan } from '../map/order/plan.ts';
import { mapOrder } from '../map/order.ts';
import { orderSettingsSchema } from '../map/settings.ts';
import { mergeRemarks } from '../map/texts.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { readText } from '../service-layer/odata.ts';
import type { SapEntity } from '../service-layer/wire.ts';
import { compareOrder, hashOrder } from './order-compare.ts';
import { createOrder, findOrders, readOrder } from './order-io.ts';
import { updateOrder } from './order-update.ts';
import { withHeldPartner, withPartnerRows } from './partner/order-rows.ts';
import type { Turns } from './partner/turns.ts';

/** Orders of the shop as sales orders (`Orders`), approval drafts included. */
export function createOrderTarget(layer: ServiceLayer, settings: SapB1Settings, turns: Turns): TargetEntity<'order'> {
  const heldParts = (document: PlannedDocument, current: FoundDocument) =>
    withHeldPartner(withOwnRemarks(document, current), current);
  return {
    createGuard: 'session',
    visibleWithinMs: settings.settleMs,
    verifyByDefault: true,
    flowSettings: orderSettingsSchema,
    dependencies: (entity, flow) => listOrderDependencies(entity as Order, flow),
    match: (naturalKey, call) => findOrders(layer, settings.udfExternalRef, naturalKey, call),
    map: (entity, context) => mapOrder(entity as Order, context),
    find: (document, call) => findOrders(layer, settings.udfExternalRef, document.externalRef, call),
    create: async (document, call) => {
      const { header } = document.body as OrderPlan;
      return createOrder(layer, await withPartnerRows(layer, turns, document, String(header.CardCode), call), call);
    },
    read: (_role, targetId, call) => readOrder(layer, settings.udfExternalRef, targetId, call),
    update: async (document, current, call) => {
      const held = heldParts(document, current);
      const { CardCode, DocumentStatus } = current.body as SapEntity;
      const isWritten = document.state === 'present' && !current.draft && DocumentStatus !== 'bost_Close';
      const planned = isWritten ? await withPartnerRows(layer, turns, held, String(CardCode), call) : held;
      return updateOrder(layer, planned, current, call);
    },
    compare: (document, current, flow) => compareOrder(heldParts(document, current), current, flow),
    stateHash: hashOrder,
  };
}

/** The plan with the opening remarks as they shall be: where the flow gives none, only our part of them is planned, the rest is people's. */
function withOwnRemarks(document: PlannedDocument, current: FoundDocument): PlannedDocument {
  if (document.state === 'cancelled') return document;
  const plan = document.body as OrderPlan;
  const remarks = readText((current.body as SapEntity).OpeningRemarks);
  const OpeningRemarks = mergeRemarks(remarks, plan.header.OpeningRemarks as string | null);
  return { ...document, body: { ...plan, header: { ...plan.header, OpeningRemarks } } };
}
