import { externalReference } from '@entrepot/canonical';
import type { FoundDocument, PlannedDocument } from '@entrepot/vendor-kit';
import type { SapB1Entity } from '../../client.ts';
import { mergeRemarks } from '../../map/texts.ts';
import { readText } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';
import { compareOrder, hashOrder } from './compare.ts';
import { listOrderDependencies } from './dependencies.ts';
import type { AnyOrderPlan } from './map/plan.ts';
import { mapOrder } from './map.ts';
import { withHeldPartner, withPartnerRows } from './partner-rows.ts';
import { createOrder, findOrders, readOrder } from './read-write.ts';
import { type OrderSettings, orderSettingsSchema } from './settings.ts';
import { updateOrder } from './update.ts';

/** Orders of the shop as sales orders (`Orders`), approval drafts included. */
export const order: SapB1Entity<'order', OrderSettings, AnyOrderPlan> = {
  settings: orderSettingsSchema,
  guard: 'session',
  visibleWithinMs: ({ settleMs }) => settleMs,
  verifyByDefault: true,
  prerequisites: ['customer'],
  reference: ({ connection, id }) => externalReference(connection, id),
  dependencies: (record, { settings }) => listOrderDependencies(record, settings),
  map: mapOrder,
  find: ({ externalRef }, client, call) => findOrders(externalRef, client, call),
  create: async ({ body, externalRef }, client, call) => {
    const plan = body.kind === 'order' ? await withPartnerRows(body, String(body.header.CardCode), client, call) : body;
    return createOrder(plan, externalRef, client, call);
  },
  read: (_document, targetId, client, call) => readOrder(targetId, client, call),
  update: async (document, current, client, call) => {
    const plan = withHeldParts(document, current);
    const { CardCode, DocumentStatus } = current.body;
    const isWritten = plan.kind === 'order' && !current.draft && DocumentStatus !== 'bost_Close';
    const planned = isWritten ? await withPartnerRows(plan, String(CardCode), client, call) : plan;
    return updateOrder(planned, current, client, call);
  },
  compare: (document, current, { flow }) =>
    compareOrder(withHeldParts(document, current), current, flow.totalTolerance),
  stateHash: (_document, current) => hashOrder(current),
};

/** The plan with what the order in SAP keeps: its partner, and of its opening remarks what is not ours, unless the flow gives them. */
function withHeldParts({ body: plan }: PlannedDocument<AnyOrderPlan>, current: FoundDocument<SapEntity>): AnyOrderPlan {
  if (plan.kind === 'cancelled-order') return plan;
  const OpeningRemarks = mergeRemarks(readText(current.body.OpeningRemarks), plan.header.OpeningRemarks);
  return withHeldPartner({ ...plan, header: { ...plan.header, OpeningRemarks } }, current);
}
