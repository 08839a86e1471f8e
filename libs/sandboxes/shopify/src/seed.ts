import type { LocationState, ProductState } from './state.ts';

export interface Catalog {
  readonly products: readonly ProductState[];
  readonly locations: readonly LocationState[];
}

/** What the demo shop sells, by SKU; `NEW-MUG-2026` is an article that the demo's ERP does not have yet. */
const DEMO_PRODUCTS = [
  {
    title: 'T-shirt',
    variants: [
      { title: 'Black / S', sku: 'TSHIRT-BLK-S', barcode: '4006381333931', price: '25.00' },
      { title: 'Black / M', sku: 'TSHIRT-BLK-M', barcode: null, price: '25.00' },
      { title: 'Black / L', sku: 'TSHIRT-BLK-L', barcode: null, price: '25.00' },
      { title: 'White / M', sku: 'TSHIRT-WHT-M', barcode: null, price: '25.00' },
    ],
  },
  {
    title: 'Hoodie',
    variants: [
      { title: 'Grey / M', sku: 'HOODIE-GRY-M', barcode: null, price: '59.00' },
      { title: 'Grey / L', sku: 'HOODIE-GRY-L', barcode: null, price: '59.00' },
    ],
  },
  {
    title: 'Mug',
    variants: [
      { title: 'White', sku: 'MUG-WHITE', barcode: null, price: '12.50' },
      { title: 'Black', sku: 'MUG-BLACK', barcode: null, price: '12.50' },
      { title: 'Edition 2026', sku: 'NEW-MUG-2026', barcode: null, price: '15.00' },
    ],
  },
  { title: 'Cap', variants: [{ title: 'Navy', sku: 'CAP-NAVY', barcode: null, price: '19.99' }] },
  { title: 'Tote bag', variants: [{ title: 'Default Title', sku: 'TOTE-NATURAL', barcode: null, price: '14.00' }] },
  { title: 'Sticker set', variants: [{ title: 'Default Title', sku: 'STICKER-SET', barcode: null, price: '4.99' }] },
  { title: 'Notebook A5', variants: [{ title: 'Default Title', sku: 'NOTEBOOK-A5', barcode: null, price: '9.90' }] },
  { title: 'Poster A2', variants: [{ title: 'Default Title', sku: 'POSTER-A2', barcode: null, price: '17.50' }] },
  {
    title: 'Printer Inkjet 1312',
    variants: [{ title: 'Default Title', sku: 'A00001', barcode: null, price: '300.00' }],
  },
  {
    title: 'Printer Laser 1222',
    variants: [{ title: 'Default Title', sku: 'A00002', barcode: null, price: '150.00' }],
  },
  {
    title: 'Paper',
    variants: [
      { title: 'A4', sku: 'A00003', barcode: null, price: '7.50' },
      { title: 'A3', sku: 'A00004', barcode: null, price: '12.50' },
    ],
  },
] as const;
const VENDOR = 'Demo Supplies';

/** Goods are handed over at the first one by default. */
const DEMO_LOCATIONS = [
  { name: 'Main warehouse', address: { city: 'Newark', provinceCode: 'NJ', zip: '07114' } },
  { name: 'Downtown store', address: { city: 'New York', provinceCode: 'NY', zip: '10001' } },
  { name: 'North depot', address: { city: 'Albany', provinceCode: 'NY', zip: '12207' } },
] as const;

export interface LocationInput {
  readonly name: string;
  readonly isActive?: boolean;
  readonly fulfillsOnlineOrders?: boolean;
  readonly address?: Partial<LocationState['address']>;
}

export function makeLocation(id: string, input: LocationInput): LocationState {
  return {
    __typename: 'Location',
    id,
    name: input.name,
    isActive: input.isActive ?? true,
    fulfillsOnlineOrders: input.fulfillsOnlineOrders ?? true,
    address: { address1: null, city: null, provinceCode: null, countryCode: 'US', zip: null, ...input.address },
  };
}

export function createCatalog(nextGid: (type: string) => string): Catalog {
  return {
    products: DEMO_PRODUCTS.map((product) => {
      const id = nextGid('Product');
      return {
        __typename: 'Product',
        id,
        title: product.title,
        vendor: VENDOR,
        variants: product.variants.map((variant) => ({
          __typename: 'ProductVariant',
          id: nextGid('ProductVariant'),
          productId: id,
          taxable: true,
          ...variant,
          barcodes: variant.barcode === null ? [] : [{ type: 'EAN' as const, value: variant.barcode }],
        })),
      };
    }),
    locations: DEMO_LOCATIONS.map((location) => makeLocation(nextGid('Location'), location)),
  };
}
