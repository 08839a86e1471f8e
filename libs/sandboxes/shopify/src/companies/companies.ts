import type { Store } from '../store.ts';
import type { CompanyAddressState, CompanyContactState, CompanyLocationState, CompanyState } from './state.ts';
import { findTemplate } from './terms.ts';

export interface CompanyAddressInput {
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly recipient?: string | null;
  readonly address1?: string | null;
  readonly address2?: string | null;
  readonly city?: string | null;
  readonly zoneCode?: string | null;
  readonly zip?: string | null;
  readonly countryCode?: string | null;
  readonly phone?: string | null;
}

export interface CompanyLocationInput {
  readonly name?: string | null;
  readonly externalId?: string | null;
  readonly phone?: string | null;
  readonly note?: string | null;
  readonly locale?: string | null;
  readonly shippingAddress?: CompanyAddressInput | null;
  readonly billingAddress?: CompanyAddressInput | null;
  readonly billingSameAsShipping?: boolean | null;
  readonly buyerExperienceConfiguration?: { readonly paymentTermsTemplateId?: string | null } | null;
}

/** The company an order is for, as the control API names it. */
export interface OrderCompanyInput {
  readonly name: string;
  readonly externalId?: string | null;
  readonly locationName?: string | null;
  readonly locationExternalId?: string | null;
  readonly shippingAddress?: CompanyAddressInput | null;
  readonly billingAddress?: CompanyAddressInput | null;
  /** Name or id of the template of the location's terms, e.g. `Net 30`. */
  readonly paymentTerms?: string | null;
  readonly contact?: { readonly title?: string | null } | null;
}

export function addCompany(
  store: Store,
  input: { name: string; externalId?: string | null; note?: string | null; customerSince?: string | null },
  at: string,
): CompanyState {
  const company: CompanyState = {
    __typename: 'Company',
    id: store.nextGid('Company'),
    name: input.name,
    externalId: input.externalId ?? null,
    note: input.note ?? null,
    customerSince: input.customerSince ?? at,
    createdAt: at,
    updatedAt: at,
    mainContactId: null,
    roleId: store.nextGid('CompanyContactRole'),
    locations: [],
    contacts: [],
  };
  store.companies.set(company.id, company);
  return company;
}

export function addCompanyLocation(
  store: Store,
  company: CompanyState,
  input: CompanyLocationInput,
  at: string,
): CompanyLocationState {
  const shippingAddress = makeCompanyAddress(store, input.shippingAddress, at);
  const location: CompanyLocationState = {
    __typename: 'CompanyLocation',
    id: store.nextGid('CompanyLocation'),
    name: input.name || company.name,
    externalId: input.externalId ?? null,
    phone: input.phone ?? null,
    note: input.note ?? null,
    locale: input.locale ?? null,
    shippingAddress,
    billingAddress: input.billingSameAsShipping ? shippingAddress : makeCompanyAddress(store, input.billingAddress, at),
    termsTemplateId: input.buyerExperienceConfiguration?.paymentTermsTemplateId ?? null,
    createdAt: at,
    updatedAt: at,
  };
  company.locations.push(location);
  company.updatedAt = at;
  return location;
}

export function makeCompanyAddress(
  store: Store,
  input: CompanyAddressInput | null | undefined,
  at: string,
): CompanyAddressState | null {
  if (!input) return null;
  return {
    id: store.nextGid('CompanyAddress'),
    firstName: input.firstName ?? null,
    lastName: input.lastName ?? null,
    recipient: input.recipient ?? null,
    address1: input.address1 ?? '',
    address2: input.address2 ?? null,
    city: input.city ?? null,
    zoneCode: input.zoneCode ?? null,
    zip: input.zip ?? null,
    countryCode: input.countryCode ?? 'US',
    phone: input.phone ?? null,
    createdAt: at,
  };
}

/** Makes a customer a contact, once; the first one is the main contact. */
export function assignContact(
  store: Store,
  company: CompanyState,
  customerId: string,
  title: string | null | undefined,
  at: string,
): CompanyContactState {
  const present = company.contacts.find((one) => one.customerId === customerId);
  if (present !== undefined) {
    if (title !== undefined && title !== null) present.title = title;
    return present;
  }
  const contact: CompanyContactState = {
    __typename: 'CompanyContact',
    id: store.nextGid('CompanyContact'),
    customerId,
    title: title ?? null,
    roles: [],
    createdAt: at,
    updatedAt: at,
  };
  company.contacts.push(contact);
  company.mainContactId ??= contact.id;
  company.updatedAt = at;
  return contact;
}

/** Lets a contact order for a location. */
export function assignRole(
  store: Store,
  contact: CompanyContactState,
  locationId: string,
  at: string,
): CompanyContactState['roles'][number] {
  const present = contact.roles.find((one) => one.locationId === locationId);
  if (present !== undefined) return present;
  const role = { id: store.nextGid('CompanyContactRoleAssignment'), locationId, createdAt: at };
  contact.roles.push(role);
  return role;
}

/** The same external id, else the same name, is the same company; a location likewise. Made when there is none. */
export function findOrAddCompany(
  store: Store,
  input: OrderCompanyInput,
  at: string,
): { readonly company: CompanyState; readonly location: CompanyLocationState } {
  const externalId = input.externalId ?? null;
  const company =
    [...store.companies.values()].find((one) =>
      externalId === null ? one.name === input.name : one.externalId === externalId,
    ) ?? addCompany(store, input, at);
  const wanted = input.locationExternalId ?? null;
  const found = company.locations.find((one) =>
    wanted === null ? one.name === (input.locationName ?? one.name) : one.externalId === wanted,
  );
  const location =
    found ??
    addCompanyLocation(
      store,
      company,
      {
        name: input.locationName ?? null,
        externalId: wanted,
        shippingAddress: input.shippingAddress ?? null,
        billingAddress: input.billingAddress ?? null,
      },
      at,
    );
  if (input.paymentTerms) {
    const terms = findTemplate(input.paymentTerms);
    if (terms === undefined) throw new Error(`company.paymentTerms: there is no template ${input.paymentTerms}.`);
    location.termsTemplateId = terms.id;
  }
  return { company, location };
}

export function findCompanyLocation(
  store: Store,
  id: string,
): { readonly company: CompanyState; readonly location: CompanyLocationState } | null {
  for (const company of store.companies.values()) {
    const location = company.locations.find((one) => one.id === id);
    if (location !== undefined) return { company, location };
  }
  return null;
}

export function findCompanyContact(
  store: Store,
  id: string,
): { readonly company: CompanyState; readonly contact: CompanyContactState } | null {
  for (const company of store.companies.values()) {
    const contact = company.contacts.find((one) => one.id === id);
    if (contact !== undefined) return { company, contact };
  }
  return null;
}
