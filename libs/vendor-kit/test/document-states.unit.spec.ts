import { createOrder } from '@entrepot/canonical';
import { flowSettingsSchemaOf } from '@entrepot/mapping';
import { expect, it } from 'vitest';
import { type DesiredState, type DocumentState, defineTarget, noSettings, openClient } from '../src/index.ts';
import { freeBudget } from '../src/testing/free-call.ts';
import { createMemoryVault } from '../src/testing/memory-vault.ts';

interface Types {
  readonly settings: unknown;
  readonly client: unknown;
  readonly profile: unknown;
  readonly state: unknown;
}

const target = defineTarget<Types>({
  test: async () => ({ ok: true, checks: [] }),
  values: {},
  entities: {
    order: {
      settings: noSettings,
      guard: 'look-up',
      visibleWithinMs: () => 0,
      verifyByDefault: true,
      reference: ({ id }) => id,
      map: () => ({ ok: true, documents: [] }),
      find: async () => [],
      create: async () => ({ targetId: '1', targetNumber: null, status: 'created' }),
      read: async () => null,
      update: async () => ({ status: 'unchanged' }),
      compare: () => [{ path: 'total' }],
      stateHash: () => '',
    },
  },
});
const opened = openClient(
  { client: { open: () => null, close: async () => {} }, source: null, target },
  {
    raiseAttention: () => {},
    connection: { id: 'erp', label: 'ERP', settings: {}, secrets: {}, revision: 1 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    now: Date.now,
    budget: freeBudget(),
    credentials: createMemoryVault(),
  },
);
const flow = flowSettingsSchemaOf('order').parse({});

const STATES: readonly DocumentState[] = ['pending', 'draft', 'posted', 'closed', 'cancelled'];

it.each<[DesiredState, readonly DocumentState[]]>([
  ['draft', ['draft', 'posted', 'closed']],
  ['posted', ['posted', 'closed']],
  ['closed', ['closed']],
  ['cancelled', ['cancelled']],
])('a document that is to be %s is so as %j, and in no other state', (desired, reachedBy) => {
  const order = opened.target?.entity('order');
  const { source } = createOrder({ source: { connection: 'shop', vendor: 'x', id: '1' } });
  const planned = { role: 'order', subId: null, desired, body: {}, externalRef: source.id };
  const compare = (state: DocumentState | null) =>
    order?.compare(planned, { targetId: '1', targetNumber: null, state, body: {}, etag: null }, flow);
  for (const state of STATES) {
    const differs = reachedBy.includes(state) ? [] : [{ path: 'state', expected: desired, actual: state }];
    expect(compare(state)).toEqual([...differs, { path: 'total' }]);
  }
  expect(compare(null)).toEqual([{ path: 'total' }]);
});
