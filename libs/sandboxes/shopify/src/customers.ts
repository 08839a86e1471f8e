import { readMetafields } from './metafields.ts';
import type { AddressInput, CustomerUpsertInput, OrderCreateInput } from './orders/create-input.ts';
import type { AddressState, CustomerState } from './state.ts';
import { isoSeconds, type Store } from './store.ts';

const COUNTRIES: Readonly<Record<string, string>> = {
  US: 'United States',
  CA: 'Canada',
  DE: 'Germany',
  GB: 'United Kingdom',
  FR: 'France',
  AT: 'Austria',
  CH: 'Switzerland',
};

export function makeAddress(store: Store, input: AddressInput | null | undefined): AddressState | null {
  if (!input) return null;
  const code = input.countryCode ?? Object.entries(COUNTRIES).find(([, name]) => name === input.country)?.[0] ?? null;
  return {
    id: `${store.nextGid('MailingAddress')}?model_name=Address`,
    firstName: input.firstName ?? null,
    lastName: input.lastName ?? null,
    company: input.company ?? null,
    address1: input.address1 ?? null,
    address2: input.address2 ?? null,
    city: input.city ?? null,
    province: input.province ?? null,
    provinceCode: input.provinceCode ?? null,
    zip: input.zip ?? null,
    country: input.country ?? (code === null ? null : (COUNTRIES[code] ?? null)),
    countryCodeV2: code,
    phone: input.phone ?? null,
  };
}

export interface UpsertedCustomer {
  readonly state: CustomerState;
  readonly change: 'created' | 'updated' | 'none';
}

/** The customer that `orderCreate` names: associated by id or e-mail, or upserted; e-mail addresses are matched without case. */
export function findOrUpsertCustomer(store: Store, input: OrderCreateInput, at: string): UpsertedCustomer | null {
  const associate = input.customerId ? { id: input.customerId } : input.customer?.toAssociate;
  if (associate) {
    const found = associate.id ? store.customers.get(associate.id) : findByEmail(store, associate.email ?? null);
    return found === undefined ? null : { state: found, change: 'none' };
  }
  const upsert = input.customer?.toUpsert;
  if (!upsert) return null;
  const found = upsert.id ? store.customers.get(upsert.id) : findByEmail(store, upsert.email ?? null);
  if (found === undefined) return { state: addCustomer(store, upsert, at), change: 'created' };
  const changed = updateCustomer(store, found, upsert, at);
  return { state: found, change: changed ? 'updated' : 'none' };
}

export function findByEmail(store: Store, email: string | null): CustomerState | undefined {
  const wanted = email?.toLowerCase();
  if (wanted === undefined || !store.customerIdsByEmail.has(wanted)) return undefined;
  const hasIt = (customer: CustomerState | undefined): boolean => customer?.email?.toLowerCase() === wanted;
  const first = store.customers.get(store.customerIdsByEmail.get(wanted) ?? '');
  // Gone or changed its address since: another one may have it.
  return hasIt(first) ? first : [...store.customers.values()].find(hasIt);
}

function noteEmail(store: Store, customer: CustomerState): void {
  const email = customer.email?.toLowerCase();
  if (email !== undefined && !store.customerIdsByEmail.has(email)) store.customerIdsByEmail.set(email, customer.id);
}

export function addCustomer(
  store: Store,
  input: CustomerUpsertInput & {
    readonly taxExemptions?: readonly string[] | null;
    readonly locale?: string | null;
    readonly metafields?: readonly object[] | null;
  },
  at: string,
): CustomerState {
  const customer: CustomerState = {
    __typename: 'Customer',
    id: store.nextGid('Customer'),
    firstName: input.firstName ?? null,
    lastName: input.lastName ?? null,
    createdAt: at,
    updatedAt: at,
    state: 'DISABLED',
    email: input.email ?? null,
    phone: input.phone ?? null,
    note: input.note ?? null,
    tags: [...(input.tags ?? [])],
    taxExempt: input.taxExempt ?? false,
    taxExemptions: [...(input.taxExemptions ?? [])],
    locale: input.locale ?? 'en',
    emailMarketing: 'NOT_SUBSCRIBED',
    addresses: (input.addresses ?? [])
      .map((address) => makeAddress(store, address))
      .filter((address) => address !== null),
    metafields: readMetafields(store, input.metafields ?? [], at),
    company: null,
  };
  store.customers.set(customer.id, customer);
  noteEmail(store, customer);
  return customer;
}

/** Applies the given fields; true when something changed (`updatedAt` moves only then). */
export function updateCustomer(
  store: Store,
  customer: CustomerState,
  input: CustomerUpsertInput & { readonly locale?: string | null },
  at: string,
): boolean {
  const before = JSON.stringify(customer);
  if (input.firstName !== undefined) customer.firstName = input.firstName;
  if (input.lastName !== undefined) customer.lastName = input.lastName;
  if (input.email !== undefined) customer.email = input.email;
  if (input.phone !== undefined) customer.phone = input.phone;
  if (input.note !== undefined) customer.note = input.note;
  if (input.tags) customer.tags = [...input.tags];
  if (input.taxExempt !== undefined && input.taxExempt !== null) customer.taxExempt = input.taxExempt;
  if (input.locale) customer.locale = input.locale;
  if (input.addresses) {
    const kept = customer.addresses.map((address) => JSON.stringify({ ...address, id: '' }));
    const given = input.addresses.map((address) => makeAddress(store, address)).filter((address) => address !== null);
    if (given.some((address) => !kept.includes(JSON.stringify({ ...address, id: '' })))) customer.addresses = given;
  }
  if (JSON.stringify(customer) === before) return false;
  customer.updatedAt = at;
  noteEmail(store, customer);
  return true;
}

/** For seeding: a customer with everything that the Admin API's input has no field for. */
export function seedCustomer(store: Store, input: Record<string, unknown>, now: () => number): CustomerState {
  const customer = addCustomer(store, input as CustomerUpsertInput, isoSeconds(now()));
  if (typeof input.state === 'string') customer.state = input.state;
  if (typeof input.emailMarketing === 'string') customer.emailMarketing = input.emailMarketing;
  const company = input.company as { name: string; externalId?: string; locationName?: string } | undefined;
  if (company)
    customer.company = {
      id: store.nextGid('Company'),
      name: company.name,
      externalId: company.externalId ?? null,
      locationId: store.nextGid('CompanyLocation'),
      locationName: company.locationName ?? company.name,
    };
  return customer;
}
