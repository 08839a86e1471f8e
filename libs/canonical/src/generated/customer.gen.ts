// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Address, Attribute, ExternalId, Money, PaymentTerms, Ref, Source } from './shared.gen.ts';

export const customerKindValues = ['UNKNOWN', 'PERSON', 'COMPANY', 'COMPANY_LOCATION', 'LEAD'] as const;
/** What kind of customer it is. */
export type CustomerKind = (typeof customerKindValues)[number];

export const customerStatusValues = ['UNKNOWN', 'ACTIVE', 'INACTIVE', 'ON_HOLD', 'INVITED', 'DECLINED'] as const;
/** Whether one may do business with the customer. */
export type CustomerStatus = (typeof customerStatusValues)[number];

/** A person at the customer. */
export interface Contact {
  /** The source's id of the contact. */
  id: string;
  /** First name. */
  firstName: string | null;
  /** Last name. */
  lastName: string | null;
  /** The whole name, where the source does not split it. */
  name: string | null;
  /** Title or position. */
  title: string | null;
  /** E-mail address. */
  email: string | null;
  /** Phone number. */
  phone: string | null;
  /** Mobile number. */
  mobile: string | null;
  /** What the person is for: PRIMARY, BILLING, SHIPPING, ORDERING ADMIN … */
  roles: string[];
  /** True for the main contact. */
  isDefault: boolean;
}

/** Why and where the customer pays no tax. */
export interface TaxExemption {
  /** The source's code of the exemption. */
  code: string | null;
  /** Where it holds. */
  jurisdiction: string | null;
  /** Number of the certificate. */
  certificate: string | null;
  /** Until when it holds. */
  validTo: TimestampMicros | null;
}

/** A number under which the customer is known to a tax office. */
export interface TaxRegistration {
  /** ISO 3166-1 alpha-2 code. */
  country: string | null;
  /** What kind of number: VAT, EIN, GST … */
  kind: string;
  /** The number. */
  number: string;
}

/** Who sells to the customer. */
export interface CustomerSalesperson {
  /** The person. */
  salesperson: Ref | null;
  /** Share or commission as a fraction. */
  percent: Decimal | null;
  /** True for the one that new documents take. */
  isDefault: boolean;
}

/** Whether the customer may be written to. */
export interface MarketingConsent {
  /** EMAIL, SMS … */
  channel: string;
  /** SUBSCRIBED, UNSUBSCRIBED, PENDING …, in the words of the source. */
  state: string;
  /** When that was said. */
  at: TimestampMicros | null;
}

/** A customer: a person, a company, or a location of a company. Always the full state. */
export interface Customer {
  /** Where this state comes from. Always given: without it a record has no key. */
  source: Source;
  /** True when the record is gone at the source: the last state of its key. */
  deleted: boolean;
  /** The record that this one was merged into. */
  mergedInto: Ref | null;
  /** When personal data was removed from this record on demand; the data is empty then. */
  redactedAt: TimestampMicros | null;
  /** Other ids of the record: legacy number, confirmation number, id in another system, our own external reference. */
  externalIds: ExternalId[];
  /** What kind of customer it is. */
  kind: CustomerKind;
  /** The source's own word for kind, as it came. Filters use this one. */
  kindRaw: string | null;
  /** The company or account that it belongs to. */
  parent: Ref | null;
  /** Division that the customer's number belongs to (Sage's ARDivisionNo). */
  division: string | null;
  /** Whether one may do business with it. */
  status: CustomerStatus;
  /** The source's own word for status, as it came. Filters use this one. */
  statusRaw: string | null;
  /** Class that implies defaults and accounts. */
  customerClass: Ref | null;
  /** Groups or segments. */
  groups: Ref[];
  /** Name of the company, or the whole name of the person. */
  name: string | null;
  /** First name of the person. */
  firstName: string | null;
  /** Last name of the person. */
  lastName: string | null;
  /** The company's name on a person's record. */
  company: string | null;
  /** E-mail address. */
  email: string | null;
  /** Phone number. */
  phone: string | null;
  /** Mobile number. */
  mobile: string | null;
  /** Fax number. */
  fax: string | null;
  /** Address of its web site. */
  website: string | null;
  /** People at the customer. */
  contacts: Contact[];
  /** Its addresses. */
  addresses: Address[];
  /** ISO 4217 code of its currency; null: any. */
  currency: string | null;
  /** Its language, as a BCP 47 tag. */
  locale: string | null;
  /** Price list. */
  priceList: Ref | null;
  /** Price class. */
  priceClass: Ref | null;
  /** Price level. */
  priceLevel: string | null;
  /** Usual discount as a fraction. */
  discountPercent: Decimal | null;
  /** Payment terms. */
  terms: PaymentTerms | null;
  /** How it usually pays. */
  paymentMethod: Ref | null;
  /** Credit limit. */
  creditLimit: Money | null;
  /** True when the customer is on credit hold. */
  creditHold: boolean;
  /** True when no tax is charged. */
  taxExempt: boolean;
  /** Why and where no tax is charged. */
  taxExemptions: TaxExemption[];
  /** Its tax numbers. */
  taxRegistrations: TaxRegistration[];
  /** Tax zone, schedule or group. */
  taxZone: string | null;
  /** Who sells to it. */
  salespersons: CustomerSalesperson[];
  /** Usual way of shipping. */
  shipVia: Ref | null;
  /** Usual warehouse. */
  warehouse: Ref | null;
  /** Consent to be written to. */
  marketing: MarketingConsent[];
  /** Who pays, when somebody else does. */
  billToCustomer: Ref | null;
  /** Note. */
  note: string | null;
  /** Records that were merged into this one. */
  mergedFrom: Ref[];
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
