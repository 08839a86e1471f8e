import { at, choice, closed, flag, key, many, maybe, rate, record, text, texts } from './notation.ts';
import { Address, entityFields, Money, openFields, PaymentTerms, Ref } from './shared.ts';

const CustomerKind = choice('CustomerKind', 'What kind of customer it is.', 'PERSON COMPANY COMPANY_LOCATION LEAD');
const CustomerStatus = choice(
  'CustomerStatus',
  'Whether one may do business with the customer.',
  'ACTIVE INACTIVE ON_HOLD INVITED DECLINED',
);

const Contact = record('Contact', 'A person at the customer.', {
  id: key("The source's id of the contact."),
  firstName: text('First name.'),
  lastName: text('Last name.'),
  name: text('The whole name, where the source does not split it.'),
  title: text('Title or position.'),
  email: text('E-mail address.'),
  phone: text('Phone number.'),
  mobile: text('Mobile number.'),
  roles: texts('What the person is for: PRIMARY, BILLING, SHIPPING, ORDERING ADMIN …'),
  isDefault: flag('True for the main contact.'),
});
const TaxRegistration = record('TaxRegistration', 'A number under which the customer is known to a tax office.', {
  country: text('ISO 3166-1 alpha-2 code.'),
  kind: key('What kind of number: VAT, EIN, GST …'),
  number: key('The number.'),
});
const TaxExemption = record('TaxExemption', 'Why and where the customer pays no tax.', {
  code: text("The source's code of the exemption."),
  jurisdiction: text('Where it holds.'),
  certificate: text('Number of the certificate.'),
  validTo: at('Until when it holds.'),
});
const MarketingConsent = record('MarketingConsent', 'Whether the customer may be written to.', {
  channel: key('EMAIL, SMS …'),
  state: key('SUBSCRIBED, UNSUBSCRIBED, PENDING …, in the words of the source.'),
  at: at('When that was said.'),
});
const CustomerSalesperson = record('CustomerSalesperson', 'Who sells to the customer.', {
  salesperson: maybe(Ref, 'The person.'),
  percent: rate('Share or commission as a fraction.'),
  isDefault: flag('True for the one that new documents take.'),
});

export const Customer = record(
  'Customer',
  'A customer: a person, a company, or a location of a company. Always the full state.',
  {
    ...entityFields,
    ...closed('kind', CustomerKind, 'What kind of customer it is.'),
    parent: maybe(Ref, 'The company or account that it belongs to.'),
    division: text("Division that the customer's number belongs to (Sage's ARDivisionNo)."),
    ...closed('status', CustomerStatus, 'Whether one may do business with it.'),
    customerClass: maybe(Ref, 'Class that implies defaults and accounts.'),
    groups: many(Ref, 'Groups or segments.'),
    name: text('Name of the company, or the whole name of the person.'),
    firstName: text('First name of the person.'),
    lastName: text('Last name of the person.'),
    company: text("The company's name on a person's record."),
    email: text('E-mail address.'),
    phone: text('Phone number.'),
    mobile: text('Mobile number.'),
    fax: text('Fax number.'),
    website: text('Address of its web site.'),
    contacts: many(Contact, 'People at the customer.'),
    addresses: many(Address, 'Its addresses.'),
    currency: text('ISO 4217 code of its currency; null: any.'),
    locale: text('Its language, as a BCP 47 tag.'),
    priceList: maybe(Ref, 'Price list.'),
    priceClass: maybe(Ref, 'Price class.'),
    priceLevel: text('Price level.'),
    discountPercent: rate('Usual discount as a fraction.'),
    terms: maybe(PaymentTerms, 'Payment terms.'),
    paymentMethod: maybe(Ref, 'How it usually pays.'),
    creditLimit: maybe(Money, 'Credit limit.'),
    creditHold: flag('True when the customer is on credit hold.'),
    taxExempt: flag('True when no tax is charged.'),
    taxExemptions: many(TaxExemption, 'Why and where no tax is charged.'),
    taxRegistrations: many(TaxRegistration, 'Its tax numbers.'),
    taxZone: text('Tax zone, schedule or group.'),
    salespersons: many(CustomerSalesperson, 'Who sells to it.'),
    shipVia: maybe(Ref, 'Usual way of shipping.'),
    warehouse: maybe(Ref, 'Usual warehouse.'),
    marketing: many(MarketingConsent, 'Consent to be written to.'),
    billToCustomer: maybe(Ref, 'Who pays, when somebody else does.'),
    note: text('Note.'),
    mergedFrom: many(Ref, 'Records that were merged into this one.'),
    ...openFields,
  },
);
