import type { EntityOf } from './entity-of.ts';
import { MAX_HEADER_CHARACTERS } from './event.ts';
import type { ItemRef, Ref } from './generated/shared.gen.ts';
import { type EntityName, entityOfType, eventKey, eventType } from './names.ts';

/** Another record of the same connection, in whose order a record's deliveries run. */
export interface OrderingKey {
  readonly entity: EntityName;
  readonly sourceId: string;
}

/** What an entity's records are to those who queue and write them. */
interface EntityTraits<E extends EntityName> {
  /** `state`: of the states of one record only the newest matters · `document`: an immutable document or a delta, each counts. */
  readonly kind: 'state' | 'document';
  /** The record that this one is about; null: it names none. Left out: such records are about none but themselves. */
  about?(record: EntityOf<E>): OrderingKey | null;
}

export const ENTITY_TRAITS: { readonly [E in EntityName]: EntityTraits<E> } = {
  customer: { kind: 'state' },
  product: { kind: 'state' },
  order: { kind: 'state' },
  inventory: { kind: 'state', about: ({ item }) => aboutItem(item) },
  shipment: {
    kind: 'state',
    about: ({ orders, lines }) => aboutOrder([...orders, ...lines.map(({ order }) => order)]),
  },
  invoice: { kind: 'state', about: ({ orders }) => aboutOrder(orders) },
  'product-category': { kind: 'state' },
  price: { kind: 'state', about: ({ item }) => aboutItem(item) },
  'inventory-adjustment': { kind: 'document' },
};

/** In whose order a record's deliveries run: after the first order of a shipment or invoice, the item of a price or stock; null: its own. */
export function orderingKeyOf<E extends EntityName>(entity: E, record: EntityOf<E>): OrderingKey | null {
  return ENTITY_TRAITS[entity].about?.(record) ?? null;
}

/** Whether no record of the entity has another's ordering key. */
export function isOrderedAlone(entity: EntityName): boolean {
  return ENTITY_TRAITS[entity].about === undefined;
}

function aboutOrder(refs: readonly (Ref | null)[]): OrderingKey | null {
  const sourceId = refs.find((ref) => ref?.id)?.id;
  return sourceId ? { entity: 'order', sourceId } : null;
}

/** A variant is written with its product. Without an id, the item's code is what its records have in common. */
function aboutItem(item: ItemRef | null): OrderingKey | null {
  const sourceId = item?.productId || item?.variantId || item?.sku;
  return sourceId ? { entity: 'product', sourceId } : null;
}

/** The name of a record's queue in a lane: the same for the record itself and for another one that is about it. */
export function laneQueue(connection: string, { entity, sourceId }: OrderingKey): string {
  return `${eventType(entity)}|${eventKey(connection, sourceId)}`;
}

/** The header by which a lane record is queued with the record that it is about. Left out where it has a queue of its own. */
export function formatLaneKey(connection: string, key: OrderingKey | null): Record<string, string> {
  if (key === null) return {};
  const queue = laneQueue(connection, key);
  return queue.length > MAX_HEADER_CHARACTERS ? {} : { entrepot_lane_key: queue };
}

/** Reads what {@link formatLaneKey} wrote; null where it is absent, or names no queue. */
export function parseLaneKey(headers: Readonly<Record<string, string | undefined>>): string | null {
  const queue = headers.entrepot_lane_key;
  if (queue === undefined || queue.length > MAX_HEADER_CHARACTERS) return null;
  const [type = ''] = queue.split('|', 1);
  return entityOfType(type) === null ? null : queue;
}
