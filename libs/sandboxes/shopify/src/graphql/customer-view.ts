import { viewContactProfiles } from '../companies/api/view.ts';
import type { AddressState, CustomerState } from '../state.ts';
import { numericId, type Store } from '../store.ts';

export function viewAddress(address: AddressState | null) {
  if (address === null) return null;
  return {
    ...address,
    __typename: 'MailingAddress',
    name: [address.firstName, address.lastName].filter((part) => part).join(' ') || null,
  };
}

export function viewCustomer(store: Store, customer: CustomerState): Record<string, unknown> {
  return {
    ...customer,
    legacyResourceId: numericId(customer.id),
    displayName:
      [customer.firstName, customer.lastName].filter((part) => part).join(' ') ||
      customer.email ||
      customer.phone ||
      'Unknown',
    verifiedEmail: true,
    numberOfOrders: String(customer.orderCount),
    defaultEmailAddress:
      customer.email === null
        ? null
        : { emailAddress: customer.email, marketingState: customer.emailMarketing, marketingUpdatedAt: null },
    defaultPhoneNumber:
      customer.phone === null
        ? null
        : {
            phoneNumber: customer.phone,
            marketingState: customer.smsMarketing,
            marketingUpdatedAt: null,
            smsMarketingConsent: {
              // The same state under the name that all channels share.
              state: customer.smsMarketing === 'NOT_SUBSCRIBED' ? 'NEVER_SUBSCRIBED' : customer.smsMarketing,
              updatedAt: null,
            },
          },
    defaultAddress: viewAddress(customer.addresses[0] ?? null),
    addressesV2: customer.addresses.map(viewAddress),
    companyContactProfiles: () => viewContactProfiles(store, customer, (one) => viewCustomer(store, one)),
    metafields: customer.metafields.map((one) => ({ ...one, __typename: 'Metafield', compareDigest: one.updatedAt })),
  };
}
