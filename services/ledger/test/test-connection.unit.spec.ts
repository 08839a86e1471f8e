import { InvalidSettings, type Store } from '@entrepot/store';
import { InvalidBaseUrl, type Vendor } from '@entrepot/vendor-kit';
import { createMemoryVault } from '@entrepot/vendor-kit/testing';
import { describe, expect, it } from 'vitest';
import type { VendorPorts } from '../src/vendors/ask-vendor.ts';
import { testConnection } from '../src/vendors/test-connection.ts';

function portsWith(connections: object, vendors: readonly Partial<Vendor>[] = [], log: object = {}): VendorPorts {
  const ports = {
    store: { connections, credentials: { vault: () => createMemoryVault() } } as unknown as Store,
    vendors,
    log,
    now: Date.now,
  };
  return ports as unknown as VendorPorts;
}

describe('a connection test', () => {
  it('of settings that cannot be used says which, and why', async () => {
    const problems = [{ path: 'settings.baseUrl', message: '10.0.0.5 is not public (private)' }];
    const open = async () => {
      throw new InvalidSettings('connection "erp"', problems);
    };
    expect(await testConnection(portsWith({ open }), 'erp')).toEqual({
      ok: false,
      checks: [
        {
          name: 'settings',
          ok: false,
          message: 'settings.baseUrl: 10.0.0.5 is not public (private)',
          advice: expect.stringContaining('Correct the settings'),
        },
      ],
    });
  });

  it('that a defect of ours stops says so, is logged with the error, and asks the other side all the same', async () => {
    const logged: unknown[] = [];
    let opened = 0;
    const failing = new TypeError('limits is not iterable');
    const vendor = {
      name: 'both',
      budget: () => ({ concurrency: 1, requests: [], points: false }),
      client: {
        open: () => {
          opened += 1;
          return null;
        },
        close: async () => {},
      },
      source: {
        test: async () => {
          throw failing;
        },
      },
      target: {
        test: async () => ({ ok: true, checks: [{ name: 'sign-in', ok: true, message: 'signed in' }] }),
      },
    } as unknown as Vendor;
    const connections = {
      open: async () => ({ id: 'c' }),
      find: () => ({ vendor: 'both' }),
      setAttention: async () => {},
    };
    const log = { error: (facts: object) => logged.push(facts), warn: () => {} };
    const report = await testConnection(portsWith(connections, [vendor], log), 'c');
    expect(report).toEqual({
      ok: false,
      checks: [
        {
          name: 'source',
          ok: false,
          message: 'A defect in Entrepot stopped the test: limits is not iterable',
          advice: "Report it with the error in the ledger's log.",
        },
        { name: 'sign-in', ok: true, message: 'signed in' },
      ],
    });
    expect(logged).toEqual([{ err: failing, what: 'source' }]);
    expect(opened, 'clients').toBe(1);
  });

  it('of a client that cannot be opened says so once', async () => {
    const failing = new InvalidBaseUrl('the address is not allowed');
    const vendor = {
      name: 'both',
      budget: () => ({ concurrency: 1, requests: [], points: false }),
      client: {
        open: () => {
          throw failing;
        },
      },
      source: {},
      target: {},
    } as unknown as Vendor;
    const connections = { open: async () => ({ id: 'c' }), find: () => ({ vendor: 'both' }) };
    expect(await testConnection(portsWith(connections, [vendor]), 'c')).toEqual({
      ok: false,
      checks: [
        {
          name: 'connection',
          ok: false,
          message: 'the address is not allowed',
          advice: "Correct the connection's URL, or name the address in its allowedAddresses.",
        },
      ],
    });
  });
});
