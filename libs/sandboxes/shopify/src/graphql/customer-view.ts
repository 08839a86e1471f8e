import { Decimal } from 'decimal.js';
import { viewContactProfiles } from '../companies/api/view.ts';
import { computeTotals } from '../orders/totals.ts';
import type { AddressState, CustomerState, OrderState } from '../state.ts';
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
    amountSpent: () => ({ amount: spentBy(store, customer), currencyCode: store.currency }),
    canDelete: () => ordersOf(store, customer).length === 0,
    emailMarketingConsent:
      customer.email === null
        ? null
        : { marketingState: customer.emailMarketing, marketingOptInLevel: 'SINGLE_OPT_IN', consentUpdatedAt: null },
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

function ordersOf(store: Store, customer: CustomerState): OrderState[] {
  return [...store.orders.values()].filter((order) => order.customerId === customer.id);
}

/** What was paid and not given back, in the shop's currency. */
function spentBy(store: Store, customer: CustomerState): Decimal {
  return ordersOf(store, customer).reduce((sum, order) => {
    const { received, refunded } = computeTotals(order);
    return sum.plus(received.shopMoney.amount).minus(refunded.shopMoney.amount);
  }, new Decimal(0));
}
