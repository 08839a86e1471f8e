import type { MapContext } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, dependenciesOf, errorOf, planOf } from './map-for-tests.ts';
import { makeFlow, makeOrder } from './orders-for-tests.ts';
import type { TestTarget } from './sandbox-for-tests.ts';
import { call, target, test, useSandbox } from './sandbox-under-test.ts';

useSandbox();

const codesOf = async (from: TestTarget, sku: string) =>
  (await from.match('product', sku, call)).map(({ targetId }) => targetId);

describe('a SKU finds its item', () => {
  it.each(['MUG-WHITE ', ' MUG-WHITE', '\tMUG-WHITE\n', '\u200bMUG-WHITE\ufeff'])(
    'whatever blanks are around it: %j',
    (sku) => {
      const order = makeOrder({ lines: [{ sku, price: '12.50' }] });
      expect(dependenciesOf(order, makeFlow()).map(({ naturalKey }) => naturalKey)).toEqual(['MUG-WHITE']);
      expect(planOf(mapOrder(order, contextFor(makeFlow()))).lines[0]?.itemCode).toBe('MUG-WHITE');
    },
  );

  it('the same SKU with and without blanks is one item; blanks alone are none', () => {
    const order = makeOrder({
      lines: [
        { sku: 'MUG-WHITE', price: '12.50' },
        { sku: 'MUG-WHITE ', price: '12.50' },
        { sku: '  ', price: '1.00' },
      ],
    });
    expect(dependenciesOf(order, makeFlow())).toHaveLength(1);
    const flow = makeFlow({ customItem: undefined });
    expect(errorOf(mapOrder(order, contextFor(flow))).fields).toMatchObject([{ path: 'lines[2].item.sku' }]);
  });

  it('spelt exactly, unless the connection ignores case; then as SAP spells it', async () => {
    expect(await codesOf(target, 'mug-white')).toEqual([]);
    const lenient = test.open(test.connect({ skuMatch: 'ignore-case' }));
    expect(await codesOf(lenient, 'mug-white')).toEqual(['MUG-WHITE']);
    expect(await codesOf(lenient, 'no-such-item')).toEqual([]);
    await lenient.close();
    const order = makeOrder({ lines: [{ sku: 'mug-white', price: '12.50' }] });
    const [dependency] = dependenciesOf(order, makeFlow());
    const resolved = [{ dependency, targetId: 'MUG-WHITE', lines: [], through: 'link' }] as MapContext['resolved'];
    expect(planOf(mapOrder(order, contextFor(makeFlow(), {}, { resolved }))).lines[0]?.itemCode).toBe('MUG-WHITE');
  });

  it('several in other cases are for a person; one spelt exactly is none of those', async () => {
    await test.control('POST', '/items', { itemCode: 'Mug-White', name: 'Another mug' });
    const lenient = test.open(test.connect({ skuMatch: 'ignore-case' }));
    expect((await codesOf(lenient, 'mug-white')).sort()).toEqual(['MUG-WHITE', 'Mug-White']);
    expect(await codesOf(lenient, 'Mug-White')).toEqual(['Mug-White']);
    await lenient.close();
  });
});
