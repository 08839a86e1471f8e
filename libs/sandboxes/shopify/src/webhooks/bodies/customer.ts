import type { AddressState, CustomerState } from '../../state.ts';
import type { Store } from '../../store.ts';
import { restAddress, restId } from '../rest-shapes.ts';

export function customerPayload(store: Store, customer: CustomerState) {
  return {
    ...customerOfOrder(store, customer),
    addresses: customer.addresses.map((address, index) => restCustomerAddress(customer, address, index === 0)),
  };
}

/** As the body of an order holds it: without the list of addresses. */
export function customerOfOrder(store: Store, customer: CustomerState) {
  const [first] = customer.addresses;
  return {
    id: restId(customer.id),
    created_at: customer.createdAt,
    updated_at: customer.updatedAt,
    first_name: customer.firstName,
    last_name: customer.lastName,
    state: customer.state.toLowerCase(),
    note: customer.note,
    verified_email: true,
    multipass_identifier: null,
    tax_exempt: customer.taxExempt,
    email: customer.email,
    phone: customer.phone,
    currency: store.currency,
    tax_exemptions: customer.taxExemptions,
    admin_graphql_api_id: customer.id,
    ...(first === undefined ? {} : { default_address: restCustomerAddress(customer, first, true) }),
  };
}

function restCustomerAddress(customer: CustomerState, address: AddressState, isDefault: boolean) {
  const { latitude: _latitude, longitude: _longitude, ...rest } = restAddress(address) ?? {};
  return {
    id: restId(address.id),
    customer_id: restId(customer.id),
    ...rest,
    country_name: address.country,
    default: isDefault,
  };
}
