// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';

/** An id under which another system or another numbering knows the same thing. */
export interface ExternalId {
  /** The connection whose id this is; null for ids that belong to no connection (EAN, tax number …). */
  connection: string | null;
  /** What kind of id: for example gtin, mpn, customerPartNumber, legacyResourceId, uuid. */
  kind: string;
  /** The id itself, as text. */
  id: string;
}

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

/** An amount in one currency. */
export interface Money {
  /** The amount. */
  amount: Decimal;
  /** ISO 4217 code of the currency; empty only where there is no amount (defaults). */
  currency: string;
}

/** One amount in the company's and in the customer's currency. */
export interface Bag {
  /** In the company's (shop's, ledger's) currency. */
  base: Money;
  /** In the customer's (document's, presentment) currency; null when the source gives only one amount. */
  document: Money | null;
}

/** A part of a document that is due at a time of its own. */
export interface PaymentSchedule {
  /** The source's id of the part. */
  id: string | null;
  /** How much is due. */
  amount: Bag | null;
  /** When it was asked for. */
  issuedAt: TimestampMicros | null;
  /** When it is due; null where that follows from something yet to come (fulfilment). */
  dueAt: TimestampMicros | null;
  /** When it was paid. */
  completedAt: TimestampMicros | null;
}

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
  /** When it is due, on a document; with several parts, the last. */
  dueAt: TimestampMicros | null;
  /** The parts in which it is due, in order; null where the source does not say. */
  schedules: PaymentSchedule[] | null;
}

/** A pointer to the thing sold, stocked or shipped. */
export interface ItemRef {
  /** The source's id of the product. */
  productId: string | null;
  /** The source's id of the variant; null where the source has no variants. */
  variantId: string | null;
  /** The stock keeping unit, or item code. */
  sku: string | null;
  /** The bar code of this item in this unit. */
  barcode: string | null;
  /** Other numbers of the item: manufacturer's part number, the customer's item number … */
  alternateIds: ExternalId[];
}

/** A unit of measure. */
export interface Unit {
  /** The code of the unit in the source, for example EA, BOX, kg. */
  code: string;
  /** How many base units one of this unit is; null when the source does not say. */
  perBase: Decimal | null;
}

export const discountTargetValues = ['UNKNOWN', 'LINE', 'SHIPPING', 'ORDER'] as const;
/** What a discount lowers. */
export type DiscountTarget = (typeof discountTargetValues)[number];

/** A discount, as a positive amount. Each amount appears once: on its line, on its shipping line, or on the order when the source does not allocate it. */
export interface Discount {
  /** The source's id of the discount or rule. */
  id: string | null;
  /** The code the customer entered. */
  code: string | null;
  /** The name shown to people. */
  title: string | null;
  /** The source's kind: code, automatic, manual, script, price rule, trade … */
  kind: string | null;
  /** What the discount was given on. */
  target: DiscountTarget;
  /** The percentage as a fraction, where the discount was given as one: 0.1 is 10 %. */
  percent: Decimal | null;
  /** The amount taken off. Positive. */
  amount: Bag;
}

/** One tax on a line, a shipping charge, a fee or the whole order. */
export interface Tax {
  /** The name shown to people. */
  name: string | null;
  /** The source's tax code. */
  code: string | null;
  /** The rate as a fraction: 0.19 is 19 %. */
  rate: Decimal | null;
  /** The amount that was taxed, where the source says it. */
  basis: Bag | null;
  /** Who levies it: country, region, county, authority code. */
  jurisdiction: string | null;
  /** The amount of this tax. */
  amount: Bag;
  /** True when the price already contains this tax. */
  included: boolean;
  /** True when the sales channel (a marketplace) remits this tax to the authority, so that the merchant does not owe it; null where the source does not say. */
  channelLiable: boolean | null;
}

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

/** A fee or surcharge. */
export interface OrderFee {
  /** The source's id of the fee. */
  id: string | null;
  /** Its code. */
  code: string | null;
  /** Its name. */
  title: string | null;
  /** The source's kind: payment, handling, freight, insurance, return … */
  kind: string | null;
  /** The amount before tax, or with tax inside when prices include tax. */
  amount: Bag;
  /** Taxes on the fee. */
  taxes: Tax[];
}

export const paymentKindValues = ['UNKNOWN', 'AUTHORIZE', 'CAPTURE', 'SALE', 'REFUND', 'VOID'] as const;
/** What a payment does. */
export type PaymentKind = (typeof paymentKindValues)[number];

export const paymentStateValues = ['UNKNOWN', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
/** How a payment ended. */
export type PaymentState = (typeof paymentStateValues)[number];

export const paymentMethodValues = ['UNKNOWN', 'CARD', 'GIFT_CARD', 'STORE_CREDIT', 'POINTS', 'MANUAL', 'TERMS', 'OTHER'] as const;
/** What was paid with. */
export type PaymentMethod = (typeof paymentMethodValues)[number];

/** One movement of money for an order. Never contains card data. */
export interface OrderPayment {
  /** The source's id of the payment. */
  id: string;
  /** The payment it belongs to: the authorisation of a capture, the capture of a refund. */
  parentId: string | null;
  /** What it does. */
  kind: PaymentKind;
  /** The source's own word for kind, as it came. Filters use this one. */
  kindRaw: string | null;
  /** How it ended. */
  status: PaymentState;
  /** The source's own word for status, as it came. Filters use this one. */
  statusRaw: string | null;
  /** What was paid with. */
  method: PaymentMethod;
  /** The source's own word for method, as it came. Filters use this one. */
  methodRaw: string | null;
  /** The payment provider. */
  gateway: string | null;
  /** The provider's reference: authorisation code, transaction id, cheque number. */
  reference: string | null;
  /** The amount. Positive, for refunds too. */
  amount: Bag;
  /** How much of the base currency one unit of the document currency is, where the payment has its own rate. */
  exchangeRate: Decimal | null;
  /** When it was processed. */
  processedAt: TimestampMicros | null;
  /** When an authorisation expires. */
  expiresAt: TimestampMicros | null;
  /** True for a payment that is not real. */
  test: boolean;
  /** What the source has besides, without card data. */
  attributes: Attribute[];
}

/** A picture. */
export interface Image {
  /** The source's id of the picture. */
  id: string | null;
  /** Where it is. */
  url: string;
  /** Words for those who cannot see it. */
  alt: string | null;
  /** Place, from 1. */
  position: number;
}

/** Texts for one language or one scope. */
export interface Localized {
  /** The store view, market or website they are for. */
  scope: Ref | null;
  /** The language, as a BCP 47 tag. */
  locale: string | null;
  /** The title or name. */
  title: string | null;
  /** The description, as HTML. */
  description: string | null;
}
