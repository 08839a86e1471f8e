import { openTestWorld } from '@entrepot/embedded/testing';
import type { Store } from '@entrepot/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findActor, hashToken } from '../src/access/tokens.ts';
import type { Delivery } from '../src/states/delivery.ts';
import { applyAttempt } from '../src/states/transitions.ts';
import { type ApiToken, type LedgerStore, openLedgerStore } from '../src/store/collections.ts';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';
import { attemptReport, rejected } from './reports.ts';

const DAY_MS = 86_400_000;
const RULES = { attempts: 6, firstDelayMs: 1_000, maxDelayMs: 60_000, waitingRecheckMs: 60_000 };
const world = openTestWorld('ledger');
const opened: Store[] = [];
let ledger: LedgerStore;

/** As a ledger of this release starts. */
async function start(): Promise<LedgerStore> {
  const store = await world.openStore({ vendors: [], migrates: LEDGER_COLLECTIONS });
  opened.push(store);
  return openLedgerStore(store.mongoose);
}

beforeAll(async () => {
  ledger = await start();
});
afterAll(() => world.close());

/** The database as 0.1.0 leaves it: without marks. */
async function forgetMarks(): Promise<void> {
  await opened[0]?.mongoose.collection('schema').deleteMany({});
}

it('makes due what was put off beyond all dates, and leaves all others alone', async () => {
  const now = new Date();
  const retrying = applyAttempt(null, attemptReport({ outcome: 'retrying', error: rejected('busy') }), RULES, now);
  const lost = [new Date(0), new Date(-1), new Date(now.getTime() + 60 * DAY_MS), new Date(8.64e15)];
  const kept = [new Date(now.getTime() + 29 * DAY_MS), new Date(now.getTime() + 1_000), null];
  const at = (nextAttemptAt: Date | null, index: number): Delivery => ({
    ...{ ...retrying, _id: `${nextAttemptAt?.getTime()}-${index}`, revision: 4, nextAttemptAt },
    eventId: `event-${index}`,
  });
  const ended: Delivery = { ...at(new Date(0), 100), _id: 'ended', state: 'delivered', endedAt: now };
  await ledger.deliveries.insertMany([...lost.map(at), ...kept.map((date, index) => at(date, index + 10)), ended]);
  const before = new Map((await ledger.deliveries.find().toArray()).map((delivery) => [delivery._id, delivery]));
  await forgetMarks();
  await start();
  const after = await ledger.deliveries.find().toArray();
  const changed = after.filter(({ _id, revision }) => revision !== before.get(_id)?.revision);
  expect(changed.map(({ _id }) => _id).sort()).toEqual(lost.map((date, index) => at(date, index)._id).sort());
  for (const { nextAttemptAt, revision } of changed) {
    expect(revision).toBe(5);
    expect(Math.abs((nextAttemptAt?.getTime() ?? 0) - now.getTime())).toBeLessThan(60_000);
  }
});

it('writes out that the tokens of 0.1.0 are in force', async () => {
  const token = 'ent_0123456789abcdef0123456789abcdef';
  const stored = { _id: 'token', hash: hashToken(token), label: 'ops', role: 'admin', createdAt: new Date() } as const;
  await ledger.tokens.insertOne({ ...stored, createdBy: 'start' } as unknown as ApiToken);
  await forgetMarks();
  await start();
  expect(await ledger.tokens.findOne({ _id: 'token' })).toMatchObject({ revokedAt: null });
  expect(await findActor(ledger, token)).toMatchObject({ label: 'ops', role: 'admin' });
});
