import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createEntity,
  createItemRef,
  createRef,
  describeRecord,
  ENTITY_NAMES,
  ENTITY_TRAITS,
  type EntityName,
  entityTopic,
  eventKey,
  formatFacts,
  formatLaneKey,
  isOrderedAlone,
  laneQueue,
  MAX_HEADER_CHARACTERS,
  orderingKeyOf,
  parseFacts,
  parseLaneKey,
} from '../src/index.ts';

const source = { connection: 'erp', vendor: 'x', id: '7' };
const ref = (id: string | null) => createRef({ id, number: 'a number' });

describe('the ordering key of a record', () => {
  it.each<[string, ReturnType<typeof orderingKeyOf>, string | null]>([
    [
      'a shipment',
      orderingKeyOf('shipment', createEntity('shipment', { source, orders: [ref('o1'), ref('o2')] })),
      'o1',
    ],
    ['an invoice', orderingKeyOf('invoice', createEntity('invoice', { source, orders: [ref('o1')] })), 'o1'],
    [
      'a shipment whose first order has a number alone',
      orderingKeyOf('shipment', createEntity('shipment', { source, orders: [ref(null), ref('o2')] })),
      'o2',
    ],
    [
      'a shipment whose lines alone name orders',
      orderingKeyOf(
        'shipment',
        createEntity('shipment', { source, lines: [{ id: '1' }, { id: '2', order: ref('o3') }] }),
      ),
      'o3',
    ],
    ['an invoice without an order', orderingKeyOf('invoice', createEntity('invoice', { source })), null],
    ['an order', orderingKeyOf('order', createEntity('order', { source })), null],
  ])('of %s is the order that it names first', (_what, key, order) => {
    expect(key).toEqual(order === null ? null : { entity: 'order', sourceId: order });
  });

  it.each(['inventory', 'price'] as const)(
    'of %s is its item: the product, which its variants are written with',
    (name) => {
      const keyOf = (item: Parameters<typeof createItemRef>[0] | null) =>
        orderingKeyOf(name, createEntity(name, { source, item: item === null ? null : createItemRef(item) }))?.sourceId;
      expect(keyOf({ productId: 'p', variantId: 'a', sku: 'A' })).toBe('p');
      expect(keyOf({ productId: 'p', variantId: 'b', sku: 'B' })).toBe('p');
      expect(keyOf({ productId: '', variantId: 'a', sku: 'A' })).toBe('a');
      expect(keyOf({ sku: 'A' })).toBe('A');
      expect(keyOf(null)).toBeUndefined();
    },
  );

  it('names the very queue of the record it stands for, as its own records have it without the header', () => {
    const keyOfRouterBefore = (entity: EntityName, id: string) => `entrepot.${entity}.v1|${eventKey('erp', id)}`;
    const key = orderingKeyOf('shipment', createEntity('shipment', { source, orders: [ref('o/1')] }));
    expect(formatLaneKey('erp', key)).toEqual({ entrepot_lane_key: keyOfRouterBefore('order', 'o/1') });
    expect(formatLaneKey('erp', null)).toEqual({});
  });

  it('is read back from a header, whatever the ids are; one too long is left out, and the record waits in its own queue', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ENTITY_NAMES),
        fc.string({ minLength: 1, maxLength: 1_100 }),
        (entity, sourceId) => {
          const headers = formatLaneKey('erp', { entity, sourceId });
          const queue = laneQueue('erp', { entity, sourceId });
          expect(parseLaneKey(headers)).toBe(queue.length > MAX_HEADER_CHARACTERS ? null : queue);
        },
      ),
    );
    expect(parseLaneKey({ entrepot_lane_key: 'entrepot.nothing.v1|erp/1' })).toBeNull();
    expect(parseLaneKey({ entrepot_lane_key: `${entityTopic('order')}|${'x'.repeat(1_100)}` })).toBeNull();
  });
});

describe('the facts of a record with another one in whose order it runs', () => {
  const shipment = createEntity('shipment', { source, orders: [ref('o1')] });

  it('name it, so that the router need not read the record', () => {
    const facts = describeRecord('shipment', shipment);
    expect(facts.orderingKey).toEqual({ entity: 'order', sourceId: 'o1' });
    expect(parseFacts('shipment', formatFacts(facts))).toEqual(facts);
  });

  it('of an older connector say nothing of it: the record itself is read; those of an order are taken', () => {
    const before = { entrepot_facts: '{"v":1,"deleted":false}' };
    expect(parseFacts('shipment', before)).toBeNull();
    expect(parseFacts('customer', before)).toEqual({ deleted: false, order: null, orderingKey: null });
  });

  it.each(['["order"]', '["order",""]', '["orders","1"]', '[1,2]', '{}'])('are not believed with %s', (about) => {
    expect(parseFacts('invoice', { entrepot_facts: `{"v":1,"deleted":false,"about":${about}}` })).toBeNull();
  });
});

describe('what conflates', () => {
  it('is every full state; no immutable document and no delta', () => {
    expect(ENTITY_NAMES.filter((name) => ENTITY_TRAITS[name].kind === 'document')).toEqual(['inventory-adjustment']);
    expect(ENTITY_NAMES.filter((name) => !isOrderedAlone(name))).toEqual(['inventory', 'shipment', 'invoice', 'price']);
  });
});
