import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHealth } from '@entrepot/service-kit';
import type { mongo } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CollectionSchema, convert, type Store } from '../src/index.ts';
import { awaitVersions, migrateCollections, planMigrations } from '../src/migrations/migrate.ts';
import { STORE_COLLECTIONS } from '../src/migrations/store-collections.ts';
import type { SchemaDocument, Wait } from '../src/migrations/versions.ts';
import { prepareTestStores, waitUntil } from './open-test-store.ts';
import { CONVERTED_PARCELS, fillParcels, PARCEL_COUNT, PARCELS, readParcels } from './parcels.ts';

const LEASE_MS = 600;
const stores = prepareTestStores();
let store: Store;
let database: mongo.Db;

beforeAll(async () => {
  store = await stores.open();
  if (store.mongoose.db === undefined) throw new Error('the store has no database');
  database = store.mongoose.db;
});
afterAll(() => stores.dropAndClose());

const marks = () => database.collection<SchemaDocument>('schema');
const versions = async () =>
  Object.fromEntries((await marks().find().toArray()).map(({ _id, version }) => [_id, version]));

async function killAt(position: number, leaseMs = LEASE_MS): Promise<NodeJS.Signals | null> {
  const env = { ...process.env, DATABASE: stores.database, POSITION: String(position), LEASE_MS: String(leaseMs) };
  const child = spawn(process.execPath, [new URL('./killed-migration.ts', import.meta.url).pathname], {
    env,
    stdio: 'inherit',
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

describe('a store without documents', () => {
  it('has this release’s versions from the first process on', async () => {
    expect(await versions()).toMatchObject({ connections: 3, flows: 3, links: 1, serviceTroubles: 1 });
    expect(Object.keys(await database.collection('flows').indexInformation())).toEqual([
      '_id_',
      'entity_1_from_1_to_1',
    ]);
  });
});

describe('an index that is new in this release', () => {
  it('is built as the ledger starts, and keeps no process of the release before from working', async () => {
    const links = database.collection('links');
    const byReference = 'target_1_documents.externalRef_1';
    await links.insertOne({
      target: 'erp',
      documents: [{ externalRef: 'shop/1' }, { externalRef: 'shop/1/payment/1' }],
    });
    await links.dropIndex(byReference);
    await migrateCollections(database, STORE_COLLECTIONS, {});
    expect(Object.keys(await links.indexInformation())).toContain(byReference);
    // A process of the release before waits only where a version is later than its own.
    expect(await versions()).toMatchObject({ links: 1 });
    await links.deleteMany({});
  });
});

describe('documents of an earlier release', () => {
  beforeEach(() => fillParcels(database));

  it('are planned, and nothing is written by that', async () => {
    const { planned, obstacle } = await planMigrations(database, [PARCELS]);
    expect(obstacle).toBeNull();
    expect(planned).toEqual([
      { collection: 'parcels', to: 2, what: 'counts grams, not kilograms', documents: PARCEL_COUNT },
      { collection: 'parcels', to: 3, what: 'gives each a code', documents: PARCEL_COUNT },
    ]);
    expect(await marks().findOne({ _id: 'parcels' })).toBeNull();
  });

  it('are migrated step by step, and indexes are made of what came out', async () => {
    const progress: (string | null)[] = [];
    const report = (wait: Wait | null) => void (wait !== null && progress.push(wait.progress));
    await migrateCollections(database, [PARCELS], { report });
    expect(progress).toEqual([
      ...['0 of 2500 documents', '1000 of 2500 documents', '2000 of 2500 documents'],
      ...['0 of 2500 documents', '1000 of 2500 documents', '2000 of 2500 documents'],
    ]);
    expect(await readParcels(database)).toEqual(CONVERTED_PARCELS);
    expect(Object.keys(await database.collection('parcels').indexInformation())).toEqual(['_id_', 'code_1']);
    expect(await marks().findOne({ _id: 'parcels' })).toMatchObject({ version: 3, owner: null, progress: null });
  });

  it('end in the same, wherever the process that migrated them was killed', async () => {
    // Before the mark, before the lease, between the groups, between the versions, in the second migration, before the index.
    for (const position of [1, 2, 4, 6, 8, 9, 11, 13, 16, 17]) {
      await fillParcels(database);
      expect(await killAt(position)).toBe('SIGKILL');
      await migrateCollections(database, [PARCELS], { leaseMs: LEASE_MS });
      expect(await readParcels(database)).toEqual(CONVERTED_PARCELS);
      expect(await versions()).toMatchObject({ parcels: 3 });
    }
  }, 120_000);

  it('are gone on with where the killed process stood', async () => {
    // The mark, the lease, a note, a group, a note, a group, a note: it dies before its third group.
    expect(await killAt(8, 3_000)).toBe('SIGKILL');
    const seen: (string | null)[] = [];
    await migrateCollections(database, [PARCELS], {
      leaseMs: LEASE_MS,
      report: (wait) => void (wait?.message.includes('to version 2') && seen.push(wait.progress)),
    });
    expect(seen).toEqual(['2000 of 2500 documents']);
  }, 30_000);

  it('are migrated once by two that start at the same time; the other waits for it and says for whom', async () => {
    const asked: string[] = [];
    const waits: Wait[] = [];
    const counting: CollectionSchema = {
      ...PARCELS,
      migrations: PARCELS.migrations.map((migration) => ({
        ...migration,
        step: async (collection, position) => {
          asked.push(`${migration.to} ${position}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
          return migration.step(collection, position);
        },
      })),
    };
    const start = () =>
      migrateCollections(database, [counting], {
        report: (wait) => void (wait?.message.includes('earlier release') && waits.push(wait)),
      });
    await Promise.all([start(), start()]);
    expect(asked).toEqual([
      ...['2 null', '2 parcel-00999', '2 parcel-01999'],
      ...['3 null', '3 parcel-00999', '3 parcel-01999'],
    ]);
    expect(waits[0]?.message).toBe('the stored data is of an earlier release: parcels has version 1, not 3');
    expect(waits.at(-1)?.progress).toMatch(/^parcels: \d+ of 2500 documents, by .+ \(process \d+, [0-9a-f]+\)$/);
    expect(await readParcels(database)).toEqual(CONVERTED_PARCELS);
  });

  it('are converted anew when they were changed meanwhile', async () => {
    const parcels = database.collection<{ _id: string }>('parcels');
    const busy = convert({
      to: 2,
      what: 'gives each a code',
      where: { code: { $exists: false } },
      fields: ['label'],
      convert: async ({ _id, label }) => {
        if (_id === 'parcel-00007' && label === 'a7') await parcels.updateOne({ _id }, { $set: { label: 'changed' } });
        return { $set: { code: String(label).toUpperCase() } };
      },
    });
    await migrateCollections(database, [{ ...PARCELS, migrations: [busy] }]);
    expect(await parcels.findOne({ _id: 'parcel-00007' })).toMatchObject({ label: 'changed', code: 'CHANGED' });
  });
});

describe('a process that does not migrate', () => {
  const service = (name: string) => ({ name, health: createHealth(), signal: new AbortController().signal });
  const readAll = async () => {
    const names = (await database.listCollections().toArray())
      .map(({ name }) => name)
      .filter((name) => name !== 'serviceTroubles');
    return Promise.all(
      names.sort().map(async (name) => [name, await database.collection(name).find().sort({ _id: 1 }).toArray()]),
    );
  };
  /** As 0.1.0 left a connection, and no marks. */
  async function leaveAs010(): Promise<void> {
    await store.connections.create({
      id: 'old',
      label: 'Old',
      vendor: 'testshop',
      active: true,
      settings: { domain: 'x' },
    });
    await database
      .collection<{ _id: string }>('connections')
      .updateOne({ _id: 'old' }, { $unset: { otherRevisions: '', settingRules: '', throttled: '', tenant: '' } });
    await marks().deleteMany({});
  }

  it('waits for an earlier release’s data, says so, writes nothing, and goes on by itself', async () => {
    await leaveAs010();
    const before = await readAll();
    const starting = service('sink-test');
    let opened: Store | null = null;
    const opening = stores.open(undefined, { service: starting }).then((started) => {
      opened = started;
    });
    await waitUntil(async () => (await store.serviceTroubles.list()).length > 0, 10_000);
    expect(await starting.health.readiness()).toMatchObject({
      ok: false,
      checks: { 'stored data': { ok: false, detail: expect.stringContaining('connections has version 1, not 3') } },
    });
    expect((await store.serviceTroubles.list())[0]).toMatchObject({
      service: 'sink-test',
      message: 'the stored data is of an earlier release: connections has version 1, not 3',
      advice: expect.stringContaining('npm run migrate'),
    });
    expect(opened).toBeNull();
    expect((await readAll()).filter(([name]) => name !== 'schema')).toEqual(
      before.filter(([name]) => name !== 'schema'),
    );

    await stores.open(undefined, { migrates: [] });
    await opening;
    expect(await starting.health.readiness()).toEqual({ ok: true, checks: {} });
    expect(await store.serviceTroubles.list()).toEqual([]);
    expect(await database.collection<{ _id: string }>('connections').findOne({ _id: 'old' })).toMatchObject({
      otherRevisions: 0,
      settingRules: 0,
      throttled: null,
      tenant: 'default',
    });
  }, 30_000);

  it.each(['one that waits', 'one that migrates'])(
    'waits for good at a newer release’s data: %s',
    async (kind) => {
      await marks().updateOne({ _id: 'links' }, { $set: { version: 9 } }, { upsert: true });
      // Neither is what this process would change or mark besides.
      await marks().deleteOne({ _id: 'lanes' });
      await marks().updateOne({ _id: 'connections' }, { $set: { version: 1 } });
      const starting = service('ledger');
      const before = await readAll();
      const opening = stores.open(undefined, {
        service: starting,
        ...(kind === 'one that migrates' && { migrates: [] }),
      });
      await waitUntil(async () => !(await starting.health.readiness()).ok, 10_000);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      expect((await starting.health.readiness()).checks['stored data']?.detail).toBe(
        'the stored data is of a newer release: links has version 9, not 1',
      );
      expect(await readAll()).toEqual(before);
      await marks().updateOne({ _id: 'links' }, { $set: { version: 1 } });
      await marks().updateOne({ _id: 'connections' }, { $set: { version: 3 } });
      expect((await opening).connections.snapshot()).toHaveLength(1);
    },
    30_000,
  );

  it('ends its wait when it is asked to stop', async () => {
    const abort = new AbortController();
    await fillParcels(database);
    const waiting = awaitVersions(database, [PARCELS], { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});
