import { randomBytes } from 'node:crypto';
import { listSharedTopics } from '@entrepot/canonical';
import { findFreePort } from '@entrepot/embedded';
import { openTestWorld } from '@entrepot/embedded/testing';
import { hostService } from '@entrepot/host';
import { type OpenedService, openService } from '@entrepot/service-kit';
import { openStore, parseMasterKey, type Store } from '@entrepot/store';
import type { ListedVendor } from '@entrepot/vendors';
import { variablePart } from '@entrepot/vendors/variables';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LEDGER_COLLECTIONS } from '../../ledger/src/store/migrations.ts';
import { model } from '../src/model-vendor/vendor.ts';

const world = openTestWorld('host');
const name = `model-${world.run}`;
const variable = variablePart(name);
const failures: unknown[] = [];
let store: Store;
let env: Record<string, string>;
let listed: ListedVendor;

beforeAll(async () => {
  const database = `host-${world.run}`;
  const uri = new URL(process.env.MONGODB_URI ?? '');
  uri.pathname = `/${database}`;
  const key = randomBytes(32).toString('base64');
  const masterKeys = { current: parseMasterKey(key, 'the test'), previous: null };
  // The ledger migrates the store in the product; the host waits for it.
  const migrating = { migrates: LEDGER_COLLECTIONS, vendors: [], log: world.log };
  store = await openStore({ uri: uri.href, database, masterKeys, ...migrating });
  await (await world.connectBroker()).ensureTopics(listSharedTopics());
  const [webhookPort, operationsPort, sinkPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  listed = { name, title: 'Model', webhookPort, sinkPort, load: async () => ({ ...model, name }) };
  env = {
    MONGODB_URI: uri.href,
    KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '',
    SCHEMA_REGISTRY_URL: process.env.SCHEMA_REGISTRY_URL ?? '',
    ENTREPOT_MASTER_KEY: key,
    ENTREPOT_PORT: '0',
    ENTREPOT_LOG_LEVEL: 'error',
    [`CONNECTOR_${variable}_PORT`]: String(webhookPort),
    [`CONNECTOR_${variable}_OPERATIONS_PORT`]: String(operationsPort),
    [`SINK_${variable}_PORT`]: String(sinkPort),
  };
}, 60_000);
afterAll(async () => {
  await store?.mongoose.dropDatabase();
  await store?.close();
  await world.close();
}, 60_000);

async function open(vendors: string): Promise<OpenedService> {
  const own = { ...env, ENTREPOT_VENDORS: vendors };
  const host = openService(hostService([listed], own), own, () => failures.push('the host cannot go on'));
  try {
    await host.started;
  } catch (error) {
    await host.stop('it did not start');
    throw error;
  }
  return host;
}

async function statusOf(port: number | null, path: string, method = 'GET'): Promise<number | null> {
  return fetch(`http://127.0.0.1:${port}${path}`, { method }).then(
    ({ status }) => status,
    () => null,
  );
}

it('runs connector and sink of a vendor that ENTREPOT_VENDORS names, though it has no connection', async () => {
  const host = await open(name);
  try {
    expect(await statusOf(listed.sinkPort, '/readyz')).toBe(200);
    expect(await statusOf(listed.webhookPort, '/webhooks/nobody', 'POST')).toBe(404);
    const isReady = async () => expect(await host.health.readiness()).toMatchObject({ ok: true });
    await vi.waitFor(isReady, { timeout: 30_000, interval: 200 });
  } finally {
    await host.stop('the test is over');
  }
  expect([await statusOf(listed.sinkPort, '/readyz'), failures]).toEqual([null, []]);
}, 60_000);

it('runs none that has neither a connection nor a place there', async () => {
  const host = await open('');
  expect(await statusOf(listed.sinkPort, '/readyz')).toBe(null);
  await host.stop('the test is over');
}, 60_000);

it('refuses a vendor that is not in its list, and names those that are', async () => {
  await expect(open('nobodys')).rejects.toThrow(`ENTREPOT_VENDORS names nobodys; this installation has ${name}`);
}, 60_000);
