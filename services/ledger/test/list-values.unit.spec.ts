import { InvalidSettings, type Store } from '@entrepot/store';
import {
  defineSource,
  InvalidBaseUrl,
  noSettings,
  type Vendor,
  VendorError,
  type VendorErrorKind,
} from '@entrepot/vendor-kit';
import { createMemoryVault } from '@entrepot/vendor-kit/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { VendorPorts } from '../src/vendors/ask-vendor.ts';
import { ValueLists } from '../src/vendors/list-values.ts';

const WAREHOUSES = [{ value: '1', label: 'Main' }];

/** A ledger's view of one connection, whose vendor lists warehouses by `list` (null: nothing); how often it was asked, and what was logged. */
function openLists(
  list: (() => Promise<typeof WAREHOUSES>) | null,
  open: () => Promise<object> = async () => ({ id: 'shop' }),
) {
  const asked: string[] = [];
  const logged: object[] = [];
  const clock = { nowMs: 1_000_000, accessRevision: 1 };
  const vendor: Vendor = {
    name: 'quiet',
    title: 'Quiet',
    settings: z.looseObject({}),
    secrets: z.looseObject({}),
    movedSettings: [],
    oauth: null,
    budget: () => ({ concurrency: 8, requests: [], points: false }),
    client: { open: () => null, close: async () => {} },
    source: defineSource({
      test: async () => ({ ok: true, checks: [] }),
      scopes: [],
      values:
        list === null
          ? {}
          : {
              warehouse: () => {
                asked.push('warehouse');
                return list();
              },
            },
      entities: {
        order: {
          settings: noSettings,
          batch: { count: 1 },
          pollIntervalMs: 60_000,
          absence: 'deletes',
          fetch: async () => [],
          poll: async function* () {},
        },
      },
    }),
    target: null,
  };
  const connections = { open, find: () => ({ vendor: 'quiet', accessRevision: clock.accessRevision }) };
  const ports = {
    store: { connections, credentials: { vault: () => createMemoryVault() } } as unknown as Store,
    vendors: [vendor],
    log: { warn: () => {}, debug: () => {}, info: () => {}, error: (facts: object) => logged.push(facts) },
    now: () => clock.nowMs,
  } as unknown as VendorPorts;
  return { lists: new ValueLists(ports), asked, logged, clock };
}

describe('values of a vendor', () => {
  it('are asked for once a minute, however many ask, and anew after a change of the credentials', async () => {
    const { lists, asked, clock } = openLists(async () => WAREHOUSES);
    const ask = () => lists.list('shop', 'source', 'warehouse');
    const [one, other] = await Promise.all([ask(), ask()]);
    expect([one.values, other.values, asked.length]).toEqual([WAREHOUSES, WAREHOUSES, 1]);
    clock.nowMs += 59_000;
    await ask();
    expect(asked).toHaveLength(1);
    clock.nowMs += 1_000;
    await ask();
    expect(asked).toHaveLength(2);
    clock.accessRevision = 2;
    await ask();
    expect(asked).toHaveLength(3);
  });

  it('of an unknown kind, or of a side that the vendor has not, are not there', async () => {
    const { lists } = openLists(async () => WAREHOUSES);
    await expect(lists.list('shop', 'source', 'colour')).rejects.toMatchObject({
      status: 404,
      code: 'unknown-kind',
      message: expect.stringContaining('warehouse'),
    });
    await expect(lists.list('shop', 'target', 'warehouse')).rejects.toMatchObject({
      status: 404,
      code: 'no-such-side',
    });
  });

  it.each([
    ['unavailable', 503, 'vendor-away'],
    ['timeout', 503, 'vendor-away'],
    ['throttled', 503, 'vendor-away'],
    ['unauthorized', 409, 'credentials-refused'],
    ['rejected', 409, 'vendor-refused'],
  ] as const)(
    'that the vendor does not give (%s) are told in words, and asked for again',
    async (kind, status, code) => {
      let refusing: VendorErrorKind | null = kind;
      const { lists } = openLists(async () => {
        if (refusing !== null) throw new VendorError(refusing, 'not now', { retryAfterMs: 1_500, advice: 'Wait.' });
        return WAREHOUSES;
      });
      const refusal = { status, code, message: 'not now Wait.', headers: status === 503 ? { 'Retry-After': '2' } : {} };
      await expect(lists.list('shop', 'source', 'warehouse')).rejects.toMatchObject(refusal);
      refusing = null;
      expect((await lists.list('shop', 'source', 'warehouse')).values).toEqual(WAREHOUSES);
    },
  );

  it('of a connection without its secrets name what is missing', async () => {
    const { lists } = openLists(
      async () => WAREHOUSES,
      async () => {
        throw new InvalidSettings('connection "shop"', [{ path: 'secrets.token', message: 'is needed' }]);
      },
    );
    await expect(lists.list('shop', 'source', 'warehouse')).rejects.toMatchObject({
      status: 409,
      code: 'connection-unusable',
      errors: [{ path: 'secrets.token', message: 'is needed' }],
    });
  });

  it.each([new TypeError('items is not iterable'), new InvalidBaseUrl('needs https')])(
    'that a vendor lib breaks down on are a problem by themselves: %s',
    async (error) => {
      const { lists, logged } = openLists(() => Promise.reject(error));
      const isDefect = error instanceof TypeError;
      await expect(lists.list('shop', 'source', 'warehouse')).rejects.toMatchObject({
        name: 'Problem',
        status: isDefect ? 500 : 409,
        code: isDefect ? 'vendor-defect' : 'connection-unusable',
        message: expect.stringContaining(error.message),
      });
      // A defect is for the log, a setting for the operator.
      expect(logged).toEqual(isDefect ? [{ err: error, connection: 'shop', side: 'source', kind: 'warehouse' }] : []);
    },
  );

  it('of a connection that the database does not give are not blamed on the vendor', async () => {
    const away = new Error('the database is gone');
    const { lists, logged } = openLists(
      async () => WAREHOUSES,
      () => Promise.reject(away),
    );
    await expect(lists.list('shop', 'source', 'warehouse')).rejects.toBe(away);
    expect(logged).toEqual([]);
  });

  it('of a vendor without any say so', async () => {
    const { lists } = openLists(null);
    await expect(lists.list('shop', 'source', 'warehouse')).rejects.toMatchObject({
      status: 404,
      code: 'unknown-kind',
      message: expect.stringMatching(/lists no values/),
    });
  });
});
