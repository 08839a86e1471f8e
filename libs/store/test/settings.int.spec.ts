import { createSilentLogger } from '@entrepot/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type Change,
  type Connection,
  type FlowDocument,
  InvalidSettings,
  NotInStore,
  openStore,
  parseMasterKey,
  SecretsUnavailable,
  type Store,
  StoreConflict,
} from '../src/index.ts';
import { prepareTestStores, shopVendor, testKey, waitUntil } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
let other: Store;
beforeAll(async () => {
  store = await stores.open();
  other = await stores.open();
});
beforeEach(async () => {
  for (const flow of await store.flows.list()) await store.flows.remove(flow.id, flow.revision);
  for (const { id, revision } of await store.connections.list()) await store.connections.remove(id, revision);
});
afterAll(() => stores.dropAndClose());

const shop = {
  id: 'shop',
  label: 'Shop',
  vendor: 'testshop',
  active: true,
  settings: { domain: 'demo.test' },
  secrets: { accessToken: 'tok-123' },
};
const erp = {
  id: 'erp',
  label: 'ERP',
  vendor: 'testerp',
  active: true,
  settings: { company: 'DEMO' },
  secrets: { password: 'pw-123' },
};
const flow = { entity: 'order', from: 'shop', to: 'erp', active: true, settings: {} } as const;

async function problemsOf(promise: Promise<unknown>): Promise<string[]> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InvalidSettings)) throw new Error(`expected InvalidSettings, got ${String(error)}`);
  return error.problems.map((problem) => problem.path);
}

describe('connections', () => {
  it('are opened with defaults and decrypted secrets; nothing else shows a secret', async () => {
    const created = await store.connections.create(shop);
    expect(created).toEqual({
      id: 'shop',
      label: 'Shop',
      tenant: 'default',
      vendor: 'testshop',
      active: true,
      settings: { domain: 'demo.test' },
      secretNames: ['accessToken'],
      lanePartition: null,
      revision: 1,
      attention: null,
      accessRevision: 1,
      problems: [],
      throttled: null,
    });
    expect(await store.connections.open('shop')).toEqual({
      id: 'shop',
      label: 'Shop',
      settings: { domain: 'demo.test', pageSize: 50 },
      secrets: { accessToken: 'tok-123' },
      revision: 1,
    });
    const stored = await store.mongoose.collection('connections').findOne({ _id: 'shop' as never });
    expect(JSON.stringify([stored, await store.connections.list()])).not.toContain('tok-123');
  });

  it('are refused with every problem and its path, never its value', async () => {
    const bad = { ...shop, id: 'Shop!', settings: { pageSize: 'x', colour: 'red' }, secrets: { accessToken: '' } };
    expect(await problemsOf(store.connections.create(bad))).toEqual([
      'id',
      'settings.domain',
      'settings.pageSize',
      'settings.colour',
      'secrets.accessToken',
    ]);
    expect(await problemsOf(store.connections.create({ ...shop, vendor: 'nobody' }))).toEqual(['vendor']);
    expect(await store.connections.list()).toEqual([]);
  });

  it('say that reads wait for limits, until they do not; no revision rises for it', async () => {
    await store.connections.create(shop);
    const since = new Date('2026-11-30T10:00:00Z');
    const longest = [{ entity: 'order' as const, sourceId: '1', since }];
    const throttled = { since, reason: 'the budget is short', records: 1, longest, seenAt: since };
    await store.connections.setThrottled('shop', throttled);
    expect(await store.connections.get('shop')).toMatchObject({ revision: 1, throttled });
    await store.connections.setThrottled('shop', null);
    expect(await store.connections.get('shop')).toMatchObject({ throttled: null });
    await store.connections.setThrottled('nobody', throttled);
  });

  it('change by compare-and-set; every change raises the revision, that of the access settles attention', async () => {
    const { connections } = store;
    await connections.create(erp);
    await expect(connections.create(erp)).rejects.toThrow(StoreConflict);
    await connections.setAttention('erp', 'password refused');
    expect(await connections.update('erp', 1, { label: 'ERP 2', secrets: { password: 'pw-123' } })).toMatchObject({
      label: 'ERP 2',
      revision: 2,
      accessRevision: 1,
      attention: 'password refused',
    });
    expect(await connections.update('erp', 2, { label: 'ERP 2', active: true })).toMatchObject({ revision: 2 });
    expect(await connections.update('erp', 2, { active: false })).toMatchObject({ revision: 3 });
    await expect(connections.update('erp', 2, { active: true })).rejects.toThrow(StoreConflict);
    expect(await connections.update('erp', 3, { active: true })).toMatchObject({ revision: 4 });
    expect(await connections.update('erp', 4, { secrets: { pin: '9' } })).toMatchObject({
      revision: 5,
      accessRevision: 2,
      attention: null,
      secretNames: ['password', 'pin'],
    });
    expect((await connections.open('erp')).secrets).toEqual({ password: 'pw-123', pin: '9' });
    await connections.update('erp', 5, { secrets: { pin: null } });
    expect((await connections.open('erp')).secrets).toEqual({ password: 'pw-123' });
    await expect(connections.update('erp', 2, { active: false })).rejects.toThrow(StoreConflict);
    await expect(connections.update('no', 1, { active: false })).rejects.toThrow(NotInStore);
    expect(await problemsOf(connections.update('erp', 6, { secrets: { password: null } }))).toEqual([
      'secrets.password',
    ]);
  });

  it('may get their secrets later, and say so', async () => {
    const { secrets: _secrets, ...bare } = erp;
    expect((await store.connections.create(bare)).attention).toMatch(/still to be entered: secrets.password/);
    expect(await problemsOf(store.connections.open('erp'))).toEqual(['secrets.password']);
    await store.connections.update('erp', 1, { secrets: { password: 'x' } });
    expect((await store.connections.get('erp'))?.attention).toBeNull();
  });

  it('take secrets anew when the stored ones cannot be opened any more', async () => {
    await store.connections.create(erp);
    await store.mongoose
      .collection('connections')
      .updateOne({ _id: 'erp' as never }, { $set: { sealedSecrets: 'v1.other.x.y' } });
    await expect(store.connections.open('erp')).rejects.toThrow(SecretsUnavailable);
    await store.connections.update('erp', 1, { secrets: { password: 'again' } });
    expect((await store.connections.open('erp')).secrets).toEqual({ password: 'again' });
  });

  it('may have no settings at all', async () => {
    const plain = await stores.open([{ ...shopVendor, settings: z.strictObject({}) }]);
    await plain.connections.create({ ...shop, settings: {} });
    expect((await plain.connections.open('shop')).settings).toEqual({});
    await plain.connections.update('shop', 1, { secrets: { accessToken: 'new' }, settings: {} });
    expect((await plain.connections.get('shop'))?.settings).toEqual({});
  });

  it('get lane partitions once, never shared, never reused', async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `erp-${index}`);
    for (const id of ids) await store.connections.create({ ...erp, id });
    const both = await Promise.all(
      ids.flatMap((id) => [store.connections.assignLanePartition(id), other.connections.assignLanePartition(id)]),
    );
    expect(both.filter((_, index) => index % 2 === 0)).toEqual(both.filter((_, index) => index % 2 === 1));
    expect(new Set(both).size).toBe(8);
    const highest = Math.max(...both);
    await store.connections.remove('erp-0', 1);
    await store.connections.create({ ...erp, id: 'erp-0' });
    expect(await store.connections.assignLanePartition('erp-0')).toBeGreaterThan(highest);
  });

  it('are seen changed by another process without restart', async () => {
    await waitUntil(() => other.connections.snapshot().length === 0);
    const changes: Change<Connection>[] = [];
    const end = other.connections.onChange((change) => changes.push(change));
    await store.connections.create(shop);
    await waitUntil(() => other.connections.find('shop') !== null);
    await store.connections.update('shop', 1, { settings: { domain: 'new.test' } });
    await waitUntil(() => other.connections.find('shop')?.settings.domain === 'new.test');
    await store.connections.remove('shop', 2);
    await waitUntil(() => other.connections.snapshot().length === 0);
    expect(changes.map((change) => [change.before?.revision, change.after?.revision])).toEqual([
      [undefined, 1],
      [1, 2],
      [2, undefined],
    ]);
    end();
  });

  it('are followed again after the stream is invalidated', async () => {
    await store.connections.create(shop);
    await waitUntil(() => other.connections.find('shop') !== null);
    await store.mongoose.collection('connections').drop();
    await waitUntil(() => other.connections.find('shop') === null);
    await store.connections.create(shop);
    await waitUntil(() => other.connections.find('shop') !== null);
  });
});

describe('flows', () => {
  beforeEach(async () => {
    await store.connections.create(shop);
    await store.connections.create(erp);
  });

  it('are stored complete and give the target its lane', async () => {
    const created = await store.flows.create(flow);
    expect(created).toMatchObject({
      id: 'order:shop:erp',
      settings: { gate: { testOrders: 'skip' }, target: { series: 'main' } },
    });
    expect((await store.connections.get('erp'))?.lanePartition).toEqual(expect.any(Number));
    await expect(store.flows.create(flow)).rejects.toThrow(StoreConflict);
    await expect(store.connections.remove('erp', 1)).rejects.toThrow(/flow "order:shop:erp"/);
  });

  it('are refused with paths', async () => {
    const settings = { verify: 'yes', gate: { channel: [] }, target: { series: 1 } };
    expect(await problemsOf(store.flows.create({ ...flow, settings }))).toEqual([
      'settings.gate.channel',
      'settings.verify',
      'settings.target.series',
    ]);
    const unusable = { filter: 'a +', lineFields: { U_X: '(' }, totalTolerance: 'much' };
    expect(await problemsOf(store.flows.create({ ...flow, settings: unusable }))).toEqual([
      'settings.filter',
      'settings.lineFields.U_X',
      'settings.totalTolerance',
    ]);
    expect(await problemsOf(store.flows.create({ ...flow, to: 'nobody' }))).toEqual(['to']);
    expect(await problemsOf(store.flows.create({ ...flow, entity: 'invoice' }))).toEqual(['entity', 'entity']);
    expect(await problemsOf(store.flows.create({ ...flow, from: 'erp', to: 'shop' }))).toEqual(['entity', 'entity']);
  });

  it('raise the mapping revision only with what is written', async () => {
    const { flows } = store;
    const { revision } = await flows.create(flow);
    const filtered = await flows.update('order:shop:erp', revision, { settings: { filter: 'total > 0' } });
    expect([filtered.revision - revision, filtered.mappingRevision - revision]).toEqual([1, 0]);
    const mapped = await flows.update('order:shop:erp', revision + 1, { settings: { target: { series: 'web' } } });
    expect([mapped.revision - revision, mapped.mappingRevision - revision]).toEqual([2, 1]);
    expect(mapped.settings.filter).toBeNull();
    const lineFields = { U_Engraving: "attributes[key='Engraving'].value" };
    const lines = await flows.update('order:shop:erp', revision + 2, {
      settings: { target: { series: 'web' }, lineFields },
    });
    expect(lines.mappingRevision).toBe(mapped.mappingRevision + 1);
    expect(await flows.update('order:shop:erp', revision + 3, { active: true })).toEqual(lines);
    await expect(flows.update('order:shop:erp', revision, { active: false })).rejects.toThrow(StoreConflict);
    await expect(flows.remove('order:shop:erp', revision)).rejects.toThrow(StoreConflict);
    await flows.remove('order:shop:erp', revision + 3);
    expect((await flows.create(flow)).mappingRevision).toBeGreaterThan(lines.mappingRevision);
  });

  it('name a write mode only where it is not the default, so that sinks before it read the rest', async () => {
    const { revision, mappingRevision, settings } = await store.flows.create(flow);
    expect(settings.writeMode).toBe('upsert');
    const stored = () =>
      store.mongoose.collection<FlowDocument>('flows').findOne({ _id: 'order:shop:erp' }) as Promise<{
        readonly settings: object;
        readonly format2: object;
      }>;
    for (const copy of ['settings', 'format2'] as const) expect((await stored())[copy]).not.toHaveProperty('writeMode');
    const linking = { ...settings, writeMode: 'link-only' };
    const changed = await store.flows.update('order:shop:erp', revision, { settings: linking });
    expect(changed).toMatchObject({ settings: linking, mappingRevision: mappingRevision + 1 });
    for (const copy of ['settings', 'format2'] as const)
      expect((await stored())[copy]).toMatchObject({ writeMode: 'link-only' });
  });

  it('keep their mapping revision when a setting that came after them takes its default', async () => {
    const { revision, mappingRevision, settings } = await store.flows.create(flow);
    await store.mongoose
      .collection('flows')
      .updateOne({ _id: 'order:shop:erp' as never }, { $unset: { 'settings.lineFields': '' } });
    expect((await store.flows.update('order:shop:erp', revision, { settings })).mappingRevision).toBe(mappingRevision);
  });

  it('are routed by from the snapshot, active ones only', async () => {
    const { revision } = await store.flows.create(flow);
    await waitUntil(() => other.flows.forSource('order', 'shop').length === 1);
    expect(other.flows.forSource('customer', 'shop')).toEqual([]);
    await store.flows.update('order:shop:erp', revision, { active: false });
    await waitUntil(() => other.flows.forSource('order', 'shop').length === 0);
    expect(other.flows.snapshot()).toHaveLength(1);
    expect(other.flows.find('order:shop:erp')?.active).toBe(false);
  });
});

describe('openStore', () => {
  it('refuses another master key than the one the store was first used with', async () => {
    const current = parseMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test');
    const opening = openStore({
      uri: process.env.MONGODB_URI ?? '',
      database: stores.database,
      masterKeys: { current, previous: null },
      vendors: [],
      log: createSilentLogger(),
    });
    await expect(opening).rejects.toThrow(SecretsUnavailable);
    await expect(opening).rejects.toThrow(testKey.keyId);
  });

  it('lists connections of vendors this process does not know, but does not open them', async () => {
    const limited = await stores.open([shopVendor]);
    await store.connections.create(erp);
    expect((await limited.connections.list()).map((connection) => connection.id)).toEqual(['erp']);
    expect(await problemsOf(limited.connections.open('erp'))).toEqual(['vendor']);
  });
});
