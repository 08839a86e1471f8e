import { type CallContext, type FoundDocument, VendorError, type WrittenDocument } from '@entrepot/vendor-kit';
import { type SapB1Client } from '../../client.ts';
import { mergeRemarks } from '../../map/texts.ts';
import { readMissingReference } from '../../service-layer/errors.ts';
import { isYes, quoteText, readText } from '../../service-layer/odata.ts';
import { readHeader, type SapEntity } from '../../service-layer/wire.ts';
import { withoutEmpty } from '../customer/rows.ts';
import { type AnyOrderPlan, type OrderPlan } from './map/plan.ts';

/** Marks target ids of approval drafts: they live in another set than the orders they become. */
const DRAFT_PREFIX = 'draft:';

/** A sales order of SAP as the runtime holds it. */
export function toFoundOrder(entity: SapEntity, draft: boolean): FoundDocument<SapEntity> {
  const docEntry = readText(entity.DocEntry);
  if (docEntry === null) throw new VendorError('unexpected', 'SAP answered a document without DocEntry');
  return {
    targetId: draft ? DRAFT_PREFIX + docEntry : docEntry,
    targetNumber: readText(entity.DocNum),
    draft,
    body: entity,
    etag: entity['@odata.etag'] ?? null,
  };
}

/** Documents that carry the reference: orders, else drafts of orders. A draft that became an order is not counted twice. */
export async function findOrders(
  ref: string,
  { layer, settings }: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  const filter = `${settings.udfExternalRef} eq ${quoteText(ref)}`;
  // Drafts first: a draft that becomes an order between the two reads is then seen twice instead of missed.
  const [drafts = [], orders = []] = await layer.listSequentially(
    [
      { entitySet: 'Drafts', keyField: 'DocEntry', query: { filter: `${filter} and DocObjectCode eq 'oOrders'` } },
      { entitySet: 'Orders', keyField: 'DocEntry', query: { filter } },
    ],
    call,
  );
  if (orders.length > 0) return orders.map((order) => toFoundOrder(order, false));
  // A refused or closed draft stays in SAP and still answers our order: an operator decides, not a second draft.
  return drafts.map((draft) => toFoundOrder(draft, true));
}

/** A document by its id; for a draft that has become an order since, the order. Null when it is gone. */
export async function readOrder(
  targetId: string,
  client: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity> | null> {
  const { layer, settings } = client;
  if (!targetId.startsWith(DRAFT_PREFIX)) {
    const entity = await layer.read(`Orders(${targetId})`, call, `reading order ${targetId}`);
    return entity === null ? null : toFoundOrder(entity, false);
  }
  const docEntry = targetId.slice(DRAFT_PREFIX.length);
  const draft = await layer.read(`Drafts(${docEntry})`, call, `reading draft ${docEntry}`);
  if (draft === null) return null;
  const ref = readText(draft[settings.udfExternalRef]);
  const [order] = ref === null ? [] : await findOrders(ref, client, call);
  return order ?? toFoundOrder(draft, true);
}

/**
 * Posts the order once. With approval procedures SAP writes a draft and says so in three ways, depending on the release: 204 without
 * Location, -2028, or a Location in Drafts; posting again would make a second draft, so the look-up decides.
 */
export async function createOrder(
  plan: AnyOrderPlan,
  ref: string,
  client: SapB1Client,
  call: CallContext,
): Promise<WrittenDocument> {
  const { layer } = client;
  const action = `creating order ${ref}`;
  if (plan.kind === 'cancelled-order') throw new Error(`order ${ref} is to be cancelled, not created`);
  try {
    const response = await layer.send({
      method: 'POST',
      path: 'Orders',
      // Without it an approval draft is answered as the error -2028.
      headers: { prefer: 'return-no-content' },
      body: toCreateBody(plan),
      call,
      action,
    });
    const docEntry = /\/Orders\((\d+)\)/.exec(readHeader(response, 'location') ?? '')?.[1] ?? null;
    if (docEntry !== null) return { targetId: docEntry, targetNumber: null, status: 'created' };
    if (response.status === 201) {
      const created = toFoundOrder(layer.readJson<SapEntity>(response, { action, isWrite: true }), false);
      return { targetId: created.targetId, targetNumber: created.targetNumber, status: 'created' };
    }
    return await findWritten(ref, client, call, null);
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    // The status does not decide: a proxy or a release may answer an approval draft with another one.
    if (error.code === '-2028') return findWritten(ref, client, call, readMissingReference(error));
    // An earlier request of ours or another document holds the reference: the look-up decides.
    if (error.code === '-2035') return findWritten(ref, client, call, error);
    throw error;
  }
}

/**
 * Finds what an ambiguous create has made: the order, or a draft of it. @throws VendorError the refusal when neither
 * exists
 */
async function findWritten(
  ref: string,
  client: SapB1Client,
  call: CallContext,
  refusal: VendorError | null,
): Promise<WrittenDocument> {
  const hits = await findAfterWrite(ref, client, call);
  const [hit] = hits;
  if (hit !== undefined)
    return { targetId: hit.targetId, targetNumber: hit.targetNumber, status: hit.draft ? 'accepted' : 'created' };
  if (refusal !== null) throw refusal;
  throw new VendorError('unexpected', `SAP took order ${ref} but shows neither order nor draft of it`, {
    answerUnknown: true,
  });
}

/** The look-up after a write: if it fails, the write is in doubt, whatever the failure itself is. */
async function findAfterWrite(
  ref: string,
  client: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  try {
    return await findOrders(ref, client, call);
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    const message = `order ${ref} was sent, then the look-up failed: ${error.message}`;
    throw new VendorError(error.kind, message, { code: error.code, answerUnknown: true, cause: error });
  }
}

/** The request body of a new order. */
export function toCreateBody(plan: OrderPlan): Record<string, unknown> {
  return {
    ...withoutEmpty({
      ...plan.header,
      OpeningRemarks: mergeRemarks(null, plan.header.OpeningRemarks),
    }),
    DocumentLines: plan.lines.map((line) => ({
      ItemCode: line.itemCode,
      Quantity: toNumber(line.quantity),
      ...withoutEmpty(line.fields),
    })),
    ...(plan.expenses.length === 0
      ? {}
      : {
          DocumentAdditionalExpenses: plan.expenses.map((expense) => ({
            ExpenseCode: expense.expenseCode,
            ...expense.fields,
          })),
        }),
  };
}

/** True when SAP holds the order as cancelled. */
export function isCancelled(order: SapEntity): boolean {
  return isYes(order.Cancelled) || order.CancelStatus === 'csCancellation';
}

export function isOpen(order: SapEntity): boolean {
  return order.DocumentStatus === 'bost_Open' || order.DocumentStatus === undefined;
}

/** Quantities are texts in the plan; a JSON number carries up to 15 digits exactly. */
export function toNumber(decimal: string): number | string {
  return decimal.replace(/[-.]/g, '').length <= 15 ? Number(decimal) : decimal;
}
