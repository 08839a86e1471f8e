// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Attribute, ExternalId, ItemRef, Money, Ref, Source, Unit } from './shared.gen.ts';

export const priceTypeValues = ['UNKNOWN', 'BASE', 'SALES', 'COMPARE_AT', 'MSRP', 'LIST', 'SPECIAL', 'PROMOTION'] as const;
/** What a price is. */
export type PriceType = (typeof priceTypeValues)[number];

/** The price from a quantity on. */
export interface PriceTier {
  /** From this quantity on. */
  minQuantity: Decimal;
  /** The unit of quantity and price; null: base unit. */
  unit: Unit | null;
  /** Price of one unit; null when it is given as a percentage. */
  amount: Money | null;
  /** Discount on the price it refers to, as a fraction. */
  percent: Decimal | null;
  /** From when it holds. */
  validFrom: TimestampMicros | null;
  /** Until when it holds. */
  validTo: TimestampMicros | null;
}

/** DRAFT: may still change in any way. All tiers of one item for one list, customer or class, currency, business unit and warehouse. */
export interface Price {
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
  /** What the price is. */
  priceType: PriceType;
  /** The source's own word for priceType, as it came. Filters use this one. */
  priceTypeRaw: string | null;
  /** The price list. */
  priceList: Ref | null;
  /** The customer it is for. */
  customer: Ref | null;
  /** The class or group of customers it is for. */
  customerClass: Ref | null;
  /** ISO 4217 code. */
  currency: string | null;
  /** The warehouse it is for. */
  warehouse: Ref | null;
  /** True when the prices contain the tax. */
  taxIncluded: boolean;
  /** The tiers: always the whole set. */
  tiers: PriceTier[];
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
