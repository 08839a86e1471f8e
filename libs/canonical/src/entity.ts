/** The canonical entities; one Kafka topic and one schema folder each. */
export const ENTITY_NAMES = [
  'customer',
  'product',
  'order',
  'inventory',
  'shipment',
  'invoice',
  'product-category',
  'price',
  'inventory-adjustment',
] as const;

export type EntityName = (typeof ENTITY_NAMES)[number];

/** True when `name` is one of {@link ENTITY_NAMES}. */
export function isEntityName(name: string): name is EntityName {
  return (ENTITY_NAMES as readonly string[]).includes(name);
}
