import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../src/index.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
let other: Store;
beforeAll(async () => {
  store = await stores.open();
  other = await stores.open();
});
afterAll(() => stores.dropAndClose());

const file = `format: 2
connections:
  - { id: shop, label: Shop, vendor: testshop, settings: { domain: demo.test }, secrets: { accessToken: tok-123 } }
  - { id: erp, label: ERP, vendor: testerp, settings: { company: DEMO }, secrets: { password: pw-123 } }
flows:
  - { entity: order, from: shop, to: erp }
  - { entity: customer, from: shop, to: erp, active: false }
`;

describe('configuration file', () => {
  it('is loaded into an empty store once, though several processes try', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'store-')), 'demo.yaml');
    writeFileSync(path, file);
    const loaded = await Promise.all([store, other].map((each) => each.configuration.loadIntoEmptyStore(path)));
    expect(loaded.some((summary) => summary !== null)).toBe(true);
    expect((await store.connections.list()).map((connection) => connection.id)).toEqual(['erp', 'shop']);
    expect((await store.flows.list()).map((flow) => [flow.id, flow.active])).toEqual([
      ['customer:shop:erp', false],
      ['order:shop:erp', true],
    ]);
    expect((await store.connections.open('erp')).secrets).toEqual({ password: 'pw-123' });
    expect(await store.configuration.loadIntoEmptyStore(path)).toBeNull();
  });

  it('imports what changed only', async () => {
    const { configuration } = store;
    const ids = ['shop', 'erp', 'order:shop:erp', 'customer:shop:erp'];
    expect(await configuration.importYaml(file)).toEqual({ created: [], updated: [], unchanged: ids, converted: [] });
    const changed = file.replace('company: DEMO', 'company: LIVE').replace(', active: false', '');
    expect((await configuration.importYaml(changed)).updated).toEqual(['erp', 'customer:shop:erp']);
    expect((await store.connections.get('erp'))?.revision).toBe(2);
  });

  it('takes a file of format 1, and answers what it made of it', async () => {
    const former = file
      .replace('format: 2', 'version: 1')
      .replace('from: shop, to: erp }', 'from: shop, to: erp, settings: { target: { series: main } } }')
      .replace('active: false }', 'active: false, settings: { gate: { importOn: [any] } } }');
    expect(await store.configuration.importYaml(former)).toMatchObject({
      updated: ['erp', 'customer:shop:erp'],
      converted: [
        { from: 'version', to: 'format', how: 'moved' },
        { from: 'flows[1].settings.gate', to: null, how: 'dropped' },
      ],
    });
    await store.configuration.importYaml(file.replace('company: DEMO', 'company: LIVE').replace(', active: false', ''));
    expect(await store.configuration.exportYaml()).toMatch(/^format: 2$/m);
  });

  it('exports without secrets what imports again unchanged', async () => {
    const text = await store.configuration.exportYaml();
    expect(text).not.toMatch(/tok-123|pw-123|secrets/);
    expect((await store.configuration.importYaml(text)).unchanged).toEqual([
      'tenant/default',
      'erp',
      'shop',
      'customer:shop:erp',
      'order:shop:erp',
    ]);
    expect((await store.connections.open('shop')).secrets).toEqual({ accessToken: 'tok-123' });
  });

  it('writes nothing when anything is wrong', async () => {
    const bad = file
      .replace('label: Shop', 'label: Renamed')
      .replace('entity: order, from: shop', 'entity: order, from: shp');
    await expect(store.configuration.importYaml(bad)).rejects.toThrow(/flows\[0\]\.from: there is no connection "shp"/);
    expect((await store.connections.get('shop'))?.label).toBe('Shop');
  });
});
