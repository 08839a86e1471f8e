// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Attribute, ExternalId, ItemRef, Money, Ref, Source, Unit } from './shared.gen.ts';

export const locationKindValues = ['UNKNOWN', 'WAREHOUSE', 'STORE', 'BIN', 'SOURCE', 'VIRTUAL', 'THIRD_PARTY'] as const;
/** What a location is. */
export type LocationKind = (typeof locationKindValues)[number];

export const ownershipValues = ['UNKNOWN', 'OWN', 'VENDOR', 'CONSIGNMENT'] as const;
/** Whose goods they are. */
export type Ownership = (typeof ownershipValues)[number];

/** DRAFT: may still change in any way. The stock of one item at one location, as absolute numbers. */
export interface Inventory {
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
  /** The item. */
  item: ItemRef | null;
  /** The location. */
  location: Ref | null;
  /** What the location is. */
  locationKind: LocationKind;
  /** The source's own word for locationKind, as it came. Filters use this one. */
  locationKindRaw: string | null;
  /** The part of the company that owns it. */
  businessUnit: Ref | null;
  /** Whose goods they are. */
  ownership: Ownership;
  /** The source's own word for ownership, as it came. Filters use this one. */
  ownershipRaw: string | null;
  /** The supplier, for goods of suppliers. */
  vendor: Ref | null;
  /** The unit of the quantities; null: pieces. */
  unit: Unit | null;
  /** Physically there. */
  onHand: Decimal | null;
  /** To be sold, as the source counts it. */
  available: Decimal | null;
  /** To be shipped now. */
  availableForShipment: Decimal | null;
  /** There, but not to be sold. */
  notAvailable: Decimal | null;
  /** Sold, not yet shipped. */
  committed: Decimal | null;
  /** Set aside. */
  reserved: Decimal | null;
  /** Sold without stock. */
  backordered: Decimal | null;
  /** Being shipped. */
  inShipping: Decimal | null;
  /** On the way in. */
  incoming: Decimal | null;
  /** Damaged. */
  damaged: Decimal | null;
  /** Kept back. */
  safetyStock: Decimal | null;
  /** Below which it is ordered again. */
  reorderPoint: Decimal | null;
  /** True when the stock is counted. */
  tracked: boolean;
  /** The source's own word for being in stock. */
  inStock: boolean | null;
  /** Cost of one unit. */
  unitCost: Money | null;
  /** When the numbers were true. */
  countedAt: TimestampMicros | null;
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
