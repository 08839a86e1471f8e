import {
  choice,
  closed,
  count,
  decimal,
  flag,
  key,
  many,
  maybe,
  maybeDecimal,
  position,
  record,
  text,
  texts,
} from './notation.ts';
import { Attribute, ExternalId, entityFields, ItemRef, Money, openFields, Ref, Unit } from './shared.ts';

const ProductStatus = choice(
  'ProductStatus',
  'Whether a product or variant may be sold.',
  'ACTIVE DRAFT INACTIVE DISCONTINUED ARCHIVED',
);
const VariantKind = choice('VariantKind', 'What a variant is.', 'STOCK NON_STOCK SERVICE KIT GIFT_CARD CHARGE');

export const Image = record('Image', 'A picture.', {
  id: text("The source's id of the picture."),
  url: key('Where it is.'),
  alt: text('Words for those who cannot see it.'),
  position: position('Place, from 1.'),
});
export const Localized = record('Localized', 'Texts for one language or one scope.', {
  scope: maybe(Ref, 'The store view, market or website they are for.'),
  locale: text('The language, as a BCP 47 tag.'),
  title: text('The title or name.'),
  description: text('The description, as HTML.'),
});
const ProductOption = record('ProductOption', 'Something in which the variants differ.', {
  id: text("The source's id of the option."),
  name: key('Its name: Size, Colour …'),
  values: texts('Its values, in order.'),
});
const OptionValue = record('OptionValue', 'The value of one option on one variant.', {
  name: key('The option.'),
  value: key('The value.'),
});
const VariantUnit = record('VariantUnit', 'A unit in which a variant is stocked, sold or bought.', {
  unit: maybe(Unit, 'The unit.'),
  barcode: text('The bar code in this unit.'),
  weight: maybeDecimal('Weight of one unit.'),
  isBase: flag('True for the unit in which stock is kept.'),
  isSales: flag('True for the usual unit of sales.'),
  isPurchase: flag('True for the usual unit of purchases.'),
});
const VariantComponent = record('VariantComponent', 'A part of a kit.', {
  item: maybe(ItemRef, 'The part.'),
  quantity: decimal('How much of it one kit contains.'),
  unit: maybe(Unit, 'The unit of that quantity.'),
});
const VariantVendor = record('VariantVendor', 'A supplier of a variant.', {
  vendor: maybe(Ref, 'The supplier.'),
  vendorSku: text("The supplier's number of the item."),
  lastPrice: maybe(Money, 'Last price paid.'),
  leadDays: count('Days until delivery.'),
  isDefault: flag('True for the usual supplier.'),
});
const ProductVariant = record('ProductVariant', 'The thing that is sold and stocked.', {
  id: key("The source's id of the variant; the product's where the source has no variants."),
  sku: text('Stock keeping unit, or item code.'),
  barcode: text('Bar code.'),
  title: text('Name of the variant.'),
  alternateIds: many(ExternalId, "Other numbers: manufacturer's, customers', GTIN …"),
  optionValues: many(OptionValue, 'Its values of the options.'),
  ...closed('kind', VariantKind, 'What it is.'),
  tracked: flag('True when its stock is counted.'),
  sellWhenOut: flag('True when it may be sold without stock.'),
  units: many(VariantUnit, 'Its units.'),
  weight: maybeDecimal('Weight of one base unit.'),
  weightUnit: text('Unit of the weight.'),
  unitCost: maybe(Money, 'Cost of one base unit.'),
  costMethod: text('How the cost is found: standard, average, FIFO …'),
  taxCategory: text('Tax category or class.'),
  taxable: flag('True when tax may be charged.'),
  hsCode: text('Harmonised system code.'),
  origin: text('Country of origin, ISO 3166-1 alpha-2.'),
  lotSerial: text('Whether lots or serial numbers are kept, in the words of the source.'),
  components: many(VariantComponent, 'Parts, of a kit.'),
  vendors: many(VariantVendor, 'Its suppliers.'),
  defaultWarehouse: maybe(Ref, 'Usual warehouse.'),
  ...closed('status', ProductStatus, 'Whether it may be sold.'),
  attributes: many(Attribute, 'What the source has besides.'),
});

export const Product = record('Product', 'A product with its variants. Always the full state.', {
  ...entityFields,
  family: maybe(
    Ref,
    'The product that this one is a form of, where the source keeps variants as records of their own.',
  ),
  template: text("The source's template or attribute set."),
  title: text('Title.'),
  handle: text('Name in the address of its page.'),
  descriptionHtml: text('Description, as HTML.'),
  brand: text('Brand or maker.'),
  type: text("The source's product type."),
  itemClass: maybe(Ref, 'Accounting class.'),
  categories: many(Ref, 'Categories it belongs to.'),
  ...closed('status', ProductStatus, 'Whether it may be sold.'),
  publishedTo: many(Ref, 'Channels, websites or publications where it is shown.'),
  images: many(Image, 'Pictures, in order.'),
  options: many(ProductOption, 'In what the variants differ.'),
  localized: many(Localized, 'Texts by language or scope.'),
  variants: many(ProductVariant, 'The variants: at least one.'),
  ...openFields,
});
