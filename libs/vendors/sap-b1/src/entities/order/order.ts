import { type Customer, createCustomer, externalReference, type Order } from '@entrepot/canonical';
import { type FoundDocument, type PlannedDocument, type TargetDependency } from '@entrepot/vendor-kit';
import { type SapB1Entity } from '../../client.ts';
import { customerNaturalKey, guestId, readPhone, readRealName } from '../../map/party.ts';
import { mergeRemarks } from '../../map/translate.ts';
import { readText, type SapEntity } from '../../service-layer/wire.ts';
import { CUSTOMER, companyIdOf, dependOnCompany, externalIdOf } from '../customer/map/company.ts';
import { compareOrder } from './compare.ts';
import { skuOf } from './map/codes.ts';
import { customerIdOf, readEmail } from './map/header.ts';
import { type AnyOrderPlan } from './map/plan.ts';
import { isGoods, isNothingWanted, wantedQuantity } from './map/wanted.ts';
import { mapOrder } from './map.ts';
import { type CompanyOrderPlan, withPartnerRows } from './partner-rows.ts';
import { createOrder, findOrders, hashOrder, readOrder } from './read-write.ts';
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
    const plan = needsPartnerRows(body)
      ? await withPartnerRows(body, String(body.header.CardCode), client, call)
      : body;
    return createOrder(plan, externalRef, client, call);
  },
  read: (_document, targetId, client, call) => readOrder(targetId, client, call),
  update: async (document, current, client, call) => {
    const plan = withHeldParts(document, current);
    const { CardCode, DocumentStatus } = current.body;
    const isWritten = current.state !== 'pending' && DocumentStatus !== 'bost_Close';
    const planned =
      isWritten && needsPartnerRows(plan) ? await withPartnerRows(plan, String(CardCode), client, call) : plan;
    return updateOrder(planned, current, client, call);
  },
  compare: (document, current, { flow }) =>
    compareOrder(withHeldParts(document, current), current, flow.totalTolerance),
  stateHash: (_document, current) => hashOrder(current),
};

/**
 * The plan with what the order in SAP keeps: of its opening remarks what is not ours, unless the flow gives them; and of a company's order
 * the partner, which cannot be changed any more, whatever the company is linked to now.
 */
function withHeldParts({ body: plan }: PlannedDocument<AnyOrderPlan>, current: FoundDocument<SapEntity>): AnyOrderPlan {
  if (plan.kind === 'cancelled-order') return plan;
  const OpeningRemarks = mergeRemarks(readText(current.body.OpeningRemarks), plan.header.OpeningRemarks);
  const partner = plan.partnerRows === null ? null : readText(current.body.CardCode);
  const header = { ...plan.header, OpeningRemarks, ...(partner === null ? {} : { CardCode: partner }) };
  return { ...plan, header };
}

/** True for an order of a company whose partner must have its buyer, or its place, before the order can name them. */
function needsPartnerRows(plan: AnyOrderPlan): plan is CompanyOrderPlan {
  if (plan.kind === 'cancelled-order' || plan.partnerRows === null) return false;
  return plan.partnerRows.contact !== null || plan.partnerRows.location !== null;
}

/** Prerequisites of the order in SAP: its customer, and every item it names. */
export function listOrderDependencies(order: Order, settings: OrderSettings): TargetDependency[] {
  // Then there is at most a document to cancel.
  if (isNothingWanted(order, { settings })) return [];
  const customer = dependOnCustomer(order, settings);
  return [...(customer === null ? [] : [customer]), ...dependOnItems(order, settings)];
}

function dependOnCustomer(order: Order, settings: OrderSettings): TargetDependency | null {
  const { customers } = settings;
  const { connection } = order.source;
  const company =
    order.company === null ? null : dependOnCompany(order.company, connection, whenCompanyAbsent(order, settings));
  if (company !== null) return company;
  if (customers.mode === 'collective') return null;
  const id = customerIdOf(order);
  const email = readEmail(order);
  if (id === null && email === null) return null;
  const prerequisite = customers.mode === 'create' ? customerOfOrder(order, id ?? guestId(email ?? '')) : null;
  const ownKey = `${connection}/${id ?? guestId(email ?? '')}`;
  return {
    entity: 'customer',
    sourceKey: ownKey,
    naturalKey: customerNaturalKey(email, ownKey),
    document: CUSTOMER,
    whenAbsent: customers.mode,
    prerequisite,
  };
}

/** A company that SAP does not have: made, waited for, or its orders go to the collective customer, as those of others. */
function whenCompanyAbsent(
  order: Order,
  settings: OrderSettings,
): Pick<TargetDependency, 'whenAbsent' | 'prerequisite'> {
  const { mode } = settings.customers;
  if (mode === 'create') return { whenAbsent: 'create', prerequisite: companyOfOrder(order) };
  return { whenAbsent: mode === 'wait' ? 'wait' : 'ignore', prerequisite: null };
}

/** Role of an item in the link of its product: one for each variant. */
const ITEM_ROLE = 'item';

function dependOnItems(order: Order, settings: OrderSettings): TargetDependency[] {
  const bySku = new Map<string, TargetDependency>();
  for (const line of order.lines) {
    const sku = skuOf(line);
    if (sku === null || !isGoods(line) || wantedQuantity(order, line, { settings }).lte(0)) continue;
    if (line.kind === 'GIFT_CARD' && settings.giftCardItem !== undefined) continue;
    const { productId, variantId } = line.item ?? { productId: null, variantId: null };
    const sourceKey = productId === null ? null : `${order.source.connection}/${productId}`;
    // SAP has a variant as an item: the product's other documents do not count.
    const document = { role: ITEM_ROLE, subId: variantId };
    const absent = { whenAbsent: 'wait', prerequisite: null } as const;
    bySku.set(sku, { entity: 'product', sourceKey, naturalKey: sku, document, ...absent });
  }
  return [...bySku.values()];
}

/**
 * The customer that an order implies, from the order's own data: created where absent, never updated from an order,
 * since the customer's own record knows more.
 */
export function customerOfOrder(order: Order, id: string): Customer {
  const { billTo, shipTo } = order;
  const main = billTo ?? shipTo;
  const shown = order.customer?.name ?? null;
  return createCustomer({
    source: sourceOf(order, id),
    kind: 'PERSON',
    status: 'ACTIVE',
    name: readRealName(shown),
    firstName: main?.firstName ?? null,
    lastName: main?.lastName ?? null,
    company: main?.company ?? null,
    email: readEmail(order),
    // What the order gives is the customer's own where it has one.
    phone: readPhone(shown) ?? order.phone ?? billTo?.phone ?? shipTo?.phone ?? null,
    currency: order.documentCurrency ?? order.baseCurrency,
    locale: order.locale,
    addresses: addressesOf(order),
  });
}

/**
 * The company that an order implies: one partner for all its buyers. Buyer and location become its rows with the order
 * itself.
 */
function companyOfOrder(order: Order): Customer | null {
  const { company } = order;
  const id = company === null ? null : companyIdOf(company);
  if (company === null || id === null) return null;
  return createCustomer({
    source: { ...sourceOf(order, id), number: externalIdOf(company) },
    kind: 'COMPANY',
    status: 'ACTIVE',
    name: company.name ?? order.billTo?.company ?? order.shipTo?.company ?? externalIdOf(company),
    currency: order.documentCurrency ?? order.baseCurrency,
    locale: order.locale,
    terms: order.terms,
    addresses: addressesOf({ billTo: order.billTo, shipTo: order.companyLocation === null ? order.shipTo : null }),
  });
}

function sourceOf({ source }: Order, id: string) {
  const { connection, vendor, version, via } = source;
  return { connection, vendor, id, version, via };
}

function addressesOf({ billTo, shipTo }: Pick<Order, 'billTo' | 'shipTo'>) {
  return [
    ...(billTo === null ? [] : [{ ...billTo, id: null, code: 'Billing', roles: ['BILLING'], isDefault: true }]),
    ...(shipTo === null ? [] : [{ ...shipTo, id: null, code: 'Shipping', roles: ['SHIPPING'], isDefault: true }]),
  ];
}
