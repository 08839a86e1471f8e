import {
  at,
  choice,
  closed,
  decimal,
  flag,
  key,
  many,
  maybe,
  maybeMany,
  one,
  rate,
  record,
  text,
  texts,
} from './notation.ts';
import { Duty, OrderFee } from './order-line.ts';
import { Attribute, Bag, ItemRef, Ref, Tax } from './shared.ts';

const PaymentKind = choice('PaymentKind', 'What a payment does.', 'AUTHORIZE CAPTURE SALE REFUND VOID');
const PaymentState = choice('PaymentState', 'How a payment ended.', 'PENDING SUCCEEDED FAILED CANCELLED');
const PaymentMethod = choice(
  'PaymentMethod',
  'What was paid with.',
  'CARD GIFT_CARD STORE_CREDIT POINTS MANUAL TERMS OTHER',
);

export const OrderPayment = record('OrderPayment', 'One movement of money for an order. Never contains card data.', {
  id: key("The source's id of the payment."),
  parentId: text('The payment it belongs to: the authorisation of a capture, the capture of a refund.'),
  ...closed('kind', PaymentKind, 'What it does.'),
  ...closed('status', PaymentState, 'How it ended.'),
  ...closed('method', PaymentMethod, 'What was paid with.'),
  gateway: text('The payment provider.'),
  reference: text("The provider's reference: authorisation code, transaction id, cheque number."),
  amount: one(Bag, 'The amount. Positive, for refunds too.'),
  exchangeRate: rate(
    'How much of the base currency one unit of the document currency is, where the payment has its own rate.',
  ),
  processedAt: at('When it was processed.'),
  expiresAt: at('When an authorisation expires.'),
  test: flag('True for a payment that is not real.'),
  attributes: many(Attribute, 'What the source has besides, without card data.'),
});
const OrderRefundLine = record('OrderRefundLine', 'What was refunded for a line.', {
  lineId: key('The order line.'),
  quantity: decimal('How much of it was refunded.'),
  subtotal: one(Bag, 'Amount without tax, or with tax inside when prices include tax.'),
  tax: one(Bag, 'The tax in the refund.'),
  restock: flag('True when the goods go back to stock.'),
  location: maybe(Ref, 'Where the goods went back to.'),
});
const RefundAdjustment = record(
  'RefundAdjustment',
  'A part of a refund that belongs to no line: goodwill, a fee kept back (negative).',
  {
    kind: text("The source's kind."),
    reason: text('The reason in words.'),
    amount: one(Bag, 'The amount without tax; negative when kept back.'),
    tax: one(Bag, 'The tax in it.'),
  },
);
export const OrderRefund = record('OrderRefund', 'A refund, as positive amounts.', {
  id: key("The source's id of the refund."),
  number: text('Its number (credit note number).'),
  at: at('When it was made.'),
  reason: text('Why, in words.'),
  lines: many(OrderRefundLine, 'What was refunded by line.'),
  shipping: one(Bag, 'Shipping given back, without tax, or with tax inside when prices include tax.'),
  shippingTax: one(Bag, 'The tax in the shipping given back.'),
  duties: many(Duty, 'Duties given back.'),
  fees: many(OrderFee, 'Fees given back.'),
  adjustments: many(RefundAdjustment, 'What belongs to no line.'),
  total: one(Bag, 'The whole refund.'),
  taxes: many(Tax, 'Taxes given back, summed by code, where the source says it.'),
  paymentIds: texts('The payments by which the money went back.'),
  returnId: text('The return that it belongs to.'),
});
const OrderReturnLine = record('OrderReturnLine', 'What comes back of a line.', {
  lineId: key('The order line.'),
  quantity: decimal('How much comes back.'),
  received: decimal('How much of that has arrived.'),
  reason: text('Why, in the words of the source.'),
});
const OrderExchangeLine = record('OrderExchangeLine', 'What is sent in exchange for returned goods.', {
  id: key("The source's id of the exchange line."),
  lineIds: texts('The order lines that it became; empty until the source has processed it.'),
  item: maybe(ItemRef, 'What is sent.'),
  title: text('Its name as the customer saw it.'),
  variantTitle: text('Name of the variant.'),
  quantity: decimal('How much of it is sent.'),
  unitPrice: maybe(Bag, 'Price of one unit, where the source says it.'),
});
export const OrderReturn = record('OrderReturn', 'A return of goods.', {
  id: key("The source's id of the return."),
  number: text('Its number.'),
  status: text('Status in the words of the source.'),
  at: at('When it was opened.'),
  lines: many(OrderReturnLine, 'What comes back.'),
  exchangeLineIds: texts('Order lines that are sent in exchange.'),
  fees: many(OrderFee, 'Fees for the return.'),
  exchangeLines: maybeMany(
    OrderExchangeLine,
    'What is sent in exchange, processed or not; null where the source does not say.',
  ),
});
