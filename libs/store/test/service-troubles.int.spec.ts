import { createSilentLogger } from '@entrepot/service-kit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ServiceTrouble, Store } from '../src/index.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
beforeAll(async () => {
  store = await stores.open();
});
afterAll(() => stores.dropAndClose());

const HELD: ServiceTrouble = { subject: 'orders/3', message: '$held: cannot be decoded', advice: 'delete the batch' };
const listSubjects = async () =>
  (await store.serviceTroubles.list()).map(({ service, subject }) => `${service} ${subject}`);

it('is told once, stands while it is repeated, and is taken back by who told it', async () => {
  const { serviceTroubles } = store;
  await serviceTroubles.tell('sink', 'a', [HELD]);
  const [first] = await serviceTroubles.list();
  expect(first).toEqual({ service: 'sink', ...HELD, since: expect.any(Date), toldAt: expect.any(Date) });
  await serviceTroubles.tell('sink', 'a', [HELD, { ...HELD, subject: 'orders/4' }]);
  await serviceTroubles.tell('ledger', 'c', [HELD]);
  expect(await listSubjects()).toEqual(['sink orders/3', 'sink orders/4', 'ledger orders/3']);
  expect((await serviceTroubles.list())[0]?.since).toEqual(first?.since);
  await serviceTroubles.tell('sink', 'a', []);
  expect(await listSubjects()).toEqual(['ledger orders/3']);
  await serviceTroubles.tell('ledger', 'c', []);
});

it('goes over to the process that has the partition now', async () => {
  const { serviceTroubles } = store;
  await serviceTroubles.tell('sink', 'a', [HELD]);
  const [before] = await serviceTroubles.list();
  await serviceTroubles.tell('sink', 'b', [HELD]);
  await serviceTroubles.tell('sink', 'a', []);
  expect(await serviceTroubles.list()).toMatchObject([{ subject: 'orders/3', since: before?.since }]);
  await serviceTroubles.tell('sink', 'b', []);
});

it('is over when nobody says it any more, and begins anew when somebody does', async () => {
  const { serviceTroubles, mongoose } = store;
  await serviceTroubles.tell('sink', 'killed', [HELD]);
  const longAgo = new Date(Date.now() - 60_000);
  await mongoose.collection('serviceTroubles').updateMany({}, { $set: { toldAt: longAgo, since: longAgo } });
  expect(await serviceTroubles.list()).toEqual([]);
  await serviceTroubles.tell('sink', 'next', [HELD]);
  const [again] = await serviceTroubles.list();
  expect(again?.since.getTime()).toBeGreaterThan(longAgo.getTime());
  await serviceTroubles.tell('sink', 'next', []);
});

it('follows what a service finds, and takes it back when the service stops', { timeout: 30_000 }, async () => {
  let found: readonly ServiceTrouble[] = [HELD];
  const stop = store.serviceTroubles.follow('sink', () => found, createSilentLogger());
  const expectToBe = (subjects: string[]) =>
    vi.waitFor(async () => expect(await listSubjects()).toEqual(subjects), { timeout: 10_000, interval: 100 });
  await expectToBe(['sink orders/3']);
  found = [];
  await expectToBe([]);
  found = [HELD];
  await expectToBe(['sink orders/3']);
  await stop();
  expect(await listSubjects()).toEqual([]);
});
