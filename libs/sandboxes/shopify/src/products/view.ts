import { Decimal } from 'decimal.js';
import type { ProductState, VariantState } from '../state.ts';
import { numericId, type Store } from '../store.ts';
import { goodsOf } from './goods.ts';

/** Products are there from the start and do not change. */
const STAMPS = { createdAt: '2026-01-05T09:00:00Z', updatedAt: '2026-01-05T09:00:00Z' } as const;

/** A product as the Admin API shows it; null when there is none of that id. */
export function viewProduct(store: Store, id: string | null): Record<string, unknown> | null {
  const product = store.products.find((candidate) => candidate.id === id);
  return product === undefined
    ? null
    : {
        ...product,
        legacyResourceId: numericId(product.id),
        handle: product.title.toLowerCase().replaceAll(' ', '-'),
        status: 'ACTIVE',
        ...STAMPS,
        variants: () => product.variants.map((variant) => viewVariant(store, product, variant)),
      };
}

/** The variants of all products. */
export function listVariants(store: Store): Record<string, unknown>[] {
  return store.products.flatMap((product) => product.variants.map((variant) => viewVariant(store, product, variant)));
}

/** A variant by its id; null when there is none. */
export function findVariant(store: Store, id: string | null): Record<string, unknown> | null {
  for (const product of store.products) {
    const variant = product.variants.find((one) => one.id === id);
    if (variant !== undefined) return viewVariant(store, product, variant);
  }
  return null;
}

/** The variant whose stock an inventory item counts; null when there is none. */
export function findInventoryItem(store: Store, id: string): Record<string, unknown> | null {
  return listInventoryItems(store).find((item) => item.id === id) ?? null;
}

export function listInventoryItems(store: Store): Record<string, unknown>[] {
  return listVariants(store).map((variant) => variant.inventoryItem as Record<string, unknown>);
}

function viewVariant(store: Store, product: ProductState, variant: VariantState): Record<string, unknown> {
  const view: Record<string, unknown> = {
    ...variant,
    legacyResourceId: numericId(variant.id),
    displayName: `${product.title} - ${variant.title}`,
    ...STAMPS,
    product: () => viewProduct(store, product.id),
  };
  const id = inventoryItemIdOf(variant.id);
  const { unitCost, weightKg, ...customs } = goodsOf(product.title);
  const isSame = (other: VariantState): boolean => other !== variant && other.sku === variant.sku;
  view.inventoryItem = {
    __typename: 'InventoryItem',
    id,
    legacyResourceId: numericId(id),
    sku: variant.sku,
    // The sandbox counts no stock.
    tracked: false,
    requiresShipping: true,
    duplicateSkuCount: () => store.products.flatMap((one) => one.variants).filter(isSame).length,
    unitCost: unitCost === null ? null : { amount: new Decimal(unitCost), currencyCode: store.currency },
    measurement: {
      __typename: 'InventoryItemMeasurement',
      id: id.replace('InventoryItem', 'InventoryItemMeasurement'),
      weight: weightKg === null ? null : { value: weightKg, unit: 'KILOGRAMS' },
    },
    ...customs,
    provinceCodeOfOrigin: null,
    ...STAMPS,
    variant: () => view,
    variants: () => [view],
  };
  return view;
}

/** Each variant has one inventory item. */
function inventoryItemIdOf(variantId: string): string {
  return `gid://shopify/InventoryItem/${numericId(variantId)}`;
}
