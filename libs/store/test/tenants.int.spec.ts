import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidSettings, NotInStore, type Store, StoreConflict } from '../src/index.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
beforeAll(async () => {
  store = await stores.open();
});
afterAll(() => stores.dropAndClose());

const shop = { label: 'Shop', vendor: 'testshop', active: true, settings: { domain: 'd' } };
const erp = { label: 'ERP', vendor: 'testerp', active: true, settings: { company: 'C' } };

async function refusalOf(work: Promise<unknown>): Promise<readonly (string | undefined)[]> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InvalidSettings)) throw new Error(`expected a refusal, not ${String(error)}`);
  return error.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('tenants', () => {
  it('every store has the default one, which stays', async () => {
    expect(await store.tenants.list()).toEqual([{ id: 'default', label: 'Default', revision: 1 }]);
    await expect(store.tenants.remove('default', 1)).rejects.toThrow(StoreConflict);
  });

  it('own connections, and flows stay within one', async () => {
    await store.tenants.create({ id: 'acme', label: 'Acme' });
    await expect(store.tenants.create({ id: 'acme', label: 'Again' })).rejects.toThrow(StoreConflict);
    await store.connections.create({ ...shop, id: 'shop' });
    await store.connections.create({ ...shop, id: 'acme-shop', tenant: 'acme' });
    await store.connections.create({ ...erp, id: 'acme-erp', tenant: 'acme' });
    expect(await refusalOf(store.connections.create({ ...shop, id: 'lost', tenant: 'none' }))).toEqual([
      'tenant: there is no tenant "none": create it first',
    ]);
    const flow = { entity: 'order' as const, to: 'acme-erp', active: true, settings: {} };
    expect(await refusalOf(store.flows.create({ ...flow, from: 'shop' }))).toEqual([
      'to: belongs to tenant "acme", and "shop" to "default": a flow stays within one',
    ]);
    expect((await store.flows.create({ ...flow, from: 'acme-shop' })).tenant).toBe('acme');
    expect((await store.connections.get('shop'))?.tenant).toBe('default');
  });

  it('change by compare-and-set, and are removed when nothing belongs to them', async () => {
    const { tenants } = store;
    expect(await tenants.update('acme', 1, { label: 'Acme' })).toEqual({ id: 'acme', label: 'Acme', revision: 1 });
    expect((await tenants.update('acme', 1, { label: '$label' })).label).toBe('$label');
    await expect(tenants.update('acme', 1, { label: 'Other' })).rejects.toThrow(StoreConflict);
    await expect(tenants.update('none', 1, { label: 'Other' })).rejects.toThrow(NotInStore);
    await expect(tenants.remove('acme', 2)).rejects.toThrow(/connection "acme-(erp|shop)" belongs to tenant "acme"/);
    await tenants.create({ id: 'empty', label: 'Empty' });
    await expect(tenants.remove('empty', 7)).rejects.toThrow(StoreConflict);
    await tenants.remove('empty', 1);
    await expect(tenants.remove('empty', 1)).rejects.toThrow(NotInStore);
  });

  it('travel with the configuration file, and no connection changes its own by it', async () => {
    const text = await store.configuration.exportYaml();
    expect((await store.configuration.importYaml(text)).unchanged).toContain('tenant/acme');
    expect(await refusalOf(store.configuration.importYaml(text.replace('tenant: acme', 'tenant: default')))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^connections\[\d\]\.tenant: connection "acme-erp" is of tenant acme, for ever/),
      ]),
    );
    const renamed = await store.configuration.importYaml(text.replace('label: $label', 'label: Acme Ltd'));
    expect(renamed.updated).toEqual(['tenant/acme']);
    const added = `${text.split('connections:')[0]}  - { id: new, label: New }\n`;
    expect((await store.configuration.importYaml(added)).created).toEqual(['tenant/new']);
  });

  it('what was stored before there were tenants belongs to the default one', async () => {
    const connections = store.mongoose.collection('connections');
    const flows = store.mongoose.collection('flows');
    const versions = store.mongoose.collection<{ _id: string }>('schema');
    for (const collection of [connections, flows]) await collection.updateMany({}, { $unset: { tenant: 1 } });
    await versions.updateOne({ _id: 'connections' }, { $set: { version: 2 } });
    await versions.updateOne({ _id: 'flows' }, { $set: { version: 1 } });
    const upgraded = await stores.open(undefined, { migrates: [] });
    const owned = [...(await upgraded.connections.list()), ...(await upgraded.flows.list())];
    expect(new Set(owned.map(({ tenant }) => tenant))).toEqual(new Set(['default']));
  });
});
