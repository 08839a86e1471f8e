import { Decimal } from 'decimal.js';
import { viewLocation } from '../fulfillment/locations.ts';
import type { AddressState, CustomerState, OrderState } from '../state.ts';
import { numericId, type Store } from '../store.ts';
import { computeTotals } from '../sums/totals.ts';
import { viewContactProfiles } from './companies/view.ts';

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
        : {
            marketingState: customer.emailMarketing,
            marketingOptInLevel: customer.emailConsent?.optInLevel ?? null,
            consentUpdatedAt: customer.emailConsent?.updatedAt ?? null,
          },
    smsMarketingConsent: customer.phone === null ? null : viewSmsConsent(store, customer),
    defaultEmailAddress:
      customer.email === null
        ? null
        : {
            emailAddress: customer.email,
            marketingState: customer.emailMarketing,
            marketingOptInLevel: customer.emailConsent?.optInLevel ?? null,
            marketingUpdatedAt: customer.emailConsent?.updatedAt ?? null,
          },
    defaultPhoneNumber:
      customer.phone === null
        ? null
        : {
            phoneNumber: customer.phone,
            marketingState: customer.smsMarketing,
            marketingOptInLevel: customer.smsConsent?.optInLevel ?? null,
            marketingUpdatedAt: customer.smsConsent?.updatedAt ?? null,
            marketingCollectedFrom: customer.smsConsent?.collectedFrom ?? null,
            smsMarketingConsent: {
              // The same state under the name that all channels share.
              state: customer.smsMarketing === 'NOT_SUBSCRIBED' ? 'NEVER_SUBSCRIBED' : customer.smsMarketing,
              updatedAt: customer.smsConsent?.updatedAt ?? null,
              optInLevel: customer.smsConsent?.optInLevel ?? null,
              collectedFrom: customer.smsConsent?.collectedFrom ?? null,
              sourceLocation: viewSmsConsent(store, customer).sourceLocation,
            },
          },
    defaultAddress: viewAddress(customer.addresses[0] ?? null),
    addressesV2: customer.addresses.map(viewAddress),
    companyContactProfiles: () => viewContactProfiles(store, customer, (one) => viewCustomer(store, one)),
    metafields: customer.metafields.map((one) => ({ ...one, __typename: 'Metafield', compareDigest: one.updatedAt })),
  };
}

function viewSmsConsent(store: Store, customer: CustomerState) {
  const { smsConsent: consent } = customer;
  const location = store.locations.find((one) => one.id === consent?.locationId);
  return {
    marketingState: customer.smsMarketing,
    // The schema has no null for it.
    marketingOptInLevel: consent?.optInLevel ?? 'UNKNOWN',
    consentUpdatedAt: consent?.updatedAt ?? null,
    consentCollectedFrom: consent?.collectedFrom ?? null,
    sourceLocation: location === undefined ? null : viewLocation(location),
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
