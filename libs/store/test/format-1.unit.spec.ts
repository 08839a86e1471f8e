import type { Vendor } from '@entrepot/vendor-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertFile, convertFlowSettings, formerFlowSettings } from '../src/format-1.ts';
import { shopVendor } from './open-test-store.ts';

/** An order flow as 0.1.0 saved it, with the settings of customers inside. */
const orderFlow = {
  gate: { importOn: ['paid'] },
  totalTolerance: '0.05',
  valueMaps: { tax: { '7': 'VAT7' }, currency: { USD: '$' }, customerGroup: { b2b: '102' } },
  target: { customers: { mode: 'create', guestCardCode: 'C-WEB', record: { groupCode: 101 } }, series: 7 },
};

describe('settings of a flow of format 1', () => {
  it('of orders: how its customers are written becomes a prerequisite, with the value maps that they were written by', () => {
    const { settings, converted } = convertFlowSettings('order', orderFlow);
    expect(settings).toEqual({
      gate: { importOn: ['paid'] },
      totalTolerance: '0.05',
      valueMaps: { tax: { '7': 'VAT7' }, currency: { USD: '$' }, customerGroup: { b2b: '102' } },
      target: { customers: { mode: 'create', guestCardCode: 'C-WEB' }, series: 7 },
      prerequisites: {
        customer: { target: { groupCode: 101 }, valueMaps: { currency: { USD: '$' }, customerGroup: { b2b: '102' } } },
      },
    });
    expect(converted).toEqual([
      { from: 'target.customers.record', to: 'prerequisites.customer.target', how: 'moved' },
      {
        from: 'valueMaps.customerGroup',
        to: 'prerequisites.customer.valueMaps.customerGroup',
        how: 'copied',
      },
      { from: 'valueMaps.currency', to: 'prerequisites.customer.valueMaps.currency', how: 'copied' },
    ]);
  });

  it.each(['wait', 'collective'])('of orders that make no customers (%s): nothing is added', (mode) => {
    const { settings } = convertFlowSettings('order', { ...orderFlow, target: { customers: { mode } } });
    expect(settings).not.toHaveProperty('prerequisites');
  });

  it('of orders whose customers are made by default: the value maps count for them', () => {
    const { settings } = convertFlowSettings('order', { valueMaps: { state: { 'US-CA': 'CA' } } });
    expect(settings).toMatchObject({ prerequisites: { customer: { valueMaps: { state: { 'US-CA': 'CA' } } } } });
  });

  it('of customers: what only orders have is dropped', () => {
    expect(convertFlowSettings('customer', { gate: {}, totalTolerance: '0', filter: 'true' })).toEqual({
      settings: { filter: 'true' },
      converted: [
        { from: 'gate', to: null, how: 'dropped' },
        { from: 'totalTolerance', to: null, how: 'dropped' },
      ],
    });
  });

  it('stay as they are once converted, and go back for sinks that are yet to be replaced', () => {
    const record = fc.dictionary(fc.constantFrom('groupCode', 'priceList'), fc.nat());
    const maps = fc.dictionary(fc.constantFrom('tax', 'currency', 'state'), fc.dictionary(fc.string(), fc.string()));
    fc.assert(
      fc.property(record, maps, fc.constantFrom('create', 'wait'), (made, valueMaps, mode) => {
        const customers = mode === 'create' ? { mode, record: made } : { mode };
        const former = { valueMaps, target: { customers, series: 1 } };
        const { settings } = convertFlowSettings('order', former);
        expect(convertFlowSettings('order', settings)).toEqual({ settings, converted: [] });
        expect(formerFlowSettings(settings as Record<string, unknown>)).toEqual(former);
      }),
    );
  });
});

describe('a file of format 1', () => {
  const vendor: Vendor = { ...shopVendor, movedSettings: [{ from: 'policy', to: 'source.order.policy' }] };
  const find = (name: unknown) => (name === 'testshop' ? vendor : undefined);

  it('is converted whole, and each change is told with its path', () => {
    const { file, converted } = convertFile(
      {
        version: 1,
        connections: [{ id: 'shop', vendor: 'testshop', settings: { domain: 'd', policy: 'strict' } }],
        flows: [
          { entity: 'customer', settings: { gate: {} } },
          { entity: 'order', settings: orderFlow },
        ],
      },
      find,
    );
    expect(file).toMatchObject({
      format: 2,
      connections: [{ settings: { domain: 'd', source: { order: { policy: 'strict' } } } }],
      flows: [{ settings: {} }, { settings: { prerequisites: { customer: { target: { groupCode: 101 } } } } }],
    });
    expect(file).not.toHaveProperty('version');
    expect(converted.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'version → format',
      'connections[0].settings.policy → connections[0].settings.source.order.policy',
      'flows[0].settings.gate → null',
      'flows[1].settings.target.customers.record → flows[1].settings.prerequisites.customer.target',
      'flows[1].settings.valueMaps.customerGroup → flows[1].settings.prerequisites.customer.valueMaps.customerGroup',
      'flows[1].settings.valueMaps.currency → flows[1].settings.prerequisites.customer.valueMaps.currency',
    ]);
  });

  it('tells a setting at both places as dropped at the old one', () => {
    const settings = { domain: 'd', policy: 'strict', source: { order: { policy: 'lax' } } };
    const { file, converted } = convertFile({ version: 1, connections: [{ vendor: 'testshop', settings }] }, find);
    expect(file).toMatchObject({ connections: [{ settings: { source: { order: { policy: 'lax' } } } }] });
    expect(converted).toContainEqual({ from: 'connections[0].settings.policy', to: null, how: 'dropped' });
  });

  it.each([{ format: 2, flows: [{ entity: 'customer', settings: { gate: {} } }] }, { version: 2 }, null, 'text', []])(
    '%j is none, and left to the check',
    (given) => {
      expect(convertFile(given, find)).toEqual({ file: given, converted: [] });
    },
  );
});
