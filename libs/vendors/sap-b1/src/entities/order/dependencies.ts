import { type Customer, createCustomer, type Order } from '@entrepot/canonical';
import { type TargetDependency } from '@entrepot/vendor-kit';
import { CUSTOMER, companyIdOf, dependOnCompany, externalIdOf } from '../customer/map/company.ts';
import { guestId, readPhone, readRealName } from '../customer/map/names.ts';
import { customerNaturalKey } from '../customer/map/natural-key.ts';
import { skuOf } from './map/goods.ts';
import { customerIdOf, readEmail } from './map/header.ts';
import { isGoods, isNothingWanted, wantedQuantity } from './map/wanted.ts';
import { type OrderSettings } from './settings.ts';

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
