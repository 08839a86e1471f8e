import { randomBytes } from 'node:crypto';
import { createSilentLogger } from '@entrepot/service-kit';
import type { Vendor } from '@entrepot/vendor-kit';
import { z } from 'zod';
import { type MasterKeys, openStore, parseMasterKey, type Store, type StoreOptions } from '../src/index.ts';

/** A shop: source of orders and customers. */
export const shopVendor: Vendor = {
  name: 'testshop',
  title: 'Test Shop',
  settings: z.strictObject({ domain: z.string(), pageSize: z.int().default(50) }),
  secrets: z.strictObject({ accessToken: z.string().min(1) }),
  movedSettings: [],
  oauth: null,
  client: { open: () => null, close: async () => {} },
  budget: () => ({ concurrency: 8, requests: [], points: false }),
  source: { entities: { order: {}, customer: {} } } as unknown as Vendor['source'],
  target: null,
};

/** An ERP: target of orders and customers. */
export const erpVendor: Vendor = {
  name: 'testerp',
  title: 'Test ERP',
  settings: z.strictObject({ company: z.string() }),
  secrets: z.strictObject({ password: z.string(), pin: z.string().optional() }),
  movedSettings: [],
  oauth: null,
  client: { open: () => null, close: async () => {} },
  budget: () => ({ concurrency: 8, requests: [], points: false }),
  source: null,
  target: {
    entities: {
      order: { settings: z.strictObject({ series: z.string().default('main') }), prerequisites: ['customer'] },
      customer: { settings: z.looseObject({ group: z.int().optional() }) },
    },
  } as unknown as Vendor['target'],
};

export const testKeyText = randomBytes(32).toString('base64');
export const testKey = parseMasterKey(testKeyText, 'test key');
export const testKeys: MasterKeys = { current: testKey, previous: null };

export interface TestStores {
  /** Opens a further store on the same database, as another process would. */
  open(
    vendors?: readonly Vendor[],
    further?: Partial<Pick<StoreOptions, 'migrates' | 'service' | 'masterKeys'>>,
  ): Promise<Store>;
  readonly database: string;
  dropAndClose(): Promise<void>;
}

/** A database of its own, dropped at the end. Needs MONGODB_URI. */
export function prepareTestStores(): TestStores {
  const uri = process.env.MONGODB_URI;
  if (uri === undefined) throw new Error('MONGODB_URI is not set: these tests need a MongoDB replica set');
  const database = `store-test-${randomBytes(5).toString('hex')}`;
  const opened: Store[] = [];
  return {
    database,
    open: async (vendors = [shopVendor, erpVendor], further = {}) => {
      const log = createSilentLogger();
      const store = await openStore({ uri, database, masterKeys: testKeys, vendors, log, ...further });
      opened.push(store);
      return store;
    },
    dropAndClose: async () => {
      await opened[0]?.mongoose.dropDatabase();
      await Promise.all(opened.map((store) => store.close()));
    },
  };
}

/** Waits until `check` holds. @throws when it takes too long */
export async function waitUntil(check: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
  const endsAt = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > endsAt) throw new Error(`did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
