import {
  always,
  at,
  choice,
  count,
  counter,
  decimal,
  type FieldShape,
  flag,
  key,
  mandatory,
  many,
  maybe,
  maybeFlag,
  maybeMany,
  one,
  rate,
  record,
  text,
  texts,
} from './notation.ts';

export const ExternalId = record(
  'ExternalId',
  'An id under which another system or another numbering knows the same thing.',
  {
    connection: text('The connection whose id this is; null for ids that belong to no connection (EAN, tax number …).'),
    kind: key('What kind of id: for example gtin, mpn, customerPartNumber, legacyResourceId, uuid.'),
    id: key('The id itself, as text.'),
  },
);
export const Ref = record(
  'Ref',
  'A pointer to reference data or to another record, with what the source says about it.',
  {
    id: text("The source's technical id."),
    number: text('The code or number people use.'),
    name: text('The name people read.'),
    externalIds: many(ExternalId, 'Other ids of the same thing.'),
  },
);
export const ItemRef = record('ItemRef', 'A pointer to the thing sold, stocked or shipped.', {
  productId: text("The source's id of the product."),
  variantId: text("The source's id of the variant; null where the source has no variants."),
  sku: text('The stock keeping unit, or item code.'),
  barcode: text('The bar code of this item in this unit.'),
  alternateIds: many(ExternalId, "Other numbers of the item: manufacturer's part number, the customer's item number …"),
});
export const Unit = record('Unit', 'A unit of measure.', {
  code: key('The code of the unit in the source, for example EA, BOX, kg.'),
  perBase: rate('How many base units one of this unit is; null when the source does not say.'),
});
export const Attribute = record(
  'Attribute',
  'A field of the source that the model does not know: custom field, metafield, user defined field, note attribute.',
  {
    namespace: text('The group of the key; null where the source has no groups.'),
    key: key('The name of the field.'),
    value: text('The value as text; JSON for types other than plain ones.'),
    type: text("The source's own type of the value; null when it has none."),
  },
);
export const Money = record('Money', 'An amount in one currency.', {
  amount: decimal('The amount.'),
  currency: key('ISO 4217 code of the currency; empty only where there is no amount (defaults).'),
});
export const Bag = record('Bag', "One amount in the company's and in the customer's currency.", {
  base: one(Money, "In the company's (shop's, ledger's) currency."),
  document: maybe(
    Money,
    "In the customer's (document's, presentment) currency; null when the source gives only one amount.",
  ),
});
export const Via = choice('Via', 'How this state came to be read.', 'HINT POLL BACKFILL REFRESH FILE');
export const Source = record('Source', 'Where this state comes from, and which state it is.', {
  connection: key('The id of the connection. Never changes; a rename changes only the label.'),
  vendor: key("The vendor's name, for example shopify, sap-b1."),
  id: key("The source's id of the record. With the connection it is the key of the event."),
  number: text('The number people use for the record (order name, document number, customer number).'),
  businessUnit: maybe(
    Ref,
    "The branch, entity or company part within the connection (Intacct's entity, Acumatica's and SAP's branch).",
  ),
  scope: maybe(
    Ref,
    "The website, store or store view within the connection (Magento's store view, Shopify's market or shop).",
  ),
  version: counter(
    'Rises whenever the content changes: compare only within one key. At least the time of the change at the source in microseconds.',
  ),
  contentHash: key('Hash over the content of this state, without version, observedAt, via, origin and itself.'),
  createdAt: at('When the source says the record was created.'),
  updatedAt: at('When the source says the record was changed last.'),
  observedAt: always('When the connector began to read this state.'),
  via: one(Via, 'Which way led to this read.'),
  origin: text('The connection whose write this state is, when it is our own write coming back; else null.'),
});
export const Tax = record('Tax', 'One tax on a line, a shipping charge, a fee or the whole order.', {
  name: text('The name shown to people.'),
  code: text("The source's tax code."),
  rate: rate('The rate as a fraction: 0.19 is 19 %.'),
  basis: maybe(Bag, 'The amount that was taxed, where the source says it.'),
  jurisdiction: text('Who levies it: country, region, county, authority code.'),
  amount: one(Bag, 'The amount of this tax.'),
  included: flag('True when the price already contains this tax.'),
  channelLiable: maybeFlag(
    'True when the sales channel (a marketplace) remits this tax to the authority, so that the merchant does not owe it; null where the source does not say.',
  ),
});
export const DiscountTarget = choice('DiscountTarget', 'What a discount lowers.', 'LINE SHIPPING ORDER');
export const Discount = record(
  'Discount',
  'A discount, as a positive amount. Each amount appears once: on its line, on its shipping line, or on the order when the source does not allocate it.',
  {
    id: text("The source's id of the discount or rule."),
    code: text('The code the customer entered.'),
    title: text('The name shown to people.'),
    kind: text("The source's kind: code, automatic, manual, script, price rule, trade …"),
    target: one(DiscountTarget, 'What the discount was given on.'),
    percent: rate('The percentage as a fraction, where the discount was given as one: 0.1 is 10 %.'),
    amount: one(Bag, 'The amount taken off. Positive.'),
  },
);
export const Address = record('Address', 'A postal address with the people there.', {
  id: text("The source's id of the address."),
  code: text("The code people and documents use for it (Sage's ShipToCode, SAP's AddressName)."),
  roles: texts('What it is used for: BILLING, SHIPPING, MAIN, REMIT …'),
  isDefault: flag('True when it is the default for its roles.'),
  firstName: text('First name of the recipient.'),
  lastName: text('Last name of the recipient, or the whole name where the source does not split it.'),
  company: text('Company at the address.'),
  attention: text('For the attention of; building or department.'),
  lines: texts('Street lines in order, without city and postal code.'),
  city: text('City.'),
  regionCode: text('Code of the state or province, without the country.'),
  regionName: text('Name of the state or province.'),
  postalCode: text('Postal code.'),
  country: text('ISO 3166-1 alpha-2 code.'),
  phone: text('Phone number as the source has it.'),
  email: text('E-mail address.'),
  taxId: text('Tax or VAT number valid at this address.'),
  taxSchedule: text('Tax schedule, tax zone or tax group that the address implies.'),
  shipVia: maybe(Ref, 'Usual way of shipping to this address.'),
  warehouse: maybe(Ref, 'Warehouse that usually serves this address.'),
  residential: maybeFlag('True for a private household, where the source knows.'),
});
export const PaymentSchedule = record('PaymentSchedule', 'A part of a document that is due at a time of its own.', {
  id: text("The source's id of the part."),
  amount: maybe(Bag, 'How much is due.'),
  issuedAt: at('When it was asked for.'),
  dueAt: at('When it is due; null where that follows from something yet to come (fulfilment).'),
  completedAt: at('When it was paid.'),
});
export const PaymentTerms = record('PaymentTerms', 'When an invoice is to be paid.', {
  id: text("The source's id of the terms."),
  number: text('Their code.'),
  name: text('Their name.'),
  kind: text("The source's kind: net, fixed, receipt, fulfilment, end of month …"),
  dueInDays: count('Days until due, where the terms are that simple.'),
  dueAt: at('When it is due, on a document; with several parts, the last.'),
  schedules: maybeMany(PaymentSchedule, 'The parts in which it is due, in order; null where the source does not say.'),
});
export const Hold = record('Hold', 'Something that stops an order or a part of it.', {
  kind: key('What kind of hold: credit, fraud, manual, inventory, address, payment, approval …'),
  code: text("The source's code of the hold."),
  reason: text('The reason in words.'),
});

/** What every entity begins with. */
export const entityFields: Record<string, FieldShape> = {
  source: mandatory(one(Source, 'Where this state comes from. Always given: without it a record has no key.')),
  deleted: flag('True when the record is gone at the source: the last state of its key.'),
  mergedInto: maybe(Ref, 'The record that this one was merged into.'),
  redactedAt: at('When personal data was removed from this record on demand; the data is empty then.'),
  externalIds: many(
    ExternalId,
    'Other ids of the record: legacy number, confirmation number, id in another system, our own external reference.',
  ),
};
export const openFields: Record<string, FieldShape> = {
  attributes: many(Attribute, 'What the source has besides: custom fields, metafields, user defined fields.'),
  tags: texts('Tags or labels of the source.'),
};
