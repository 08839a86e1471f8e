import {
  type Attribute,
  type Customer,
  type CustomerStatus,
  createAttribute,
  createContact,
  createEntity,
  createMarketingConsent,
  createRef,
  createSource,
  createTaxExemption,
  type MarketingConsent,
} from '@entrepot/canonical';
import { codeOrNull, fromGid, mapAddress, mapAttributes, textOrNull, timeOrNull } from '../../fields.ts';
import type { WireCustomer } from './wire.ts';

/**
 * `state` concerns the account in the shop, not the business relation: each customer that has not declined counts as
 * active.
 */
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
          number: codeOrNull(profile.company.externalId),
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
    marketing: mapMarketing(wire),
    note: textOrNull(wire.note),
    attributes: [...mapAttributes([], wire.metafields.nodes), ...mapCompanies(wire)],
    tags: [...wire.tags],
  });
}

/** Consent as the default e-mail address and telephone number have it, in Shopify's words. */
function mapMarketing(wire: WireCustomer): MarketingConsent[] {
  const { defaultEmailAddress: email, defaultPhoneNumber: phone } = wire;
  const consents: MarketingConsent[] = [];
  if (email) consents.push(consentOf('EMAIL', email.marketingState, email.marketingUpdatedAt));
  if (phone && 'smsMarketingConsent' in phone)
    consents.push(consentOf('SMS', phone.smsMarketingConsent.state, phone.smsMarketingConsent.updatedAt));
  else if (phone) consents.push(consentOf('SMS', phone.marketingState, phone.marketingUpdatedAt));
  return consents;
}

function consentOf(channel: string, state: string, at: string | null): MarketingConsent {
  return createMarketingConsent({ channel, state, at: timeOrNull(at) });
}

/**
 * A person may buy for several companies, and the model has one parent: the attributes list all of them, the parent
 * included.
 */
function mapCompanies(wire: WireCustomer): Attribute[] {
  const companies = (wire.companyContactProfiles ?? []).map(({ company, isMainContact }) => ({
    id: fromGid(company.id),
    externalId: codeOrNull(company.externalId),
    name: company.name,
    isMainContact,
  }));
  if (companies.length === 0) return [];
  const value = JSON.stringify(companies);
  return [createAttribute({ namespace: 'shopify', key: 'companies', value, type: 'json' })];
}

/** `CA_BC_RESELLER_EXEMPTION` → `CA-BC`, `EU_REVERSE_CHARGE_EXEMPTION_RULE` → `EU`. */
function readJurisdiction(code: string): string | null {
  const match = /^([A-Z]{2})_(?:([A-Z]{2})_)?/.exec(code);
  return match === null ? null : [match[1], match[2]].filter((part) => part !== undefined).join('-');
}
