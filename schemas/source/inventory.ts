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
} from './notation.ts';
import { Attribute, entityFields, ItemRef, Money, openFields, Ref, Unit } from './shared.ts';

const LocationKind = choice('LocationKind', 'What a location is.', 'WAREHOUSE STORE BIN SOURCE VIRTUAL THIRD_PARTY');
const Ownership = choice('Ownership', 'Whose goods they are.', 'OWN VENDOR CONSIGNMENT');
const AdjustmentReason = choice(
  'AdjustmentReason',
  'Why stock was adjusted.',
  'COUNT DAMAGE LOSS FOUND RECEIPT ISSUE RETURN TRANSFER CORRECTION',
);

export const Inventory = record('Inventory', 'The stock of one item at one location, as absolute numbers.', {
  ...entityFields,
  item: maybe(ItemRef, 'The item.'),
  location: maybe(Ref, 'The location.'),
  ...closed('locationKind', LocationKind, 'What the location is.'),
  businessUnit: maybe(Ref, 'The part of the company that owns it.'),
  ...closed('ownership', Ownership, 'Whose goods they are.'),
  vendor: maybe(Ref, 'The supplier, for goods of suppliers.'),
  unit: maybe(Unit, 'The unit of the quantities; null: pieces.'),
  onHand: maybeDecimal('Physically there.'),
  available: maybeDecimal('To be sold, as the source counts it.'),
  availableForShipment: maybeDecimal('To be shipped now.'),
  notAvailable: maybeDecimal('There, but not to be sold.'),
  committed: maybeDecimal('Sold, not yet shipped.'),
  reserved: maybeDecimal('Set aside.'),
  backordered: maybeDecimal('Sold without stock.'),
  inShipping: maybeDecimal('Being shipped.'),
  incoming: maybeDecimal('On the way in.'),
  damaged: maybeDecimal('Damaged.'),
  safetyStock: maybeDecimal('Kept back.'),
  reorderPoint: maybeDecimal('Below which it is ordered again.'),
  tracked: flag('True when the stock is counted.'),
  inStock: maybeFlag("The source's own word for being in stock."),
  unitCost: maybe(Money, 'Cost of one unit.'),
  countedAt: at('When the numbers were true.'),
  ...openFields,
});

const AdjustmentLine = record('AdjustmentLine', 'A movement of one item.', {
  lineId: key("The source's id of the line."),
  item: maybe(ItemRef, 'The item.'),
  location: maybe(Ref, 'The location.'),
  bin: text('The place in the location.'),
  quantityDelta: decimal('How much came (positive) or went (negative).'),
  unit: maybe(Unit, 'The unit; null: pieces.'),
  onHandAfter: maybeDecimal('Physically there afterwards.'),
  unitCost: maybe(Money, 'Cost of one unit.'),
  lot: text('Lot number.'),
  serial: text('Serial number.'),
  attributes: many(Attribute, 'What the source has besides.'),
});

export const InventoryAdjustment = record(
  'InventoryAdjustment',
  'A document that moves stock. Never changes, and no event of it stands for another.',
  {
    ...entityFields,
    documentNumber: text('Its number.'),
    postedAt: at('When it was posted.'),
    businessDate: at('The business date, at midnight UTC.'),
    ...closed('reason', AdjustmentReason, 'Why.'),
    lines: many(AdjustmentLine, 'The movements.'),
    fileHash: text('Hash of the file it came in, so that a file read twice is known.'),
    ...openFields,
  },
);
