// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Address, Attribute, Bag, Discount, ExternalId, ItemRef, OrderFee, OrderPayment, PaymentTerms, Ref, Source, Tax, Unit } from './shared.gen.ts';

export const orderTypeValues = ['UNKNOWN', 'SALE', 'QUOTE', 'BLANKET', 'RETURN', 'EXCHANGE', 'CREDIT', 'DEBIT'] as const;
/** What kind of order document it is. */
export type OrderType = (typeof orderTypeValues)[number];

export const orderStatusValues = ['UNKNOWN', 'DRAFT', 'PENDING', 'OPEN', 'ON_HOLD', 'COMPLETED', 'CLOSED', 'CANCELLED'] as const;
/** Where the order as a whole stands. */
export type OrderStatus = (typeof orderStatusValues)[number];

export const paymentStatusValues = ['UNKNOWN', 'UNPAID', 'AUTHORIZED', 'PARTIALLY_PAID', 'PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'VOIDED', 'EXPIRED'] as const;
/** How far the order is paid. */
export type PaymentStatus = (typeof paymentStatusValues)[number];

export const fulfilmentStatusValues = ['UNKNOWN', 'UNFULFILLED', 'SCHEDULED', 'ON_HOLD', 'IN_PROGRESS', 'PARTIALLY_FULFILLED', 'FULFILLED', 'RETURNED'] as const;
/** How far the order is fulfilled. */
export type FulfilmentStatus = (typeof fulfilmentStatusValues)[number];

/** Something that stops an order or a part of it. */
export interface Hold {
  /** What kind of hold: credit, fraud, manual, inventory, address, payment, approval … */
  kind: string;
  /** The source's code of the hold. */
  code: string | null;
  /** The reason in words. */
  reason: string | null;
}

/** The source's judgement about fraud. */
export interface OrderRisk {
  /** Level in the words of the source: LOW, MEDIUM, HIGH, or a score. */
  level: string | null;
  /** What the source recommends: ACCEPT, INVESTIGATE, CANCEL … */
  recommendation: string | null;
}

export const orderLineKindValues = ['UNKNOWN', 'PRODUCT', 'CUSTOM', 'GIFT_CARD', 'TIP', 'FEE', 'COMMENT', 'EXCHANGE'] as const;
/** What a line stands for. */
export type OrderLineKind = (typeof orderLineKindValues)[number];

/** The quantities of a line, in the unit of the line. */
export interface LineQuantity {
  /** Everything that was ever ordered, what was added later too. */
  ordered: Decimal;
  /** What the source says is still wanted: after edits, cancellations, returns and refunds. */
  current: Decimal;
  /** Handed over, whatever came back of it since. Never more than ordered without cancelled. */
  fulfilled: Decimal;
  /** Taken off before it was handed over. */
  cancelled: Decimal;
  /** Handed over and come back, as a return of the source says. Never more than fulfilled. */
  returned: Decimal;
}

/** A part of a kit or bundle that is sold as one line. */
export interface LineComponent {
  /** The part. */
  item: ItemRef;
  /** Its name. */
  title: string | null;
  /** How much of it one unit of the line contains. */
  quantity: Decimal;
  /** The unit of that quantity. */
  unit: Unit | null;
}

export const fulfilmentModeValues = ['UNKNOWN', 'STOCK', 'DROP_SHIP', 'PICKUP', 'THIRD_PARTY'] as const;
/** How a line reaches the customer. */
export type FulfilmentMode = (typeof fulfilmentModeValues)[number];

/** A customs duty. */
export interface Duty {
  /** The source's id of the duty. */
  id: string | null;
  /** Harmonised system code it was charged for. */
  hsCode: string | null;
  /** Country of origin, ISO 3166-1 alpha-2. */
  origin: string | null;
  /** The amount. */
  amount: Bag;
  /** Taxes on the duty. */
  taxes: Tax[];
}

/** One line of an order. */
export interface OrderLine {
  /** The source's id of the line; stays the same over changes. */
  id: string;
  /** Place in the order, from 1. */
  position: number;
  /** What the line stands for. */
  kind: OrderLineKind;
  /** The source's own word for kind, as it came. Filters use this one. */
  kindRaw: string | null;
  /** What is sold; null for comments and custom lines without an item. */
  item: ItemRef | null;
  /** Name of the item as the customer saw it. */
  title: string | null;
  /** Name of the variant. */
  variantTitle: string | null;
  /** Further text of the line. */
  description: string | null;
  /** The quantities. */
  quantity: LineQuantity;
  /** The unit of the quantities; null: pieces. */
  unit: Unit | null;
  /** Price of one unit before discounts; with prices including tax, tax inside. */
  unitPrice: Bag;
  /** Discounts on this line, those of the order allocated to it too; for the whole ordered quantity. */
  discounts: Discount[];
  /** Taxes on this line, for the whole ordered quantity. */
  taxes: Tax[];
  /** Value of the line after discounts, without tax, where the source says it. */
  net: Bag | null;
  /** Value of the line after discounts, with tax, where the source says it. */
  gross: Bag | null;
  /** The line that this one belongs to (options, parts of a bundle, add-ons). */
  parentLineId: string | null;
  /** Lines with the same value were sold as one bundle. */
  bundleGroup: string | null;
  /** Parts of a kit that has no lines of its own for them. */
  components: LineComponent[];
  /** Warehouse that is to deliver it. */
  warehouse: Ref | null;
  /** Supplier that delivers or made it. */
  vendor: Ref | null;
  /** How it reaches the customer. */
  fulfilmentMode: FulfilmentMode;
  /** The source's own word for fulfilmentMode, as it came. Filters use this one. */
  fulfilmentModeRaw: string | null;
  /** True when something is sent. */
  requiresShipping: boolean;
  /** True when tax may be charged. */
  taxable: boolean;
  /** The source's tax code, class or category of the line. */
  taxCode: string | null;
  /** Weight of one unit. */
  weight: Decimal | null;
  /** Unit of the weight. */
  weightUnit: string | null;
  /** Who sold it, when it differs from the order. */
  salesperson: Ref | null;
  /** Cost of one unit, where the source says it. */
  unitCost: Bag | null;
  /** Customs duties on the line. */
  duties: Duty[];
  /** When the line is to be shipped. */
  shipOn: TimestampMicros | null;
  /** When the line was promised. */
  promisedAt: TimestampMicros | null;
  /** True when nothing more will happen to the line. */
  closed: boolean;
  /** Note on the line. */
  note: string | null;
  /** The return in exchange for which the line is sent; null for other lines. */
  returnId: string | null;
  /** What the source has besides: custom options, properties, user defined fields. */
  attributes: Attribute[];
}

/** A charge for shipping. */
export interface ShippingLine {
  /** The source's id of the charge. */
  id: string;
  /** Code of the shipping method. */
  code: string | null;
  /** Name of the method as the customer saw it. */
  title: string | null;
  /** Carrier or carrier service. */
  carrier: string | null;
  /** Price before discounts; with prices including tax, the tax is inside. */
  price: Bag;
  /** Discounts on this charge. */
  discounts: Discount[];
  /** Taxes on this charge. */
  taxes: Tax[];
  /** True when the charge was taken off the order later; counts in the original totals only. */
  removed: boolean;
  /** What the source has besides. */
  attributes: Attribute[];
}

/** How much of an order line a fulfilment group carries. */
export interface FulfilmentGroupLine {
  /** The order line. */
  lineId: string;
  /** How much of it belongs to the group. */
  quantity: Decimal;
  /** How much of that is still to be fulfilled. */
  remaining: Decimal;
}

/** Lines that are to be fulfilled together from one place. */
export interface FulfilmentGroup {
  /** The source's id of the group (Shopify: fulfillment order). */
  id: string;
  /** The location it is assigned to. */
  location: Ref | null;
  /** Status in the words of the source. */
  status: string | null;
  /** Shipping, pick-up, local delivery …, in the words of the source. */
  deliveryMethod: string | null;
  /** When it should be fulfilled. */
  fulfilAt: TimestampMicros | null;
  /** What stops it. */
  holds: Hold[];
  /** The lines in it. */
  lines: FulfilmentGroupLine[];
}

/** What was refunded for a line. */
export interface OrderRefundLine {
  /** The order line. */
  lineId: string;
  /** How much of it was refunded. */
  quantity: Decimal;
  /** Amount without tax, or with tax inside when prices include tax. */
  subtotal: Bag;
  /** The tax in the refund. */
  tax: Bag;
  /** True when the goods go back to stock. */
  restock: boolean;
  /** Where the goods went back to. */
  location: Ref | null;
}

/** A part of a refund that belongs to no line: goodwill, a fee kept back (negative). */
export interface RefundAdjustment {
  /** The source's kind. */
  kind: string | null;
  /** The reason in words. */
  reason: string | null;
  /** The amount without tax; negative when kept back. */
  amount: Bag;
  /** The tax in it. */
  tax: Bag;
}

/** A refund, as positive amounts. */
export interface OrderRefund {
  /** The source's id of the refund. */
  id: string;
  /** Its number (credit note number). */
  number: string | null;
  /** When it was made. */
  at: TimestampMicros | null;
  /** Why, in words. */
  reason: string | null;
  /** What was refunded by line. */
  lines: OrderRefundLine[];
  /** Shipping given back, without tax, or with tax inside when prices include tax. */
  shipping: Bag;
  /** The tax in the shipping given back. */
  shippingTax: Bag;
  /** Duties given back. */
  duties: Duty[];
  /** Fees given back. */
  fees: OrderFee[];
  /** What belongs to no line. */
  adjustments: RefundAdjustment[];
  /** The whole refund. */
  total: Bag;
  /** Taxes given back, summed by code, where the source says it. */
  taxes: Tax[];
  /** The payments by which the money went back. */
  paymentIds: string[];
  /** The return that it belongs to. */
  returnId: string | null;
}

/** What comes back of a line. */
export interface OrderReturnLine {
  /** The order line. */
  lineId: string;
  /** How much comes back. */
  quantity: Decimal;
  /** How much of that has arrived. */
  received: Decimal;
  /** Why, in the words of the source. */
  reason: string | null;
}

/** What is sent in exchange for returned goods. */
export interface OrderExchangeLine {
  /** The source's id of the exchange line. */
  id: string;
  /** The order lines that it became; empty until the source has processed it. */
  lineIds: string[];
  /** What is sent. */
  item: ItemRef | null;
  /** Its name as the customer saw it. */
  title: string | null;
  /** Name of the variant. */
  variantTitle: string | null;
  /** How much of it is sent. */
  quantity: Decimal;
  /** Price of one unit, where the source says it. */
  unitPrice: Bag | null;
}

/** A return of goods. */
export interface OrderReturn {
  /** The source's id of the return. */
  id: string;
  /** Its number. */
  number: string | null;
  /** Status in the words of the source. */
  status: string | null;
  /** When it was opened. */
  at: TimestampMicros | null;
  /** What comes back. */
  lines: OrderReturnLine[];
  /** Order lines that are sent in exchange. */
  exchangeLineIds: string[];
  /** Fees for the return. */
  fees: OrderFee[];
  /** What is sent in exchange, processed or not; null where the source does not say. */
  exchangeLines: OrderExchangeLine[] | null;
}

/** The sums of an order. Before any tender: gift cards, store credit and points are payments. */
export interface OrderAmounts {
  /** Sum of the lines before discounts, without tips and fees; with prices including tax, tax inside. */
  lines: Bag;
  /** Sum of all discounts: on lines, on shipping, on the order. Positive. */
  discounts: Bag;
  /** Sum of the shipping charges before discounts; with prices including tax, tax inside. */
  shipping: Bag;
  /** Sum of all taxes, included or not. */
  taxes: Bag;
  /** Sum of the customs duties. */
  duties: Bag;
  /** Sum of the fees, before tax. */
  fees: Bag;
  /** Sum of the tips. */
  tips: Bag;
  /** Rounding of a cash payment; may be negative. */
  cashRounding: Bag;
  /** What the source adds without a name: the explicit difference that a connection allows; may be negative. */
  adjustments: Bag;
  /** The value of the order before any tender. */
  total: Bag;
  /** What was received (captures, sales, redeemed gift cards, store credit, points), before refunds. Zero in the original sums. */
  paid: Bag;
  /** What was given back. Zero in the original sums. */
  refunded: Bag;
  /** What is still to be paid; negative when it is to be given back. Zero in the original sums. */
  outstanding: Bag;
}

/** The sums as ordered, and as they are now. */
export interface OrderTotals {
  /** As the order was placed. */
  original: OrderAmounts;
  /** After edits, cancelled lines, returns and refunds. */
  current: OrderAmounts;
}

/** An order: what a customer wants, at what price, and where it stands. Always the full state. */
export interface Order {
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
  /** What kind of order it is. */
  orderType: OrderType;
  /** The source's own word for orderType, as it came. Filters use this one. */
  orderTypeRaw: string | null;
  /** The sales channel, application or order source (web, point of sale, market place …). */
  channel: Ref | null;
  /** The store view or store. */
  storeView: Ref | null;
  /** The website. */
  website: Ref | null;
  /** True for an order that must not become real. */
  test: boolean;
  /** When the customer placed it. */
  placedAt: TimestampMicros | null;
  /** The business date the source gives it, when it differs (imports). */
  processedAt: TimestampMicros | null;
  /** When it was cancelled. */
  cancelledAt: TimestampMicros | null;
  /** When it was closed. */
  closedAt: TimestampMicros | null;
  /** Why it was cancelled, in the words of the source. */
  cancelReason: string | null;
  /** Where it stands. */
  orderStatus: OrderStatus;
  /** The source's own word for orderStatus, as it came. Filters use this one. */
  orderStatusRaw: string | null;
  /** How far it is paid. */
  paymentStatus: PaymentStatus;
  /** The source's own word for paymentStatus, as it came. Filters use this one. */
  paymentStatusRaw: string | null;
  /** How far it is fulfilled. */
  fulfilmentStatus: FulfilmentStatus;
  /** The source's own word for fulfilmentStatus, as it came. Filters use this one. */
  fulfilmentStatusRaw: string | null;
  /** What stops the order. */
  holds: Hold[];
  /** Judgement about fraud. */
  risk: OrderRisk | null;
  /** The customer; null for guests and where the source hides the customer. */
  customer: Ref | null;
  /** True when it was placed without an account. */
  guest: boolean;
  /** The company that buys. */
  company: Ref | null;
  /** The company's location that buys. */
  companyLocation: Ref | null;
  /** The person that ordered for the company. */
  contact: Ref | null;
  /** The customer's own number of the order. */
  poNumber: string | null;
  /** Billing address. */
  billTo: Address | null;
  /** Shipping address. */
  shipTo: Address | null;
  /** E-mail address for messages about this order. */
  email: string | null;
  /** Phone number for messages about this order. */
  phone: string | null;
  /** The customer's language, as a BCP 47 tag. */
  locale: string | null;
  /** True when prices contain the tax. */
  taxesIncluded: boolean;
  /** True when no tax was charged on purpose. */
  taxExempt: boolean;
  /** True when prices contain the customs duties. */
  dutiesIncluded: boolean;
  /** ISO 4217 code of the company's currency. */
  baseCurrency: string | null;
  /** ISO 4217 code of the customer's currency. */
  documentCurrency: string | null;
  /** How much of the base currency one unit of the document currency is. */
  exchangeRate: Decimal | null;
  /** Payment terms. */
  terms: PaymentTerms | null;
  /** How it is to be paid, where the source says so before there is a payment. */
  paymentMethod: Ref | null;
  /** When the customer wants it. */
  requestedAt: TimestampMicros | null;
  /** When it was promised. */
  promisedAt: TimestampMicros | null;
  /** After when the customer does not want it any more. */
  cancelAfter: TimestampMicros | null;
  /** When it is to be shipped. */
  shipOn: TimestampMicros | null;
  /** True when it may only be shipped whole. */
  shipComplete: boolean | null;
  /** Who bears freight and risk: FOB point, Incoterm. */
  deliveryTerms: string | null;
  /** Priority, in the words of the source. */
  priority: string | null;
  /** The way of shipping, as the source codes it. */
  shipVia: Ref | null;
  /** The warehouse of the whole order, where it has one. */
  warehouse: Ref | null;
  /** Who sold it. */
  salesperson: Ref | null;
  /** The lines, in order. */
  lines: OrderLine[];
  /** The charges for shipping. */
  shippingLines: ShippingLine[];
  /** Discounts on the whole order that the source does not allocate to lines or shipping. */
  discounts: Discount[];
  /** Taxes of the whole order, summed by code; where the source gives them per line, they are also there. */
  taxes: Tax[];
  /** Fees on the whole order. */
  fees: OrderFee[];
  /** What is fulfilled from where. */
  fulfilmentGroups: FulfilmentGroup[];
  /** Payments of every kind, gift cards and store credit too. */
  payments: OrderPayment[];
  /** What was given back. */
  refunds: OrderRefund[];
  /** What comes back. */
  returns: OrderReturn[];
  /** The sums. */
  totals: OrderTotals;
  /** Note of the customer, or for the customer. */
  note: string | null;
  /** Note for the staff only. */
  internalNote: string | null;
  /** Documents that it was made from: quote, blanket order, master order. */
  basedOn: Ref[];
  /** The order that this one replaces. */
  replaces: Ref | null;
  /** The order that replaces this one. */
  replacedBy: Ref | null;
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
