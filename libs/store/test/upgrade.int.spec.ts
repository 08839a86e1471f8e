import { addressSettingsShape, checkBaseUrl } from '@entrepot/vendor-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidSettings, type Store } from '../src/index.ts';
import { erpVendor, prepareTestStores, shopVendor } from './open-test-store.ts';

const stores = prepareTestStores();
const vendor = {
  ...erpVendor,
  movedSettings: [{ from: 'timeout', to: 'timeoutMs' }],
  settings: z
    .strictObject({
      baseUrl: z.url(),
      timeoutMs: z.int().min(1).max(60_000).default(1_000),
      ...addressSettingsShape,
    })
    .superRefine(({ baseUrl, allowedAddresses }, context) =>
      checkBaseUrl(context, 'baseUrl', baseUrl, allowedAddresses),
    ),
};
let store: Store;
beforeAll(async () => {
  store = await stores.open([shopVendor, vendor]);
});
afterAll(() => stores.dropAndClose());

/** As 0.1.0 left it, which knew no `allowedAddresses`, and as this release's migration then leaves it. */
async function saveAsBefore(id: string, settings: Record<string, unknown>): Promise<void> {
  const secrets = { password: 'pw' };
  await store.connections.create({
    ...{ id, label: id, vendor: 'testerp', active: true, secrets },
    settings: { baseUrl: 'https://erp.example.com' },
  });
  await store.mongoose
    .collection('connections')
    .updateOne({ _id: id as never }, { $set: { settings, settingRules: 0 } });
}

describe('flows of an earlier release', () => {
  const id = 'order:shop:target';
  beforeAll(async () => {
    await store.connections.create({
      ...{ id: 'shop', label: 'Shop', vendor: 'testshop', active: true },
      settings: { domain: 'demo.test' },
    });
    await store.connections.create({
      ...{ id: 'target', label: 'ERP', vendor: 'testerp', active: true },
      settings: { baseUrl: 'https://erp.example.com' },
    });
    await store.flows.create({ entity: 'order', from: 'shop', to: 'target', active: true, settings: {} });
  });
  const saveFlowAsBefore = async (settings: Record<string, unknown>): Promise<void> => {
    const set = Object.fromEntries(Object.entries(settings).map(([path, value]) => [`format2.${path}`, value]));
    await store.mongoose.collection('flows').updateOne({ _id: id as never }, { $set: set });
  };

  it('have delays beyond their bounds read as the bound, and say so', async () => {
    await saveFlowAsBefore({ 'retry.firstDelayMs': 1e15, 'retry.waitingRecheckMs': 1 });
    const read = await store.flows.get(id);
    expect(read?.settings.retry).toMatchObject({ firstDelayMs: 2_592_000_000, waitingRecheckMs: 100 });
    expect(read).toMatchObject({ usable: true });
    expect(read?.problems.map(({ path }) => path)).toEqual([
      'settings.retry.firstDelayMs',
      'settings.retry.waitingRecheckMs',
    ]);
    await saveFlowAsBefore({ 'retry.firstDelayMs': 1_000, 'retry.waitingRecheckMs': 1_000 });
  });

  it('are read in their own format when an earlier ledger, still running, writes one after the migration', async () => {
    const settings = { gate: { testOrders: 'import' }, totalTolerance: '0.05', target: { series: 7 } };
    const flows = store.mongoose.collection('flows');
    const other = 'order:other:target';
    const document = { entity: 'order', from: 'other', to: 'target', active: true, settings };
    await flows.insertOne({ ...document, _id: other as never, revision: 1, mappingRevision: 1 });
    expect((await store.flows.get(other))?.settings).toMatchObject(settings);
    await flows.deleteOne({ _id: other as never });
  });

  it('that cannot be used are read as they are, keep no store from opening, and are well once corrected', async () => {
    await saveFlowAsBefore({ totalTolerance: 'abc', colour: 'red' });
    const anew = await stores.open([shopVendor, vendor]);
    const found = anew.flows.find(id);
    expect(found).toMatchObject({ usable: false, settings: { totalTolerance: 'abc', retry: { attempts: 6 } } });
    expect(found?.problems.map(({ path }) => path).sort()).toEqual(['settings.colour', 'settings.totalTolerance']);
    const { revision = 0 } = found ?? {};
    expect(await store.flows.update(id, revision, { active: false })).toMatchObject({ usable: false, active: false });
    expect(await store.flows.update(id, revision + 1, { settings: {} })).toMatchObject({ usable: true, problems: [] });
  });
});

describe('connections of an earlier release', () => {
  it('go on reaching the private address they were saved with, and say so', async () => {
    await saveAsBefore('inside', { baseUrl: 'http://10.0.0.5:50000' });
    const allowedAddresses = ['loopback', 'private', '100.64.0.0/10'];
    expect((await store.connections.open('inside')).settings).toMatchObject({ allowedAddresses });
    const shown = await store.connections.get('inside');
    expect(shown?.problems).toEqual([
      { path: 'settings.baseUrl', message: expect.stringMatching(/10\.0\.0\.5 is not public/) },
    ]);
    expect(await store.configuration.exportYaml()).toContain('allowedAddresses');
  });

  it('may lead to a private address by name, without being blamed for it', async () => {
    await saveAsBefore('named', { baseUrl: 'http://sap.example.com' });
    expect((await store.connections.open('named')).settings).toMatchObject({
      allowedAddresses: ['loopback', 'private', '100.64.0.0/10'],
    });
    expect(await store.connections.get('named')).toMatchObject({
      problems: [],
      settings: { baseUrl: 'http://sap.example.com' },
    });
  });

  it('have a setting that stood elsewhere read at its old place, from the store and from a file', async () => {
    const at = { baseUrl: 'https://erp.example.com' };
    await saveAsBefore('moved', { ...at, timeout: 2_000 });
    expect(await store.connections.get('moved')).toMatchObject({ settings: { ...at, timeoutMs: 2_000 }, problems: [] });
    expect((await store.connections.open('moved')).settings).toMatchObject({ timeoutMs: 2_000 });
    const file = {
      version: 1,
      connections: [{ id: 'moved', label: 'ERP', vendor: 'testerp', settings: { ...at, timeout: 3_000 } }],
    };
    await store.configuration.importYaml(JSON.stringify(file));
    expect((await store.connections.get('moved'))?.settings).toEqual({ ...at, timeoutMs: 3_000 });
  });

  it('take new secrets, whatever their settings would be refused for', async () => {
    await saveAsBefore('rotated', { baseUrl: 'http://10.0.0.5', timeout: 1e12 });
    await store.connections.update('rotated', 1, { secrets: { password: 'new' } });
    const opened = await store.connections.open('rotated');
    expect(opened).toMatchObject({ secrets: { password: 'new' }, settings: { timeoutMs: 60_000 } });
    await expect(store.connections.update('rotated', 2, { secrets: { password: null } })).rejects.toThrow(/secrets/);
  });

  it('have numbers beyond their bounds read as the bound', async () => {
    await saveAsBefore('slow', { baseUrl: 'https://erp.example.com', timeoutMs: 1e12 });
    expect((await store.connections.open('slow')).settings).toMatchObject({ timeoutMs: 60_000 });
    expect((await store.connections.get('slow'))?.problems[0]?.path).toBe('settings.timeoutMs');
  });

  it('are held to the rules once their settings are saved', async () => {
    await saveAsBefore('saved', { baseUrl: 'http://10.0.0.5' });
    expect(await store.connections.update('saved', 1, { label: 'Renamed' })).toMatchObject({ label: 'Renamed' });
    const settings = { baseUrl: 'http://10.0.0.6' };
    await expect(store.connections.update('saved', 2, { settings })).rejects.toThrow(InvalidSettings);
    const named = { ...settings, allowedAddresses: ['10.0.0.0/24'] };
    expect(await store.connections.update('saved', 2, { settings: named })).toMatchObject({
      settings: named,
      problems: [],
    });
    expect((await store.connections.open('saved')).settings).toMatchObject(named);
  });

  it('are not served at the clouds’ own addresses, as before', async () => {
    await saveAsBefore('cloud', { baseUrl: 'http://169.254.1.1' });
    await expect(store.connections.open('cloud')).rejects.toThrow(/link-local/);
  });
});
