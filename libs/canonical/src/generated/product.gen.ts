// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Attribute, ExternalId, Image, ItemRef, Localized, Money, Ref, Source, Unit } from './shared.gen.ts';

export const productStatusValues = ['UNKNOWN', 'ACTIVE', 'DRAFT', 'INACTIVE', 'DISCONTINUED', 'ARCHIVED'] as const;
/** Whether a product or variant may be sold. */
export type ProductStatus = (typeof productStatusValues)[number];

/** Something in which the variants differ. */
export interface ProductOption {
  /** The source's id of the option. */
  id: string | null;
  /** Its name: Size, Colour … */
  name: string;
  /** Its values, in order. */
  values: string[];
}

/** The value of one option on one variant. */
export interface OptionValue {
  /** The option. */
  name: string;
  /** The value. */
  value: string;
}

export const variantKindValues = ['UNKNOWN', 'STOCK', 'NON_STOCK', 'SERVICE', 'KIT', 'GIFT_CARD', 'CHARGE'] as const;
/** What a variant is. */
export type VariantKind = (typeof variantKindValues)[number];

/** A unit in which a variant is stocked, sold or bought. */
export interface VariantUnit {
  /** The unit. */
  unit: Unit | null;
  /** The bar code in this unit. */
  barcode: string | null;
  /** Weight of one unit. */
  weight: Decimal | null;
  /** True for the unit in which stock is kept. */
  isBase: boolean;
  /** True for the usual unit of sales. */
  isSales: boolean;
  /** True for the usual unit of purchases. */
  isPurchase: boolean;
}

/** A part of a kit. */
export interface VariantComponent {
  /** The part. */
  item: ItemRef | null;
  /** How much of it one kit contains. */
  quantity: Decimal;
  /** The unit of that quantity. */
  unit: Unit | null;
}

/** A supplier of a variant. */
export interface VariantVendor {
  /** The supplier. */
  vendor: Ref | null;
  /** The supplier's number of the item. */
  vendorSku: string | null;
  /** Last price paid. */
  lastPrice: Money | null;
  /** Days until delivery. */
  leadDays: number | null;
  /** True for the usual supplier. */
  isDefault: boolean;
}

/** The thing that is sold and stocked. */
export interface ProductVariant {
  /** The source's id of the variant; the product's where the source has no variants. */
  id: string;
  /** Stock keeping unit, or item code. */
  sku: string | null;
  /** Bar code. */
  barcode: string | null;
  /** Name of the variant. */
  title: string | null;
  /** Other numbers: manufacturer's, customers', GTIN … */
  alternateIds: ExternalId[];
  /** Its values of the options. */
  optionValues: OptionValue[];
  /** What it is. */
  kind: VariantKind;
  /** The source's own word for kind, as it came. Filters use this one. */
  kindRaw: string | null;
  /** True when its stock is counted. */
  tracked: boolean;
  /** True when it may be sold without stock. */
  sellWhenOut: boolean;
  /** Its units. */
  units: VariantUnit[];
  /** Weight of one base unit. */
  weight: Decimal | null;
  /** Unit of the weight. */
  weightUnit: string | null;
  /** Cost of one base unit. */
  unitCost: Money | null;
  /** How the cost is found: standard, average, FIFO … */
  costMethod: string | null;
  /** Tax category or class. */
  taxCategory: string | null;
  /** True when tax may be charged. */
  taxable: boolean;
  /** Harmonised system code. */
  hsCode: string | null;
  /** Country of origin, ISO 3166-1 alpha-2. */
  origin: string | null;
  /** Whether lots or serial numbers are kept, in the words of the source. */
  lotSerial: string | null;
  /** Parts, of a kit. */
  components: VariantComponent[];
  /** Its suppliers. */
  vendors: VariantVendor[];
  /** Usual warehouse. */
  defaultWarehouse: Ref | null;
  /** Whether it may be sold. */
  status: ProductStatus;
  /** The source's own word for status, as it came. Filters use this one. */
  statusRaw: string | null;
  /** What the source has besides. */
  attributes: Attribute[];
}

/** DRAFT: may still change in any way. A product with its variants. Always the full state. */
export interface Product {
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
  /** The product that this one is a form of, where the source keeps variants as records of their own. */
  family: Ref | null;
  /** The source's template or attribute set. */
  template: string | null;
  /** Title. */
  title: string | null;
  /** Name in the address of its page. */
  handle: string | null;
  /** Description, as HTML. */
  descriptionHtml: string | null;
  /** Brand or maker. */
  brand: string | null;
  /** The source's product type. */
  type: string | null;
  /** Accounting class. */
  itemClass: Ref | null;
  /** Categories it belongs to. */
  categories: Ref[];
  /** Whether it may be sold. */
  status: ProductStatus;
  /** The source's own word for status, as it came. Filters use this one. */
  statusRaw: string | null;
  /** Channels, websites or publications where it is shown. */
  publishedTo: Ref[];
  /** Pictures, in order. */
  images: Image[];
  /** In what the variants differ. */
  options: ProductOption[];
  /** Texts by language or scope. */
  localized: Localized[];
  /** The variants: at least one. */
  variants: ProductVariant[];
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
