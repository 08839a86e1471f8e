import { isSameAddress, makeAddress } from '../customers/addresses.ts';
import { addCustomer, findByEmail, updateCustomer } from '../customers/customers.ts';
import type { AddressInput, CustomerUpsertInput } from '../customers/input.ts';
import type { CustomerState } from '../state.ts';
import type { Store } from '../store.ts';
import type { OrderCreateInput } from './create-input.ts';

export interface OrderCustomer {
  readonly state: CustomerState;
  readonly change: 'created' | 'updated' | 'none';
}

/**
 * The customer of an order that `orderCreate` makes. It is associated by id or e-mail, or upserted; an order that names none but has an
 * e-mail creates one and links it (recorded). What the customer lacks comes from the order, by the notes of the input's schema: its e-mail,
 * the name of a new customer from the billing address, else from the shipping address, and the default address. Null: the order names no
 * customer and has no e-mail.
 */
export function findOrUpsertCustomer(store: Store, input: OrderCreateInput, at: string): OrderCustomer | null {
  const found = findNamed(store, input, at);
  if (found === null) return null;
  const before = JSON.stringify(found.state);
  completeFromOrder(store, found.state, input);
  const hasChanged = JSON.stringify(found.state) !== before;
  if (hasChanged) found.state.updatedAt = at;
  return hasChanged && found.change === 'none' ? { ...found, change: 'updated' } : found;
}

function findNamed(store: Store, input: OrderCreateInput, at: string): OrderCustomer | null {
  const associate = input.customerId ? { id: input.customerId } : input.customer?.toAssociate;
  if (associate) {
    const found = associate.id ? store.customers.get(associate.id) : findByEmail(store, associate.email ?? null);
    return found === undefined ? null : { state: found, change: 'none' };
  }
  const upsert = input.customer?.toUpsert ?? null;
  return upsert === null && !input.email ? null : upsertCustomer(store, upsert ?? {}, input.email ?? null, at);
}

/** The customer's own e-mail goes before the order's. */
function upsertCustomer(
  store: Store,
  input: CustomerUpsertInput,
  orderEmail: string | null,
  at: string,
): OrderCustomer | null {
  const email = input.email ?? orderEmail;
  const found = input.id ? store.customers.get(input.id) : findByEmail(store, email);
  if (found === undefined) return { state: addCustomer(store, { ...input, email }, at), change: 'created' };
  const changed = updateCustomer(store, found, input, at);
  return { state: found, change: changed ? 'updated' : 'none' };
}

function completeFromOrder(store: Store, customer: CustomerState, input: OrderCreateInput): void {
  if (customer.email === null && input.email)
    updateCustomer(store, customer, { email: input.email }, customer.updatedAt);
  if (customer.firstName === null && customer.lastName === null)
    takeName(customer, hasName(input.billingAddress) ? input.billingAddress : input.shippingAddress);
  const address = makeAddress(store, input.shippingAddress ?? input.billingAddress);
  if (address === null || (customer.addresses[0] && isSameAddress(customer.addresses[0], address))) return;
  const known = customer.addresses.find((present) => isSameAddress(present, address));
  // The default address is the first one.
  customer.addresses = [known ?? address, ...customer.addresses.filter((present) => present !== known)];
}

function hasName(address: AddressInput | null | undefined): boolean {
  return Boolean(address?.firstName ?? address?.lastName);
}

function takeName(customer: CustomerState, address: AddressInput | null | undefined): void {
  customer.firstName = address?.firstName?.trim() || null;
  customer.lastName = address?.lastName?.trim() || null;
}
