import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { BudgetModel } from '@entrepot/runtime-kit/testing';
import { SANDBOXES } from '@entrepot/sandboxes';
import type { Store } from '@entrepot/store';
import { createMemoryVault } from '@entrepot/vendor-kit/testing';
import { loadVendors } from '@entrepot/vendors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VendorPorts } from '../src/vendors/ask-vendor.ts';
import { checkValueMap } from '../src/vendors/check-value-map.ts';
import { ValueLists } from '../src/vendors/list-values.ts';

let server: Server;
let lists: ValueLists;

/** Connections to the simulators, as the demo has them. */
const CONNECTIONS: Readonly<Record<string, (origin: string) => { vendor: string; settings: object; secrets: object }>> =
  {
    shop: (origin) => ({
      vendor: 'shopify',
      settings: { shop: 'demo.myshopify.test', baseUrl: `${origin}/shopify`, allowedAddresses: ['loopback'] },
      secrets: { accessToken: 'sandbox-token' },
    }),
    erp: (origin) => ({
      vendor: 'sap-b1',
      settings: { baseUrl: `${origin}/sap-b1`, allowedAddresses: ['loopback'], company: 'SBODEMO', user: 'manager' },
      secrets: { password: 'sandbox' },
    }),
    'erp-with-another-password': (origin) => ({
      vendor: 'sap-b1',
      settings: { baseUrl: `${origin}/sap-b1`, allowedAddresses: ['loopback'], company: 'SBODEMO', user: 'manager' },
      secrets: { password: 'wrong' },
    }),
    'erp-that-is-down': () => ({
      vendor: 'sap-b1',
      settings: { baseUrl: 'http://127.0.0.1:1', allowedAddresses: ['loopback'], company: 'SBODEMO', user: 'manager' },
      secrets: { password: 'sandbox' },
    }),
  };

beforeAll(async () => {
  const sandboxes = SANDBOXES.map(({ create }) => create({ webhookUrl: null }));
  server = createServer((request, response) => {
    const [, name] = (request.url ?? '').split('/', 2);
    sandboxes.find((sandbox) => sandbox.name === name)?.serve(request, response, () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const vendors = await loadVendors();
  const read = (id: string) => CONNECTIONS[id]?.(origin) ?? { vendor: '', settings: {}, secrets: {} };
  const connections = {
    find: (id: string) => ({ vendor: read(id).vendor, accessRevision: 1 }),
    open: async (id: string) => {
      const { vendor: name, settings, secrets } = read(id);
      const vendor = vendors.find((candidate) => candidate.name === name);
      const parsed = { settings: vendor?.settings.parse(settings), secrets: vendor?.secrets.parse(secrets) };
      return { id, label: id, revision: 1, ...parsed };
    },
  };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  lists = new ValueLists({
    store: {
      connections,
      credentials: { vault: () => createMemoryVault() },
      budgets: new BudgetModel(WALL_CLOCK),
    } as unknown as Store,
    vendors,
    log,
    now: Date.now,
  } as unknown as VendorPorts);
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('values of the simulated vendors', () => {
  it.each([
    ['shop', 'source', 'warehouse'],
    ['erp', 'target', 'warehouse'],
    ['erp', 'target', 'paymentTerms'],
    ['erp', 'target', 'tax'],
    ['erp', 'target', 'shipVia'],
  ] as const)('%s lists, as %s: %s', async (connection, side, kind) => {
    const { values } = await lists.list(connection, side, kind);
    expect(values.length).toBeGreaterThan(0);
    for (const { value, label } of values) expect([value, label]).not.toContain('');
  });

  it('hold a value map of warehouses', async () => {
    const [source, target] = await Promise.all([
      lists.list('shop', 'source', 'warehouse'),
      lists.list('erp', 'target', 'warehouse'),
    ]);
    const right = Object.fromEntries(source.values.map(({ value }) => [value, target.values[0]?.value ?? '']));
    expect(checkValueMap('warehouse', right, source, target).findings).toEqual([]);
    const { findings } = checkValueMap('warehouse', { ...right, '*': 'no such warehouse' }, source, target);
    expect(findings).toMatchObject([{ finding: 'unknown-target', source: '*', target: 'no such warehouse' }]);
  });

  it('are refused in words when the vendor is away, or refuses the credentials, or has no such kind', async () => {
    await expect(lists.list('erp-that-is-down', 'target', 'warehouse')).rejects.toMatchObject({ code: 'vendor-away' });
    await expect(lists.list('erp-with-another-password', 'target', 'warehouse')).rejects.toMatchObject({
      code: 'credentials-refused',
    });
    await expect(lists.list('shop', 'source', 'colour')).rejects.toMatchObject({ code: 'unknown-kind' });
  });
});
