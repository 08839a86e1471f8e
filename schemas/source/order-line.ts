import {
  at,
  choice,
  closed,
  decimal,
  flag,
  key,
  many,
  maybe,
  maybeDecimal,
  one,
  position,
  record,
  text,
} from './notation.ts';
import { Attribute, Bag, Discount, ItemRef, Ref, Tax, Unit } from './shared.ts';

const OrderLineKind = choice(
  'OrderLineKind',
  'What a line stands for.',
  'PRODUCT CUSTOM GIFT_CARD TIP FEE COMMENT EXCHANGE',
);
const FulfilmentMode = choice(
  'FulfilmentMode',
  'How a line reaches the customer.',
  'STOCK DROP_SHIP PICKUP THIRD_PARTY',
);

const LineQuantity = record('LineQuantity', 'The quantities of a line, in the unit of the line.', {
  ordered: decimal('Everything that was ever ordered, what was added later too.'),
  current: decimal('What the source says is still wanted: after edits, cancellations, returns and refunds.'),
  fulfilled: decimal('Handed over, whatever came back of it since. Never more than ordered without cancelled.'),
  cancelled: decimal('Taken off before it was handed over.'),
  returned: decimal('Handed over and come back, as a return of the source says. Never more than fulfilled.'),
});
export const LineComponent = record('LineComponent', 'A part of a kit or bundle that is sold as one line.', {
  item: one(ItemRef, 'The part.'),
  title: text('Its name.'),
  quantity: decimal('How much of it one unit of the line contains.'),
  unit: maybe(Unit, 'The unit of that quantity.'),
});
export const Duty = record('Duty', 'A customs duty.', {
  id: text("The source's id of the duty."),
  hsCode: text('Harmonised system code it was charged for.'),
  origin: text('Country of origin, ISO 3166-1 alpha-2.'),
  amount: one(Bag, 'The amount.'),
  taxes: many(Tax, 'Taxes on the duty.'),
});
export const OrderFee = record('OrderFee', 'A fee or surcharge.', {
  id: text("The source's id of the fee."),
  code: text('Its code.'),
  title: text('Its name.'),
  kind: text("The source's kind: payment, handling, freight, insurance, return …"),
  amount: one(Bag, 'The amount before tax, or with tax inside when prices include tax.'),
  taxes: many(Tax, 'Taxes on the fee.'),
});
export const OrderLine = record('OrderLine', 'One line of an order.', {
  id: key("The source's id of the line; stays the same over changes."),
  position: position('Place in the order, from 1.'),
  ...closed('kind', OrderLineKind, 'What the line stands for.'),
  item: maybe(ItemRef, 'What is sold; null for comments and custom lines without an item.'),
  title: text('Name of the item as the customer saw it.'),
  variantTitle: text('Name of the variant.'),
  description: text('Further text of the line.'),
  quantity: one(LineQuantity, 'The quantities.'),
  unit: maybe(Unit, 'The unit of the quantities; null: pieces.'),
  unitPrice: one(Bag, 'Price of one unit before discounts; with prices including tax, tax inside.'),
  discounts: many(
    Discount,
    'Discounts on this line, those of the order allocated to it too; for the whole ordered quantity.',
  ),
  taxes: many(Tax, 'Taxes on this line, for the whole ordered quantity.'),
  net: maybe(Bag, 'Value of the line after discounts, without tax, where the source says it.'),
  gross: maybe(Bag, 'Value of the line after discounts, with tax, where the source says it.'),
  parentLineId: text('The line that this one belongs to (options, parts of a bundle, add-ons).'),
  bundleGroup: text('Lines with the same value were sold as one bundle.'),
  components: many(LineComponent, 'Parts of a kit that has no lines of its own for them.'),
  warehouse: maybe(Ref, 'Warehouse that is to deliver it.'),
  vendor: maybe(Ref, 'Supplier that delivers or made it.'),
  ...closed('fulfilmentMode', FulfilmentMode, 'How it reaches the customer.'),
  requiresShipping: flag('True when something is sent.'),
  taxable: flag('True when tax may be charged.'),
  taxCode: text("The source's tax code, class or category of the line."),
  weight: maybeDecimal('Weight of one unit.'),
  weightUnit: text('Unit of the weight.'),
  salesperson: maybe(Ref, 'Who sold it, when it differs from the order.'),
  unitCost: maybe(Bag, 'Cost of one unit, where the source says it.'),
  duties: many(Duty, 'Customs duties on the line.'),
  shipOn: at('When the line is to be shipped.'),
  promisedAt: at('When the line was promised.'),
  closed: flag('True when nothing more will happen to the line.'),
  note: text('Note on the line.'),
  returnId: text('The return in exchange for which the line is sent; null for other lines.'),
  attributes: many(Attribute, 'What the source has besides: custom options, properties, user defined fields.'),
});
