import {
  type Customer,
  type CustomerStatus,
  createContact,
  createEntity,
  createMarketingConsent,
  createRef,
  createSource,
  createTaxExemption,
} from '@entrepot/canonical';
import { fromGid } from '../ids.ts';
import type { WireCustomer } from '../wire.ts';
import { mapAddress, mapAttributes, textOrNull, timeOrNull } from './fields.ts';

/** `state` is about the account in the shop, not about doing business: everyone who has not declined is a customer. */
const STATES: Readonly<Record<string, CustomerStatus>> = {
  ENABLED: 'ACTIVE',
  DISABLED: 'ACTIVE',
  INVITED: 'INVITED',
  DECLINED: 'DECLINED',
};

/** Maps a customer of the Admin API. Fields that Shopify refused to show (protected customer data) are null. Pure. */
export function customerFromShopify(wire: WireCustomer, connection: string): Customer {
  const email = textOrNull(wire.defaultEmailAddress?.emailAddress);
  const phone = textOrNull(wire.defaultPhoneNumber?.phoneNumber);
  const names = [textOrNull(wire.firstName), textOrNull(wire.lastName)].filter((name) => name !== null);
  const profile = wire.companyContactProfiles?.[0];
  const addresses = wire.addressesV2.nodes;
  return createEntity('customer', {
    source: createSource({
      connection,
      vendor: 'shopify',
      id: fromGid(wire.id),
      createdAt: timeOrNull(wire.createdAt),
      updatedAt: timeOrNull(wire.updatedAt),
    }),
    kind: 'PERSON',
    kindRaw: profile ? 'companyContact' : 'customer',
    // A person who buys for a company belongs to it; with several companies, to the first.
    parent: profile
      ? createRef({
          id: fromGid(profile.company.id),
          number: textOrNull(profile.company.externalId),
          name: profile.company.name,
        })
      : null,
    status: STATES[wire.state] ?? 'UNKNOWN',
    statusRaw: wire.state,
    // `displayName` falls back to the e-mail address: that is no name.
    name: names.length > 0 ? names.join(' ') : null,
    firstName: textOrNull(wire.firstName),
    lastName: textOrNull(wire.lastName),
    company:
      profile?.company.name ?? textOrNull(addresses.find((address) => address.id === wire.defaultAddress?.id)?.company),
    email,
    phone,
    contacts: (wire.companyContactProfiles ?? []).map((contact) =>
      createContact({
        id: fromGid(contact.id),
        firstName: textOrNull(wire.firstName),
        lastName: textOrNull(wire.lastName),
        title: textOrNull(contact.title),
        email,
        phone,
        roles: [contact.company.name],
        isDefault: contact.isMainContact,
      }),
    ),
    addresses: addresses
      .map((address) => {
        const isDefault = address.id === wire.defaultAddress?.id;
        return mapAddress(address, isDefault ? ['MAIN', 'BILLING', 'SHIPPING'] : ['SHIPPING'], isDefault);
      })
      .filter((address) => address !== null),
    locale: textOrNull(wire.locale),
    taxExempt: wire.taxExempt,
    taxExemptions: wire.taxExemptions.map((code) => createTaxExemption({ code, jurisdiction: readJurisdiction(code) })),
    marketing: [
      ...(wire.defaultEmailAddress
        ? [
            {
              channel: 'EMAIL',
              state: wire.defaultEmailAddress.marketingState,
              at: wire.defaultEmailAddress.marketingUpdatedAt,
            },
          ]
        : []),
      ...(wire.defaultPhoneNumber
        ? [
            {
              channel: 'SMS',
              state: wire.defaultPhoneNumber.marketingState,
              at: wire.defaultPhoneNumber.marketingUpdatedAt,
            },
          ]
        : []),
    ].map((consent) => createMarketingConsent({ ...consent, at: timeOrNull(consent.at) })),
    note: textOrNull(wire.note),
    attributes: mapAttributes([], wire.metafields.nodes),
    tags: [...wire.tags],
  });
}

/** `CA_BC_RESELLER_EXEMPTION` → `CA-BC`, `EU_REVERSE_CHARGE_EXEMPTION_RULE` → `EU`. */
function readJurisdiction(code: string): string | null {
  const match = /^([A-Z]{2})_(?:([A-Z]{2})_)?/.exec(code);
  return match === null ? null : [match[1], match[2]].filter((part) => part !== undefined).join('-');
}
