import type { AdminClient } from '@entrepot/stack/clients';
import { expect, test } from 'vitest';
import { settle } from '../../src/chaos/oracle/settle.ts';
import type { Commit } from '../../src/chaos/oracle/verdict.ts';
import type { SandboxClient } from '../../src/chaos/surroundings/sandbox-client.ts';
import { noteOfState, referenceOf, type SentOrder } from '../../src/chaos/traffic.ts';

const ORDER: SentOrder = {
  id: '1',
  name: '#1001',
  email: 'a@example.com',
  placedAt: 0,
  isPrompt: true,
  state: 0,
  quantity: 4,
  cancelled: false,
};
const REFERENCE = referenceOf(ORDER.id);
const DOCUMENT = {
  DocEntry: 17,
  U_EntrepotRef: REFERENCE,
  Comments: noteOfState(0),
  Cancelled: 'tNO',
  DocumentLines: [
    { ItemCode: 'A00001', Quantity: 1 },
    { ItemCode: 'A00003', Quantity: 4 },
  ],
};
const TIMES = { lookEveryMs: 5, lateMs: 60 };

function create(id: string): Commit {
  return { externalRef: REFERENCE, kind: 'Orders', id, action: 'create', at: '', remarks: noteOfState(0) };
}

/** A company that holds the order's document, and a ledger that knows of it. */
function settled(readCommits: () => Promise<readonly Commit[]>, complete: boolean) {
  const sandbox = {
    post: async () => ({ SessionId: 'session' }),
    get: async (path: string) => ({ value: path.includes('/Orders') ? [DOCUMENT] : [] }),
  } as unknown as SandboxClient;
  const delivery = { id: 'delivery', from: 'shop', sourceId: ORDER.id, state: 'verified' };
  const admin = {
    get: async (path: string) =>
      path === '/v1/unaccounted'
        ? { items: [], complete }
        : { items: path.includes('state=') ? [] : [delivery], next: null },
  } as unknown as AdminClient;
  const parts = { sandbox, admin, sent: new Map([[ORDER.id, ORDER]]), readCommits, password: () => 'x' };
  return settle(parts, 150, new AbortController().signal, () => undefined, TIMES);
}

test('what is well is looked at once more, when what was late has come', async () => {
  const looks: number[] = [];
  const { verdict, settledAt } = await settled(async () => {
    looks.push(Date.now());
    return looks.length < 3 ? [create('17')] : [create('17'), create('18')];
  }, true);
  expect(verdict.duplicated).toHaveLength(1);
  // Told is the first look at which nothing was missing, not the last one.
  expect(settledAt).toBeLessThan(looks[2] ?? 0);
});

test('a ledger that never catches up with its topics is found', async () => {
  const { unaccounted } = await settled(async () => [create('17')], false);
  expect(unaccounted).toEqual([{ id: 'ledger', what: 'it has not taken in all that its topics hold' }]);
});
