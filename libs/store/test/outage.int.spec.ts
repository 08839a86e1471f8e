import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createSilentLogger } from '@entrepot/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStoreUnavailable, openStore, type Store } from '../src/index.ts';
import { erpVendor, prepareTestStores, shopVendor, testKeys, waitUntil } from './open-test-store.ts';

/** A TCP proxy before the database, to cut the wire without stopping the database for others. */
async function startWire(host: string, port: number) {
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(port, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      whole = false;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      whole = true;
    },
    close: () => server.close(),
  };
}

const stores = prepareTestStores();
let direct: Store;
let wire: Awaited<ReturnType<typeof startWire>>;
let store: Store;

beforeAll(async () => {
  direct = await stores.open();
  const { hostname, port } = new URL(process.env.MONGODB_URI ?? '');
  wire = await startWire(hostname, Number(port));
  store = await openStore({
    uri: `mongodb://127.0.0.1:${wire.port}/?directConnection=true&serverSelectionTimeoutMS=300`,
    database: stores.database,
    masterKeys: testKeys,
    vendors: [shopVendor, erpVendor],
    log: createSilentLogger(),
    answerTimeoutMs: 2_000,
  });
});
afterAll(async () => {
  await store.close();
  wire.cut();
  wire.close();
  await stores.dropAndClose();
});

describe('an outage of the database', () => {
  it('is told as such, leaves settings readable, and ends by itself', async () => {
    const key = { target: 'erp', entity: 'order', sourceKey: 'shop/1' } as const;
    const intent = { role: 'order', subId: null, externalRef: 'shop/1', sentAtMicros: null, atMicros: 1 };
    const shop = { id: 'shop', label: 'Shop', vendor: 'testshop', active: true, settings: { domain: 'a' } };
    await direct.connections.create(shop);
    await waitUntil(() => store.connections.find('shop') !== null);

    wire.cut();
    const attempts = [
      () => store.links.recordIntent(key, intent, 1),
      () => store.links.get(key),
      () => store.lanes.acquire('erp', 'me', 1_000),
      () => store.connections.list(),
      () => store.ping(),
    ];
    for (const attempt of attempts) {
      const error = await attempt().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(isStoreUnavailable(error), String(error)).toBe(true);
    }
    expect(store.connections.find('shop')?.label).toBe('Shop');
    await direct.connections.update('shop', 1, { label: 'Renamed' });

    wire.mend();
    await waitUntil(() => store.connections.find('shop')?.label === 'Renamed');
    expect(await store.links.recordIntent(key, intent, 1)).toEqual({ refused: false });
  });

  it('is waited for by a process that starts meanwhile', async () => {
    wire.cut();
    const warnings: string[] = [];
    const log = { ...createSilentLogger(), warn: (_facts: object, words: string) => void warnings.push(words) };
    const opening = openStore({
      uri: `mongodb://127.0.0.1:${wire.port}/?directConnection=true&serverSelectionTimeoutMS=300`,
      database: stores.database,
      masterKeys: testKeys,
      vendors: [shopVendor, erpVendor],
      log,
    });
    await waitUntil(() => warnings.length > 0);
    wire.mend();
    const late = await opening;
    await late.ping();
    await late.close();
    expect(warnings).toContain('MongoDB cannot be reached, trying again');
  });

  it('is not confused with errors of our own', () => {
    expect(isStoreUnavailable(new TypeError('bug'))).toBe(false);
    expect(isStoreUnavailable(null)).toBe(false);
  });
});
