import { at, choice, closed, decimal, flag, key, many, maybe, maybeFlag, one, rate, record, text } from './notation.ts';
import { OrderFee, OrderLine } from './order-line.ts';
import { OrderPayment, OrderRefund, OrderReturn } from './order-money.ts';
import { Address, Attribute, Bag, Discount, entityFields, Hold, openFields, PaymentTerms, Ref, Tax } from './shared.ts';

const OrderType = choice(
  'OrderType',
  'What kind of order document it is.',
  'SALE QUOTE BLANKET RETURN EXCHANGE CREDIT DEBIT',
);
const OrderStatus = choice(
  'OrderStatus',
  'Where the order as a whole stands.',
  'DRAFT PENDING OPEN ON_HOLD COMPLETED CLOSED CANCELLED',
);
const PaymentStatus = choice(
  'PaymentStatus',
  'How far the order is paid.',
  'UNPAID AUTHORIZED PARTIALLY_PAID PAID PARTIALLY_REFUNDED REFUNDED VOIDED EXPIRED',
);
const FulfilmentStatus = choice(
  'FulfilmentStatus',
  'How far the order is fulfilled.',
  'UNFULFILLED SCHEDULED ON_HOLD IN_PROGRESS PARTIALLY_FULFILLED FULFILLED RETURNED',
);

const OrderRisk = record('OrderRisk', "The source's judgement about fraud.", {
  level: text('Level in the words of the source: LOW, MEDIUM, HIGH, or a score.'),
  recommendation: text('What the source recommends: ACCEPT, INVESTIGATE, CANCEL …'),
});
const ShippingLine = record('ShippingLine', 'A charge for shipping.', {
  id: key("The source's id of the charge."),
  code: text('Code of the shipping method.'),
  title: text('Name of the method as the customer saw it.'),
  carrier: text('Carrier or carrier service.'),
  price: one(Bag, 'Price before discounts; with prices including tax, the tax is inside.'),
  discounts: many(Discount, 'Discounts on this charge.'),
  taxes: many(Tax, 'Taxes on this charge.'),
  removed: flag('True when the charge was taken off the order later; counts in the original totals only.'),
  attributes: many(Attribute, 'What the source has besides.'),
});
const FulfilmentGroupLine = record('FulfilmentGroupLine', 'How much of an order line a fulfilment group carries.', {
  lineId: key('The order line.'),
  quantity: decimal('How much of it belongs to the group.'),
  remaining: decimal('How much of that is still to be fulfilled.'),
});
const FulfilmentGroup = record('FulfilmentGroup', 'Lines that are to be fulfilled together from one place.', {
  id: key("The source's id of the group (Shopify: fulfillment order)."),
  location: maybe(Ref, 'The location it is assigned to.'),
  status: text('Status in the words of the source.'),
  deliveryMethod: text('Shipping, pick-up, local delivery …, in the words of the source.'),
  fulfilAt: at('When it should be fulfilled.'),
  holds: many(Hold, 'What stops it.'),
  lines: many(FulfilmentGroupLine, 'The lines in it.'),
});
const OrderAmounts = record(
  'OrderAmounts',
  'The sums of an order. Before any tender: gift cards, store credit and points are payments.',
  {
    lines: one(Bag, 'Sum of the lines before discounts, without tips and fees; with prices including tax, tax inside.'),
    discounts: one(Bag, 'Sum of all discounts: on lines, on shipping, on the order. Positive.'),
    shipping: one(Bag, 'Sum of the shipping charges before discounts; with prices including tax, tax inside.'),
    taxes: one(Bag, 'Sum of all taxes, included or not.'),
    duties: one(Bag, 'Sum of the customs duties.'),
    fees: one(Bag, 'Sum of the fees, before tax.'),
    tips: one(Bag, 'Sum of the tips.'),
    cashRounding: one(Bag, 'Rounding of a cash payment; may be negative.'),
    adjustments: one(
      Bag,
      'What the source adds without a name: the explicit difference that a connection allows; may be negative.',
    ),
    total: one(Bag, 'The value of the order before any tender.'),
    paid: one(
      Bag,
      'What was received (captures, sales, redeemed gift cards, store credit, points), before refunds. Zero in the original sums.',
    ),
    refunded: one(Bag, 'What was given back. Zero in the original sums.'),
    outstanding: one(Bag, 'What is still to be paid; negative when it is to be given back. Zero in the original sums.'),
  },
);
const OrderTotals = record('OrderTotals', 'The sums as ordered, and as they are now.', {
  original: one(OrderAmounts, 'As the order was placed.'),
  current: one(OrderAmounts, 'After edits, cancelled lines, returns and refunds.'),
});

export const Order = record(
  'Order',
  'An order: what a customer wants, at what price, and where it stands. Always the full state.',
  {
    ...entityFields,
    ...closed('orderType', OrderType, 'What kind of order it is.'),
    channel: maybe(Ref, 'The sales channel, application or order source (web, point of sale, market place …).'),
    storeView: maybe(Ref, 'The store view or store.'),
    website: maybe(Ref, 'The website.'),
    test: flag('True for an order that must not become real.'),
    placedAt: at('When the customer placed it.'),
    processedAt: at('The business date the source gives it, when it differs (imports).'),
    cancelledAt: at('When it was cancelled.'),
    closedAt: at('When it was closed.'),
    cancelReason: text('Why it was cancelled, in the words of the source.'),
    ...closed('orderStatus', OrderStatus, 'Where it stands.'),
    ...closed('paymentStatus', PaymentStatus, 'How far it is paid.'),
    ...closed('fulfilmentStatus', FulfilmentStatus, 'How far it is fulfilled.'),
    holds: many(Hold, 'What stops the order.'),
    risk: maybe(OrderRisk, 'Judgement about fraud.'),
    customer: maybe(Ref, 'The customer; null for guests and where the source hides the customer.'),
    guest: flag('True when it was placed without an account.'),
    company: maybe(Ref, 'The company that buys.'),
    companyLocation: maybe(Ref, "The company's location that buys."),
    contact: maybe(Ref, 'The person that ordered for the company.'),
    poNumber: text("The customer's own number of the order."),
    billTo: maybe(Address, 'Billing address.'),
    shipTo: maybe(Address, 'Shipping address.'),
    email: text('E-mail address for messages about this order.'),
    phone: text('Phone number for messages about this order.'),
    locale: text("The customer's language, as a BCP 47 tag."),
    taxesIncluded: flag('True when prices contain the tax.'),
    taxExempt: flag('True when no tax was charged on purpose.'),
    dutiesIncluded: flag('True when prices contain the customs duties.'),
    baseCurrency: text("ISO 4217 code of the company's currency."),
    documentCurrency: text("ISO 4217 code of the customer's currency."),
    exchangeRate: rate('How much of the base currency one unit of the document currency is.'),
    terms: maybe(PaymentTerms, 'Payment terms.'),
    paymentMethod: maybe(Ref, 'How it is to be paid, where the source says so before there is a payment.'),
    requestedAt: at('When the customer wants it.'),
    promisedAt: at('When it was promised.'),
    cancelAfter: at('After when the customer does not want it any more.'),
    shipOn: at('When it is to be shipped.'),
    shipComplete: maybeFlag('True when it may only be shipped whole.'),
    deliveryTerms: text('Who bears freight and risk: FOB point, Incoterm.'),
    priority: text('Priority, in the words of the source.'),
    shipVia: maybe(Ref, 'The way of shipping, as the source codes it.'),
    warehouse: maybe(Ref, 'The warehouse of the whole order, where it has one.'),
    salesperson: maybe(Ref, 'Who sold it.'),
    lines: many(OrderLine, 'The lines, in order.'),
    shippingLines: many(ShippingLine, 'The charges for shipping.'),
    discounts: many(Discount, 'Discounts on the whole order that the source does not allocate to lines or shipping.'),
    taxes: many(
      Tax,
      'Taxes of the whole order, summed by code; where the source gives them per line, they are also there.',
    ),
    fees: many(OrderFee, 'Fees on the whole order.'),
    fulfilmentGroups: many(FulfilmentGroup, 'What is fulfilled from where.'),
    payments: many(OrderPayment, 'Payments of every kind, gift cards and store credit too.'),
    refunds: many(OrderRefund, 'What was given back.'),
    returns: many(OrderReturn, 'What comes back.'),
    totals: one(OrderTotals, 'The sums.'),
    note: text('Note of the customer, or for the customer.'),
    internalNote: text('Note for the staff only.'),
    basedOn: many(Ref, 'Documents that it was made from: quote, blanket order, master order.'),
    replaces: maybe(Ref, 'The order that this one replaces.'),
    replacedBy: maybe(Ref, 'The order that replaces this one.'),
    ...openFields,
  },
);
