import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrder, openSinkBench, type SinkBench } from './sink-bench.ts';

const TIMES = { settleMs: 500, lingerMs: 1_500, lookMs: 100 };
let bench: SinkBench;

beforeAll(async () => {
  bench = await openSinkBench({ collects: ['customer'] });
}, 60_000);
afterAll(() => bench?.close(), 60_000);

let orders = 0;

/** Publishes an order of a customer; what is written for it says on which states it is based. */
async function deliver(customer: string): Promise<string | undefined> {
  orders += 1;
  const id = `o${orders}`;
  await bench.publish(makeOrder(bench.shop, id, 1, { customer }));
  const told = () => bench.attempts().find(({ sourceId }) => sourceId === id)?.outcome;
  await bench.until(`${id} accounted for`, () => told() !== undefined);
  expect(told()).toBe('verified');
  return bench.target.documents.find(({ ref }) => ref === `${bench.shop}/${id}`)?.content;
}

const states = () => bench.store.mongoose.collection('latestStates');
const pair = () =>
  ({ vendor: bench.shop.replace('shop', 'fake-erp'), entity: 'customer', connection: bench.shop }) as const;

async function untilComplete(): Promise<void> {
  let done = false;
  const asking = setInterval(() => {
    void bench.store.stateFills.isDone(pair()).then((isDone) => {
      done = isDone;
    });
  }, 50);
  await bench.until('complete', () => done);
  clearInterval(asking);
}

async function switchFlow(active: boolean): Promise<void> {
  const [flow] = bench.store.flows.snapshot();
  if (flow === undefined) throw new Error('there is a flow');
  await bench.store.flows.update(flow.id, flow.revision, { active });
}

describe('states that plans are based on, on real Kafka and MongoDB', () => {
  it('are there for a flow that begins to collect after they passed', async () => {
    await bench.publishCustomer('early', 1);
    await bench.publishCustomer('early', 2);
    await bench.publishCustomer('gone', 1);
    await bench.eraseCustomer('gone');
    // Begins without a flow, as a sink whose flow a person adds later.
    await bench.startReplica('one', TIMES);
    await bench.publishCustomer('passed', 1);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await states().countDocuments({ connection: bench.shop })).toBe(0);
    await bench.addTarget('erp');
    await bench.publish(makeOrder(bench.shop, 'too-soon', 1, { customer: 'early' }));
    const first = () => bench.attempts().find(({ sourceId }) => sourceId === 'too-soon');
    await bench.until('told', () => first() !== undefined);
    expect(first()).toMatchObject({ outcome: 'waiting', error: { code: 'states-incomplete' } });
    await untilComplete();
    expect(await deliver('early')).toBe('hash-1+early@2');
    expect(await deliver('passed')).toBe('hash-1+passed@1');
    expect(await deliver('gone')).toBe('hash-1');
  });

  it('are as new as what was routed before', async () => {
    await bench.publishCustomer('early', 3);
    await bench.publishCustomer('late', 7);
    await waitForState('late', 7);
    await waitForState('early', 3);
    expect(await deliver('early')).toBe('hash-1+early@3');
    expect(await deliver('late')).toBe('hash-1+late@7');
  });

  it('go when their record is erased', async () => {
    await bench.eraseCustomer('late');
    await waitForState('late', null);
    expect(await deliver('late')).toBe('hash-1');
  });

  it('are kept by whichever replica routes', async () => {
    const second = await bench.startReplica('two', TIMES);
    for (let version = 1; version <= 20; version += 1) await bench.publishCustomer(`c${version}`, version);
    await second.stop();
    for (let version = 1; version <= 20; version += 1) await waitForState(`c${version}`, version);
  }, 60_000);

  it('are forgotten when no flow collects them any more, and filled in anew when one does again', async () => {
    await switchFlow(false);
    await until('forgotten', async () => (await bench.store.stateFills.list(pair().vendor)).length === 0);
    expect(await states().countDocuments({ connection: bench.shop, value: { $ne: null } })).toBe(0);
    await bench.publishCustomer('early', 4);
    await switchFlow(true);
    await untilComplete();
    expect(await deliver('early')).toBe('hash-1+early@4');
    expect(await deliver('c20')).toBe('hash-1+c20@20');
    expect(await deliver('late')).toBe('hash-1');
  }, 60_000);
});

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 25_000;
  while (!(await check())) {
    if (performance.now() > endsAt) throw new Error(`${what}: not in time`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Null: erased. */
async function waitForState(sourceId: string, version: number | null): Promise<void> {
  await until(`state of ${sourceId}`, async () => {
    const state = await states().findOne({ connection: bench.shop, sourceId });
    return version === null ? state?.value === null : state?.version === version;
  });
}
