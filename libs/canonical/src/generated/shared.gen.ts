// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal } from '../decimals.ts';
import { fillRecord, type Sparse } from '../fill.ts';
import type { TimestampMicros } from '../timestamps.ts';

/** An id under which another system or another numbering knows the same thing. */
export interface ExternalId {
  /** The connection whose id this is; null for ids that belong to no connection (EAN, tax number …). */
  connection: string | null;
  /** What kind of id: for example gtin, mpn, customerPartNumber, legacyResourceId, uuid. */
  kind: string;
  /** The id itself, as text. */
  id: string;
}
/** Makes a ExternalId: what is not given takes the schema's default. */
export const createExternalId = (given: Sparse<ExternalId> = {}): ExternalId => fillRecord<ExternalId>('ExternalId', given);

/** A pointer to reference data or to another record, with what the source says about it. */
export interface Ref {
  /** The source's technical id. */
  id: string | null;
  /** The code or number people use. */
  number: string | null;
  /** The name people read. */
  name: string | null;
  /** Other ids of the same thing. */
  externalIds: ExternalId[];
}
/** Makes a Ref: what is not given takes the schema's default. */
export const createRef = (given: Sparse<Ref> = {}): Ref => fillRecord<Ref>('Ref', given);

export const viaValues = ['UNKNOWN', 'HINT', 'POLL', 'BACKFILL', 'REFRESH', 'FILE'] as const;
/** How this state came to be read. */
export type Via = (typeof viaValues)[number];

/** Where this state comes from, and which state it is. */
export interface Source {
  /** The id of the connection. Never changes; a rename changes only the label. */
  connection: string;
  /** The vendor's name, for example shopify, sap-b1. */
  vendor: string;
  /** The source's id of the record. With the connection it is the key of the event. */
  id: string;
  /** The number people use for the record (order name, document number, customer number). */
  number: string | null;
  /** The branch, entity or company part within the connection (Intacct's entity, Acumatica's and SAP's branch). */
  businessUnit: Ref | null;
  /** The website, store or store view within the connection (Magento's store view, Shopify's market or shop). */
  scope: Ref | null;
  /** Rises whenever the content changes: compare only within one key. At least the time of the change at the source in microseconds. */
  version: number;
  /** Hash over the content of this state, without version, observedAt, via, origin and itself. */
  contentHash: string;
  /** When the source says the record was created. */
  createdAt: TimestampMicros | null;
  /** When the source says the record was changed last. */
  updatedAt: TimestampMicros | null;
  /** When the connector began to read this state. */
  observedAt: TimestampMicros;
  /** Which way led to this read. */
  via: Via;
  /** The connection whose write this state is, when it is our own write coming back; else null. */
  origin: string | null;
}
/** Makes a Source: what is not given takes the schema's default. */
export const createSource = (given: Sparse<Source> = {}): Source => fillRecord<Source>('Source', given);

/** A postal address with the people there. */
export interface Address {
  /** The source's id of the address. */
  id: string | null;
  /** The code people and documents use for it (Sage's ShipToCode, SAP's AddressName). */
  code: string | null;
  /** What it is used for: BILLING, SHIPPING, MAIN, REMIT … */
  roles: string[];
  /** True when it is the default for its roles. */
  isDefault: boolean;
  /** First name of the recipient. */
  firstName: string | null;
  /** Last name of the recipient, or the whole name where the source does not split it. */
  lastName: string | null;
  /** Company at the address. */
  company: string | null;
  /** For the attention of; building or department. */
  attention: string | null;
  /** Street lines in order, without city and postal code. */
  lines: string[];
  /** City. */
  city: string | null;
  /** Code of the state or province, without the country. */
  regionCode: string | null;
  /** Name of the state or province. */
  regionName: string | null;
  /** Postal code. */
  postalCode: string | null;
  /** ISO 3166-1 alpha-2 code. */
  country: string | null;
  /** Phone number as the source has it. */
  phone: string | null;
  /** E-mail address. */
  email: string | null;
  /** Tax or VAT number valid at this address. */
  taxId: string | null;
  /** Tax schedule, tax zone or tax group that the address implies. */
  taxSchedule: string | null;
  /** Usual way of shipping to this address. */
  shipVia: Ref | null;
  /** Warehouse that usually serves this address. */
  warehouse: Ref | null;
  /** True for a private household, where the source knows. */
  residential: boolean | null;
}
/** Makes a Address: what is not given takes the schema's default. */
export const createAddress = (given: Sparse<Address> = {}): Address => fillRecord<Address>('Address', given);

/** When an invoice is to be paid. */
export interface PaymentTerms {
  /** The source's id of the terms. */
  id: string | null;
  /** Their code. */
  number: string | null;
  /** Their name. */
  name: string | null;
  /** The source's kind: net, fixed, receipt, fulfilment, end of month … */
  kind: string | null;
  /** Days until due, where the terms are that simple. */
  dueInDays: number | null;
  /** When it is due, on a document. */
  dueAt: TimestampMicros | null;
}
/** Makes a PaymentTerms: what is not given takes the schema's default. */
export const createPaymentTerms = (given: Sparse<PaymentTerms> = {}): PaymentTerms => fillRecord<PaymentTerms>('PaymentTerms', given);

/** An amount in one currency. */
export interface Money {
  /** The amount. */
  amount: Decimal;
  /** ISO 4217 code of the currency; empty only where there is no amount (defaults). */
  currency: string;
}
/** Makes a Money: what is not given takes the schema's default. */
export const createMoney = (given: Sparse<Money> = {}): Money => fillRecord<Money>('Money', given);

/** A field of the source that the model does not know: custom field, metafield, user defined field, note attribute. */
export interface Attribute {
  /** The group of the key; null where the source has no groups. */
  namespace: string | null;
  /** The name of the field. */
  key: string;
  /** The value as text; JSON for types other than plain ones. */
  value: string | null;
  /** The source's own type of the value; null when it has none. */
  type: string | null;
}
/** Makes a Attribute: what is not given takes the schema's default. */
export const createAttribute = (given: Sparse<Attribute> = {}): Attribute => fillRecord<Attribute>('Attribute', given);
