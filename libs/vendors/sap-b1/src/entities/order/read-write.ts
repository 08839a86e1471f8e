import { hash } from 'node:crypto';
import { type CallContext, type FoundDocument, VendorError, type WrittenDocument } from '@entrepot/vendor-kit';
import { type SapB1Client } from '../../client.ts';
import { mergeRemarks } from '../../map/translate.ts';
import { readMissingReference } from '../../service-layer/errors.ts';
import {
  quoteText,
  readAmount,
  readDay,
  readHeader,
  readText,
  type SapEntity,
  withoutEmpty,
} from '../../service-layer/wire.ts';
import { isCancelled, isExploded, isOpen, readLines, readPlain } from './compare.ts';
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
    state: draft ? 'pending' : isCancelled(entity) ? 'cancelled' : isOpen(entity) ? 'posted' : 'closed',
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
    return {
      targetId: hit.targetId,
      targetNumber: hit.targetNumber,
      status: hit.state === 'pending' ? 'accepted' : 'created',
    };
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

/** Quantities are texts in the plan; a JSON number carries up to 15 digits exactly. */
export function toNumber(decimal: string): number | string {
  return decimal.replace(/[-.]/g, '').length <= 15 ? Number(decimal) : decimal;
}

const DATE_FIELDS = ['DocDate', 'DocDueDate', 'TaxDate'] as const;

const HASHED_FIELDS = [
  'CardCode',
  'NumAtCard',
  'DocCurrency',
  'DocRate',
  'Comments',
  'OpeningRemarks',
  'Series',
  'BPL_IDAssignedToInvoice',
  'PaymentGroupCode',
  'SalesPersonCode',
  'TransportationCode',
  'RoundingDiffAmount',
  'Cancelled',
  'DocumentStatus',
] as const;
const HASHED_LINE_FIELDS = [
  'LineNum',
  'ItemCode',
  'ItemDescription',
  'FreeText',
  'WarehouseCode',
  'TaxCode',
  'VatGroup',
] as const;
const HASHED_LINE_AMOUNTS = ['Quantity', 'LineTotal', 'RowTotalFC', 'GrossTotal', 'TaxTotal'] as const;
const HASHED_EXPENSE_AMOUNTS = ['LineTotal', 'LineTotalFC', 'LineGross', 'TaxSum'] as const;

/**
 * Hash over what we map of an order, as SAP holds it, user-defined fields among it. The numbers are rounded: a double that comes back as
 * 19.989999 is no change.
 */
export function hashOrder({ body: order }: FoundDocument<SapEntity>): string {
  const pick = (entity: SapEntity, names: readonly string[]) => names.map((name) => readPlain(entity[name]));
  const amounts = (entity: SapEntity, names: readonly string[]) =>
    names.map((name) => readAmount(entity[name], 6).toFixed());
  const lines = [...readLines(order).values()]
    .filter((line) => !isExploded(line))
    .map((line) => [pick(line, HASHED_LINE_FIELDS), amounts(line, HASHED_LINE_AMOUNTS), listOwnFields(line)]);
  const expenses = ((order.DocumentAdditionalExpenses ?? []) as SapEntity[]).map((row) => [
    pick(row, ['ExpenseCode', 'TaxCode', 'VatGroup']),
    amounts(row, HASHED_EXPENSE_AMOUNTS),
  ]);
  const address = listFilled((order.AddressExtension ?? {}) as SapEntity, () => true);
  const parts = [
    pick(order, HASHED_FIELDS),
    listOwnFields(order),
    DATE_FIELDS.map((name) => readDay(order[name])),
    amounts(order, ['DocTotal', 'DocTotalFc', 'VatSum', 'VatSumFc']),
    address,
    lines,
    expenses,
  ];
  return hash('sha256', JSON.stringify(parts), 'hex');
}

/** User-defined fields that hold something, in the order of their names. */
function listOwnFields(entity: SapEntity): [string, string | null][] {
  return listFilled(entity, (name) => name.startsWith('U_'));
}

function listFilled(entity: SapEntity, counts: (name: string) => boolean): [string, string | null][] {
  const filled: [string, string | null][] = [];
  // Without a list of all: a row of SAP has two hundred fields, and hardly ever one that counts.
  for (const name in entity) {
    const text = counts(name) ? readPlain(entity[name]) : null;
    if (text !== null) filled.push([name, text]);
  }
  return filled.sort(([a], [b]) => (a < b ? -1 : 1));
}
