import {
  at,
  choice,
  closed,
  count,
  decimal,
  flag,
  key,
  many,
  maybe,
  one,
  position,
  rate,
  record,
  text,
} from './notation.ts';
import { OrderFee } from './order-line.ts';
import { OrderPayment } from './order-money.ts';
import {
  Address,
  Attribute,
  Bag,
  Discount,
  entityFields,
  ItemRef,
  openFields,
  PaymentTerms,
  Ref,
  Tax,
  Unit,
} from './shared.ts';

const InvoiceType = choice(
  'InvoiceType',
  'What kind of invoice it is. Amounts are positive in all of them.',
  'INVOICE CREDIT_NOTE DEBIT_NOTE DEPOSIT ADJUSTMENT FINANCE_CHARGE',
);
const InvoiceStatus = choice(
  'InvoiceStatus',
  'Where an invoice stands.',
  'DRAFT PENDING OPEN PARTIALLY_PAID PAID CANCELLED REVERSED',
);

const InvoiceApplication = record('InvoiceApplication', 'What an invoice or credit note is set against.', {
  document: maybe(Ref, 'The other document.'),
  amount: one(Bag, 'How much of it.'),
});
const InvoiceLine = record('InvoiceLine', 'A line of an invoice.', {
  id: key("The source's id of the line."),
  position: position('Place, from 1.'),
  order: maybe(Ref, 'The order that it belongs to.'),
  orderLineId: text('The line of that order.'),
  item: maybe(ItemRef, 'What was sold.'),
  title: text('Its name.'),
  quantity: decimal('How much.'),
  unit: maybe(Unit, 'The unit; null: pieces.'),
  unitPrice: one(Bag, 'Price of one unit before discounts.'),
  discounts: many(Discount, 'Discounts on the line.'),
  taxes: many(Tax, 'Taxes on the line.'),
  net: maybe(Bag, 'Value after discounts, without tax.'),
  gross: maybe(Bag, 'Value after discounts, with tax.'),
  warehouse: maybe(Ref, 'Warehouse.'),
  taxCode: text('Tax code.'),
  attributes: many(Attribute, 'What the source has besides.'),
});
const InvoiceTotals = record('InvoiceTotals', 'The sums of an invoice.', {
  lines: one(Bag, 'Sum of the lines before discounts.'),
  discounts: one(Bag, 'Sum of all discounts. Positive.'),
  shipping: one(Bag, 'Shipping.'),
  taxes: one(Bag, 'Taxes.'),
  fees: one(Bag, 'Fees.'),
  cashRounding: one(Bag, 'Rounding; may be negative.'),
  adjustments: one(Bag, 'What the source adds without a name; may be negative.'),
  total: one(Bag, 'The value of the invoice.'),
  paid: one(Bag, 'What was paid.'),
});

export const Invoice = record('Invoice', 'An invoice or credit note. Always the full state.', {
  ...entityFields,
  ...closed('type', InvoiceType, 'What kind it is.'),
  sequence: count("Sequence within the number (Sage's HeaderSeqNo)."),
  ...closed('status', InvoiceStatus, 'Where it stands.'),
  orders: many(Ref, 'The orders in it.'),
  shipments: many(Ref, 'The shipments in it.'),
  appliesTo: many(InvoiceApplication, 'What it is set against.'),
  customer: maybe(Ref, 'The customer.'),
  billTo: maybe(Address, 'Billing address.'),
  shipTo: maybe(Address, 'Shipping address.'),
  poNumber: text("The customer's own number."),
  invoicedAt: at('Date of the invoice.'),
  postedAt: at('When it was posted.'),
  dueAt: at('When it is due.'),
  terms: maybe(PaymentTerms, 'Payment terms.'),
  baseCurrency: text("ISO 4217 code of the company's currency."),
  documentCurrency: text("ISO 4217 code of the customer's currency."),
  exchangeRate: rate('How much of the base currency one unit of the document currency is.'),
  taxesIncluded: flag('True when prices contain the tax.'),
  lines: many(InvoiceLine, 'The lines.'),
  shipping: one(Bag, 'Shipping.'),
  discounts: many(Discount, 'Discounts on the whole invoice.'),
  taxes: many(Tax, 'Taxes, summed by code.'),
  fees: many(OrderFee, 'Fees.'),
  payments: many(OrderPayment, 'Payments.'),
  totals: one(InvoiceTotals, 'The sums.'),
  balance: one(Bag, 'What is still to be paid.'),
  documentUrl: text('Where the document can be read.'),
  note: text('Note.'),
  ...openFields,
});
