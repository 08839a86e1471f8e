import { assignContact, assignRole, findOrAddCompany, type OrderCompanyInput } from '../companies/companies.ts';
import { readMetafields } from '../metafields.ts';
import type { CustomerState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { isSameAddress, makeAddress } from './addresses.ts';
import type { CustomerUpsertInput } from './input.ts';
import { normalizeEmail, normalizePhone } from './input-checks.ts';
import { sortTags } from './tags.ts';

/** Finds a customer by e-mail address, ignoring blanks and case. */
export function findByEmail(store: Store, email: string | null): CustomerState | undefined {
  const wanted = normalizeEmail(email)?.toLowerCase();
  if (wanted === undefined || !store.customerIdsByEmail.has(wanted)) return undefined;
  const hasIt = (customer: CustomerState | undefined): boolean => customer?.email?.toLowerCase() === wanted;
  const first = store.customers.get(store.customerIdsByEmail.get(wanted) ?? '');
  // Gone or changed its address since: another one may have it.
  return hasIt(first) ? first : [...store.customers.values()].find(hasIt);
}

export function findByPhone(store: Store, phone: string | null): CustomerState | undefined {
  const wanted = normalizePhone(phone);
  return wanted === null ? undefined : [...store.customers.values()].find((customer) => customer.phone === wanted);
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
    firstName: input.firstName?.trim() || null,
    lastName: input.lastName?.trim() || null,
    createdAt: at,
    updatedAt: at,
    state: 'DISABLED',
    email: normalizeEmail(input.email),
    phone: normalizePhone(input.phone),
    note: input.note ?? null,
    tags: sortTags(input.tags ?? []),
    taxExempt: input.taxExempt ?? false,
    taxExemptions: [...(input.taxExemptions ?? [])],
    locale: input.locale ?? 'en',
    emailMarketing: 'NOT_SUBSCRIBED',
    smsMarketing: 'NOT_SUBSCRIBED',
    emailConsent: null,
    smsConsent: null,
    addresses: (input.addresses ?? [])
      .map((address) => makeAddress(store, address))
      .filter((address) => address !== null),
    orderCount: 0,
    metafields: readMetafields(store, input.metafields ?? [], at),
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
  if (input.firstName !== undefined) customer.firstName = input.firstName?.trim() || null;
  if (input.lastName !== undefined) customer.lastName = input.lastName?.trim() || null;
  if (input.email !== undefined) customer.email = normalizeEmail(input.email);
  if (input.phone !== undefined) customer.phone = normalizePhone(input.phone);
  if (input.note !== undefined) customer.note = input.note;
  if (input.tags) customer.tags = sortTags(input.tags);
  if (input.taxExempt !== undefined && input.taxExempt !== null) customer.taxExempt = input.taxExempt;
  if (input.locale) customer.locale = input.locale;
  if (input.addresses) {
    const given = input.addresses.map((address) => makeAddress(store, address)).filter((address) => address !== null);
    // Those it has already keep their ids.
    customer.addresses = given.map(
      (address) => customer.addresses.find((present) => isSameAddress(present, address)) ?? address,
    );
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
  if (typeof input.smsMarketing === 'string') customer.smsMarketing = input.smsMarketing;
  const company = input.company as OrderCompanyInput | undefined;
  if (company) {
    const { company: found, location } = findOrAddCompany(store, company, customer.createdAt);
    const contact = assignContact(store, found, customer.id, company.contact?.title, customer.createdAt);
    assignRole(store, contact, location.id, customer.createdAt);
  }
  return customer;
}
