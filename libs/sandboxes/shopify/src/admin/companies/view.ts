import { Decimal } from 'decimal.js';
import type {
  CompanyAddressState,
  CompanyContactState,
  CompanyLocationState,
  CompanyState,
  PaymentTermsState,
} from '../../companies/state.ts';
import { balancesOf, dueOf, findTemplate } from '../../companies/terms.ts';
import type { MoneyBag } from '../../money.ts';
import type { CustomerState, OrderState } from '../../state.ts';
import type { Store } from '../../store.ts';
import { computeTotals } from '../../sums/totals.ts';

/** How a contact's customer is shown. */
export type ShowCustomer = (customer: CustomerState) => unknown;

const ordersOf = (store: Store, holds: (order: OrderState) => boolean): OrderState[] =>
  [...store.orders.values()].filter(holds);

function totalSpent(store: Store, orders: readonly OrderState[]) {
  const amounts = orders.map((order) => computeTotals(order).received.shopMoney.amount);
  return {
    amount: amounts.reduce((sum, amount) => sum.plus(amount), new Decimal(0)),
    currencyCode: store.currency,
  };
}

export function viewCompany(store: Store, company: CompanyState, show: ShowCustomer): Record<string, unknown> {
  const orders = () => ordersOf(store, (order) => order.company?.companyId === company.id);
  const main = company.contacts.find((one) => one.id === company.mainContactId);
  return {
    ...company,
    mainContact: () => (main === undefined ? null : viewContact(store, company, main, show)),
    contacts: () => company.contacts.map((one) => viewContact(store, company, one, show)),
    contactsCount: { count: company.contacts.length, precision: 'EXACT' },
    locations: () => company.locations.map((one) => viewCompanyLocation(store, company, one, show)),
    locationsCount: { count: company.locations.length, precision: 'EXACT' },
    defaultRole: viewRole(company),
    contactRoles: [viewRole(company)],
    ordersCount: () => ({ count: orders().length, precision: 'EXACT' }),
    totalSpent: () => totalSpent(store, orders()),
  };
}

export function viewRole(company: CompanyState) {
  return { __typename: 'CompanyContactRole', id: company.roleId, name: 'Ordering only', note: null };
}

export function viewCompanyLocation(
  store: Store,
  company: CompanyState,
  location: CompanyLocationState,
  show: ShowCustomer,
): Record<string, unknown> {
  const orders = () => ordersOf(store, (order) => order.company?.locationId === location.id);
  return {
    ...location,
    company: () => viewCompany(store, company, show),
    currency: store.currency,
    shippingAddress: viewCompanyAddress(company, location.shippingAddress),
    billingAddress: viewCompanyAddress(company, location.billingAddress),
    buyerExperienceConfiguration: {
      checkoutToDraft: false,
      editableShippingAddress: false,
      paymentTermsTemplate: location.termsTemplateId === null ? null : findTemplate(location.termsTemplateId),
    },
    taxSettings: { taxExempt: false, taxExemptions: [], taxRegistrationId: null },
    roleAssignments: () =>
      company.contacts.flatMap((contact) =>
        contact.roles
          .filter((role) => role.locationId === location.id)
          .map((role) => viewAssignment(store, company, contact, role, show)),
      ),
    ordersCount: () => ({ count: orders().length, precision: 'EXACT' }),
    totalSpent: () => totalSpent(store, orders()),
  };
}

export function viewCompanyAddress(company: CompanyState, address: CompanyAddressState | null) {
  return (
    address && {
      ...address,
      __typename: 'CompanyAddress',
      companyName: company.name,
      country: address.countryCode === 'US' ? 'United States' : address.countryCode,
      province: address.zoneCode,
      updatedAt: address.createdAt,
    }
  );
}

export function viewContact(
  store: Store,
  company: CompanyState,
  contact: CompanyContactState,
  show: ShowCustomer,
): Record<string, unknown> {
  return {
    ...contact,
    isMainContact: company.mainContactId === contact.id,
    locale: () => store.customers.get(contact.customerId)?.locale ?? null,
    company: () => viewCompany(store, company, show),
    customer: () => {
      const customer = store.customers.get(contact.customerId);
      return customer === undefined ? null : show(customer);
    },
    roleAssignments: () => contact.roles.map((role) => viewAssignment(store, company, contact, role, show)),
  };
}

export function viewAssignment(
  store: Store,
  company: CompanyState,
  contact: CompanyContactState,
  role: CompanyContactState['roles'][number],
  show: ShowCustomer,
): Record<string, unknown> {
  const location = company.locations.find((one) => one.id === role.locationId);
  return {
    __typename: 'CompanyContactRoleAssignment',
    id: role.id,
    createdAt: role.createdAt,
    updatedAt: role.createdAt,
    role: viewRole(company),
    company: () => viewCompany(store, company, show),
    companyContact: () => viewContact(store, company, contact, show),
    companyLocation: () => location && viewCompanyLocation(store, company, location, show),
  };
}

/** Contacts that a customer is, of one company or several. */
export function viewContactProfiles(store: Store, customer: CustomerState, show: ShowCustomer) {
  return [...store.companies.values()].flatMap((company) =>
    company.contacts
      .filter((one) => one.customerId === customer.id)
      .map((one) => viewContact(store, company, one, show)),
  );
}

/** The company, its location and the buyer; the buyer alone when the order is of no company. */
export function viewPurchaser(store: Store, order: OrderState, show: ShowCustomer): unknown {
  const customer = order.customerId === null ? undefined : store.customers.get(order.customerId);
  const bought = order.company;
  const company = bought === null ? undefined : store.companies.get(bought.companyId);
  if (bought === null || company === undefined) return customer === undefined ? null : show(customer);
  const contact = company.contacts.find((one) => one.id === bought.contactId);
  const location = company.locations.find((one) => one.id === bought.locationId);
  return {
    __typename: 'PurchasingCompany',
    company: viewCompany(store, company, show),
    location: location && viewCompanyLocation(store, company, location, show),
    contact: contact === undefined ? null : viewContact(store, company, contact, show),
  };
}

export function viewTerms(terms: PaymentTermsState, order: OrderState, total: MoneyBag): Record<string, unknown> {
  const balances = balancesOf(terms, order, total);
  const whenAny =
    (wanted: 'due' | 'overdue') =>
    (_args: unknown, { now }: { now: () => number }): boolean =>
      terms.schedules.some((schedule, index) => {
        const state = dueOf(schedule, balances[index], now());
        return state === 'overdue' || state === wanted;
      });
  return {
    __typename: 'PaymentTerms',
    id: terms.id,
    paymentTermsName: terms.name,
    translatedName: terms.name,
    paymentTermsType: terms.type,
    dueInDays: terms.dueInDays,
    due: whenAny('due'),
    overdue: whenAny('overdue'),
    paymentSchedules: terms.schedules.map((schedule, index) => ({
      __typename: 'PaymentSchedule',
      ...schedule,
      amount: balances[index]?.total.presentmentMoney,
      totalBalance: balances[index]?.total.presentmentMoney,
      balanceDue: balances[index]?.due.presentmentMoney,
      completedAt: balances[index]?.completedAt ?? null,
      due: (_args: unknown, { now }: { now: () => number }) => dueOf(schedule, balances[index], now()) !== 'not yet',
    })),
  };
}
