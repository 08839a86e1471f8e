import { type Customer, createCustomer, type Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { TargetDependency } from '@entrepot/vendor-kit';
import { CUSTOMER_ROLE, companyIdOf, dependOnCompany, externalIdOf } from '../customer/company.ts';
import { guestId } from '../customer/guest.ts';
import { readPhone, readRealName } from '../customer/name.ts';
import { customerNaturalKey } from '../customer/natural-key.ts';
import { readOrderSettings } from '../settings.ts';
import { customerIdOf, readEmail } from './header.ts';
import { skuOf } from './rows/item.ts';
import { isGoods, isNothingWanted, wantedQuantity } from './wanted.ts';

/** What must be in SAP before the order: its customer, and every item it names. */
export function listOrderDependencies(order: Order, flow: FlowSettings): TargetDependency[] {
  const settings = readOrderSettings(flow);
  // There is at most something to cancel then.
  if (isNothingWanted(order, { settings })) return [];
  const customer = dependOnCustomer(order, flow);
  return [...(customer === null ? [] : [customer]), ...dependOnItems(order, flow)];
}

function dependOnCustomer(order: Order, flow: FlowSettings): TargetDependency | null {
  const { customers } = readOrderSettings(flow);
  const { connection } = order.source;
  const company =
    order.company === null ? null : dependOnCompany(order.company, connection, whenCompanyAbsent(order, flow));
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
    role: CUSTOMER_ROLE,
    whenAbsent: customers.mode,
    prerequisite,
  };
}

/** A company that SAP does not have: made, waited for, or its orders go to the collective customer, as those of others. */
function whenCompanyAbsent(order: Order, flow: FlowSettings): Pick<TargetDependency, 'whenAbsent' | 'prerequisite'> {
  const { mode } = readOrderSettings(flow).customers;
  if (mode === 'create') return { whenAbsent: 'create', prerequisite: companyOfOrder(order) };
  return { whenAbsent: mode === 'wait' ? 'wait' : 'ignore', prerequisite: null };
}

function dependOnItems(order: Order, flow: FlowSettings): TargetDependency[] {
  const settings = readOrderSettings(flow);
  const bySku = new Map<string, TargetDependency>();
  for (const line of order.lines) {
    const sku = skuOf(line);
    if (sku === null || !isGoods(line) || wantedQuantity(order, line, { settings }).lte(0)) continue;
    if (line.kind === 'GIFT_CARD' && settings.giftCardItem !== undefined) continue;
    const { productId, variantId } = line.item ?? { productId: null, variantId: null };
    // A variant is what SAP has as an item; the link of the whole product says nothing of it.
    const sourceKey = variantId === null && productId !== null ? `${order.source.connection}/${productId}` : null;
    bySku.set(sku, { entity: 'product', sourceKey, naturalKey: sku, whenAbsent: 'wait', prerequisite: null });
  }
  return [...bySku.values()];
}

/**
 * The customer that an order implies, from what the order says of it: made where there is none, never brought up to date by it, since the
 * customer's own record knows more.
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

/** The company that an order implies: one partner, whoever buys for it. Buyer and location become its rows with the order itself. */
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
