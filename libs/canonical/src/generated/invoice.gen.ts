// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Address, Attribute, Bag, Discount, ExternalId, ItemRef, OrderFee, OrderPayment, PaymentTerms, Ref, Source, Tax, Unit } from './shared.gen.ts';

export const invoiceTypeValues = ['UNKNOWN', 'INVOICE', 'CREDIT_NOTE', 'DEBIT_NOTE', 'DEPOSIT', 'ADJUSTMENT', 'FINANCE_CHARGE'] as const;
/** What kind of invoice it is. Amounts are positive in all of them. */
export type InvoiceType = (typeof invoiceTypeValues)[number];

export const invoiceStatusValues = ['UNKNOWN', 'DRAFT', 'PENDING', 'OPEN', 'PARTIALLY_PAID', 'PAID', 'CANCELLED', 'REVERSED'] as const;
/** Where an invoice stands. */
export type InvoiceStatus = (typeof invoiceStatusValues)[number];

/** What an invoice or credit note is set against. */
export interface InvoiceApplication {
  /** The other document. */
  document: Ref | null;
  /** How much of it. */
  amount: Bag;
}

/** A line of an invoice. */
export interface InvoiceLine {
  /** The source's id of the line. */
  id: string;
  /** Place, from 1. */
  position: number;
  /** The order that it belongs to. */
  order: Ref | null;
  /** The line of that order. */
  orderLineId: string | null;
  /** What was sold. */
  item: ItemRef | null;
  /** Its name. */
  title: string | null;
  /** How much. */
  quantity: Decimal;
  /** The unit; null: pieces. */
  unit: Unit | null;
  /** Price of one unit before discounts. */
  unitPrice: Bag;
  /** Discounts on the line. */
  discounts: Discount[];
  /** Taxes on the line. */
  taxes: Tax[];
  /** Value after discounts, without tax. */
  net: Bag | null;
  /** Value after discounts, with tax. */
  gross: Bag | null;
  /** Warehouse. */
  warehouse: Ref | null;
  /** Tax code. */
  taxCode: string | null;
  /** What the source has besides. */
  attributes: Attribute[];
}

/** The sums of an invoice. */
export interface InvoiceTotals {
  /** Sum of the lines before discounts. */
  lines: Bag;
  /** Sum of all discounts. Positive. */
  discounts: Bag;
  /** Shipping. */
  shipping: Bag;
  /** Taxes. */
  taxes: Bag;
  /** Fees. */
  fees: Bag;
  /** Rounding; may be negative. */
  cashRounding: Bag;
  /** What the source adds without a name; may be negative. */
  adjustments: Bag;
  /** The value of the invoice. */
  total: Bag;
  /** What was paid. */
  paid: Bag;
}

/** DRAFT: may still change in any way. An invoice or credit note. Always the full state. */
export interface Invoice {
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
  /** What kind it is. */
  type: InvoiceType;
  /** The source's own word for type, as it came. Filters use this one. */
  typeRaw: string | null;
  /** Sequence within the number (Sage's HeaderSeqNo). */
  sequence: number | null;
  /** Where it stands. */
  status: InvoiceStatus;
  /** The source's own word for status, as it came. Filters use this one. */
  statusRaw: string | null;
  /** The orders in it. */
  orders: Ref[];
  /** The shipments in it. */
  shipments: Ref[];
  /** What it is set against. */
  appliesTo: InvoiceApplication[];
  /** The customer. */
  customer: Ref | null;
  /** Billing address. */
  billTo: Address | null;
  /** Shipping address. */
  shipTo: Address | null;
  /** The customer's own number. */
  poNumber: string | null;
  /** Date of the invoice. */
  invoicedAt: TimestampMicros | null;
  /** When it was posted. */
  postedAt: TimestampMicros | null;
  /** When it is due. */
  dueAt: TimestampMicros | null;
  /** Payment terms. */
  terms: PaymentTerms | null;
  /** ISO 4217 code of the company's currency. */
  baseCurrency: string | null;
  /** ISO 4217 code of the customer's currency. */
  documentCurrency: string | null;
  /** How much of the base currency one unit of the document currency is. */
  exchangeRate: Decimal | null;
  /** True when prices contain the tax. */
  taxesIncluded: boolean;
  /** The lines. */
  lines: InvoiceLine[];
  /** Shipping. */
  shipping: Bag;
  /** Discounts on the whole invoice. */
  discounts: Discount[];
  /** Taxes, summed by code. */
  taxes: Tax[];
  /** Fees. */
  fees: OrderFee[];
  /** Payments. */
  payments: OrderPayment[];
  /** The sums. */
  totals: InvoiceTotals;
  /** What is still to be paid. */
  balance: Bag;
  /** Where the document can be read. */
  documentUrl: string | null;
  /** Note. */
  note: string | null;
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
