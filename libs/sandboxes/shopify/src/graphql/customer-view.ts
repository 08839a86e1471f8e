import type { AddressState, CustomerState } from '../state.ts';
import { numericId } from '../store.ts';

export function viewAddress(address: AddressState | null) {
  if (address === null) return null;
  return {
    ...address,
    __typename: 'MailingAddress',
    name: [address.firstName, address.lastName].filter((part) => part).join(' ') || null,
  };
}

export function viewCustomer(customer: CustomerState): Record<string, unknown> {
  const company = customer.company;
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
        : { phoneNumber: customer.phone, marketingState: 'NOT_SUBSCRIBED', marketingUpdatedAt: null },
    defaultAddress: viewAddress(customer.addresses[0] ?? null),
    addressesV2: customer.addresses.map(viewAddress),
    companyContactProfiles:
      company === null
        ? []
        : [
            {
              id: `gid://shopify/CompanyContact/${numericId(customer.id)}`,
              title: null,
              isMainContact: true,
              company: { id: company.id, name: company.name, externalId: company.externalId },
            },
          ],
    metafields: customer.metafields.map((one) => ({ ...one, __typename: 'Metafield', compareDigest: one.updatedAt })),
  };
}
