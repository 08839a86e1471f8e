import { openTestWorld } from '@entrepot/embedded/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LedgerStore, type Operation, openLedgerStore } from '../src/store/collections.ts';
import { newTimeId } from '../src/store/documents.ts';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';
import { sweep, sweepAudit } from '../src/store/sweep.ts';

const NOW = Date.UTC(2026, 10, 1);
const OLD = NOW - 40 * 86_400_000;
const BEFORE = new Date(NOW - 30 * 86_400_000);

const world = openTestWorld('ledger');
let store: LedgerStore;

beforeAll(async () => {
  const { mongoose } = await world.openStore({ vendors: [], migrates: LEDGER_COLLECTIONS });
  store = openLedgerStore(mongoose);
});

afterAll(() => world.close());

function operation(atMs: number, state: Operation['state']): Operation {
  const at = new Date(atMs);
  const asked = { deliveryId: 'd', mode: 'as-is', requestedBy: 'ada', reason: 'again' } as const;
  return { _id: newTimeId(atMs), revision: 1, ...asked, state, result: null, createdAt: at, updatedAt: at };
}

it('removes ended operations past their retention, and keeps those under way', async () => {
  const kept = [operation(OLD, 'running'), operation(NOW, 'succeeded')];
  await store.operations.insertMany([operation(OLD, 'succeeded'), operation(OLD, 'failed'), ...kept]);
  await sweep(store, BEFORE);
  const left = await store.operations.find().sort({ _id: 1 }).toArray();
  expect(left.map(({ _id }) => _id)).toEqual(kept.map(({ _id }) => _id));
});

it('removes who did what after a time of its own', async () => {
  const entry = (atMs: number) => ({
    _id: newTimeId(atMs),
    at: new Date(atMs),
    actor: 'ada',
    role: 'operator',
    action: 'delivery.retry',
    subject: 'd',
    reason: null,
    outcome: 'done',
    details: {},
  });
  await store.audit.insertMany([entry(OLD), entry(NOW)]);
  expect(await sweepAudit(store, BEFORE)).toBe(1);
  expect(await store.audit.countDocuments()).toBe(1);
});
