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
  maybeFlag,
  record,
  text,
  texts,
} from './notation.ts';
import { Address, Attribute, Bag, entityFields, ItemRef, openFields, Ref, Unit } from './shared.ts';

const ShipmentKind = choice('ShipmentKind', 'What a shipment does.', 'SALE RETURN TRANSFER DROP_SHIP');
const ShipmentStage = choice(
  'ShipmentStage',
  'How far a shipment is.',
  'PICKED CONFIRMED INVOICED DELIVERED CANCELLED',
);

const PackageLine = record('PackageLine', 'How much of a shipment line a package holds.', {
  lineId: key('The shipment line.'),
  quantity: decimal('How much.'),
});
const ShipmentPackage = record('ShipmentPackage', 'A package.', {
  id: key("The source's id of the package."),
  trackingNumbers: texts('Tracking numbers.'),
  trackingUrls: texts('Where to follow it.'),
  weight: maybeDecimal('Weight.'),
  weightUnit: text('Unit of the weight.'),
  length: maybeDecimal('Length.'),
  width: maybeDecimal('Width.'),
  height: maybeDecimal('Height.'),
  dimensionUnit: text('Unit of the dimensions.'),
  lines: many(PackageLine, 'What is in it.'),
});
const ShipmentLine = record('ShipmentLine', 'A line of a shipment.', {
  id: key("The source's id of the line."),
  order: maybe(Ref, 'The order that it belongs to.'),
  orderLineId: text('The line of that order.'),
  item: maybe(ItemRef, 'The item.'),
  ordered: decimal('Ordered.'),
  picked: decimal('Picked.'),
  shipped: decimal('Shipped.'),
  unit: maybe(Unit, 'The unit; null: pieces.'),
  lots: texts('Lot numbers.'),
  serials: texts('Serial numbers.'),
  parentLineId: text('The line that this one is a part of.'),
  attributes: many(Attribute, 'What the source has besides.'),
});

export const Shipment = record('Shipment', 'Goods that go out or come back. Always the full state.', {
  ...entityFields,
  ...closed('kind', ShipmentKind, 'What it does.'),
  ...closed('stage', ShipmentStage, 'How far it is.'),
  sourceOrderClosed: flag('True when the order is closed at the source: nothing more comes.'),
  orders: many(Ref, 'The orders in it: Acumatica and SAP ship several at once.'),
  invoice: maybe(Ref, 'The invoice for it.'),
  customer: maybe(Ref, 'The customer.'),
  location: maybe(Ref, 'Where it leaves from.'),
  vendor: maybe(Ref, 'The supplier that ships it.'),
  shipTo: maybe(Address, 'Where it goes.'),
  carrier: text('Carrier.'),
  service: text("The carrier's service."),
  shipVia: maybe(Ref, 'Way of shipping, as the source codes it.'),
  shippedAt: at('When it left.'),
  deliveredAt: at('When it arrived.'),
  packages: many(ShipmentPackage, 'Packages.'),
  lines: many(ShipmentLine, 'Lines.'),
  freight: maybe(Bag, 'Freight charged.'),
  notify: maybeFlag('True when the customer is to be told.'),
  ...openFields,
});
