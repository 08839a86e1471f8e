// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Address, Attribute, Bag, ExternalId, ItemRef, Ref, Source, Unit } from './shared.gen.ts';

export const shipmentKindValues = ['UNKNOWN', 'SALE', 'RETURN', 'TRANSFER', 'DROP_SHIP'] as const;
/** What a shipment does. */
export type ShipmentKind = (typeof shipmentKindValues)[number];

export const shipmentStageValues = ['UNKNOWN', 'PICKED', 'CONFIRMED', 'INVOICED', 'DELIVERED', 'CANCELLED'] as const;
/** How far a shipment is. */
export type ShipmentStage = (typeof shipmentStageValues)[number];

/** How much of a shipment line a package holds. */
export interface PackageLine {
  /** The shipment line. */
  lineId: string;
  /** How much. */
  quantity: Decimal;
}

/** A package. */
export interface ShipmentPackage {
  /** The source's id of the package. */
  id: string;
  /** Tracking numbers. */
  trackingNumbers: string[];
  /** Where to follow it. */
  trackingUrls: string[];
  /** Weight. */
  weight: Decimal | null;
  /** Unit of the weight. */
  weightUnit: string | null;
  /** Length. */
  length: Decimal | null;
  /** Width. */
  width: Decimal | null;
  /** Height. */
  height: Decimal | null;
  /** Unit of the dimensions. */
  dimensionUnit: string | null;
  /** What is in it. */
  lines: PackageLine[];
}

/** A line of a shipment. */
export interface ShipmentLine {
  /** The source's id of the line. */
  id: string;
  /** The order that it belongs to. */
  order: Ref | null;
  /** The line of that order. */
  orderLineId: string | null;
  /** The item. */
  item: ItemRef | null;
  /** Ordered. */
  ordered: Decimal;
  /** Picked. */
  picked: Decimal;
  /** Shipped. */
  shipped: Decimal;
  /** The unit; null: pieces. */
  unit: Unit | null;
  /** Lot numbers. */
  lots: string[];
  /** Serial numbers. */
  serials: string[];
  /** The line that this one is a part of. */
  parentLineId: string | null;
  /** What the source has besides. */
  attributes: Attribute[];
}

/** DRAFT: may still change in any way. Goods that go out or come back. Always the full state. */
export interface Shipment {
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
  /** What it does. */
  kind: ShipmentKind;
  /** The source's own word for kind, as it came. Filters use this one. */
  kindRaw: string | null;
  /** How far it is. */
  stage: ShipmentStage;
  /** The source's own word for stage, as it came. Filters use this one. */
  stageRaw: string | null;
  /** True when the order is closed at the source: nothing more comes. */
  sourceOrderClosed: boolean;
  /** The orders in it: Acumatica and SAP ship several at once. */
  orders: Ref[];
  /** The invoice for it. */
  invoice: Ref | null;
  /** The customer. */
  customer: Ref | null;
  /** Where it leaves from. */
  location: Ref | null;
  /** The supplier that ships it. */
  vendor: Ref | null;
  /** Where it goes. */
  shipTo: Address | null;
  /** Carrier. */
  carrier: string | null;
  /** The carrier's service. */
  service: string | null;
  /** Way of shipping, as the source codes it. */
  shipVia: Ref | null;
  /** When it left. */
  shippedAt: TimestampMicros | null;
  /** When it arrived. */
  deliveredAt: TimestampMicros | null;
  /** Packages. */
  packages: ShipmentPackage[];
  /** Lines. */
  lines: ShipmentLine[];
  /** Freight charged. */
  freight: Bag | null;
  /** True when the customer is to be told. */
  notify: boolean | null;
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
