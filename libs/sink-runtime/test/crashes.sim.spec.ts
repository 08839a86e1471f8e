import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../src/testing/fault.ts';
import { type CrashPoint, SinkProcess, World } from './model/world.ts';

const HOUR_MS = 3_600_000;
const MAX_LIVES = 40;

interface Scenario {
  /** Versions in the order of their lane records, by source id. */
  readonly orders: readonly { readonly id: string; readonly versions: readonly number[] }[];
  /** Orders that need the one customer, who has a delivery of its own as well. */
  readonly sharedCustomer: boolean;
  readonly faults: Readonly<Record<string, readonly (Fault | null)[]>>;
  readonly crashes: readonly CrashPoint[];
  readonly databaseDownMs: number;
  /** A restarted process takes its lanes back at once; another one waits for the lease to end. */
  readonly sameOwner: boolean;
  /** The first process is stopped (not killed) then, and goes on while its successor works; null = never. */
  readonly zombieAfterMs: number | null;
}

const writeFault = fc.constantFrom<Fault | null>(
  null,
  null,
  'cut-before',
  'cut-after',
  'late',
  'down',
  'timeout',
  'throttled',
  'unexpected',
);
const readFault = fc.constantFrom<Fault | null>(null, null, null, 'down', 'timeout', 'throttled', 'unexpected');

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  orders: fc
    .array(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((lists) => lists.map((versions, index) => ({ id: String(index + 1), versions }))),
  sharedCustomer: fc.boolean(),
  faults: fc.record({
    create: fc.array(writeFault, { maxLength: 5 }),
    update: fc.array(writeFault, { maxLength: 5 }),
    find: fc.array(readFault, { maxLength: 4 }),
    read: fc.array(readFault, { maxLength: 4 }),
    match: fc.array(readFault, { maxLength: 3 }),
  }),
  crashes: fc.array(fc.record({ call: fc.integer({ min: 1, max: 25 }), when: fc.constantFrom('before', 'after') }), {
    maxLength: 4,
  }),
  databaseDownMs: fc.constantFrom(0, 0, 0, 3_000, 20_000),
  sameOwner: fc.boolean(),
  zombieAfterMs: fc.option(fc.integer({ min: 5, max: 400 }), { nil: null }),
});

/** Scenarios in which a mistake was found once. */
const FOUND: readonly Scenario[] = [
  // The successor's own intent hid the one of the process that had died with a request under way.
  {
    orders: [
      { id: '1', versions: [1] },
      { id: '2', versions: [1] },
    ],
    sharedCustomer: false,
    faults: { create: ['late', 'late'] },
    crashes: [{ call: 12, when: 'before' }],
    databaseDownMs: 0,
    sameOwner: true,
    zombieAfterMs: null,
  },
];

/** Runs a scenario to its end: each crash is followed by another process that reads what is unfinished. */
async function play(scenario: Scenario): Promise<World> {
  const world = new World();
  for (const [operation, faults] of Object.entries(scenario.faults)) world.target.faults.set(operation, [...faults]);
  const customer = { sourceKey: 'shop/c1', email: 'ann@example.com' };
  if (scenario.sharedCustomer)
    world.append('customer', { deleted: false, id: 'c1', version: 1, content: customer.email });
  for (const { id, versions } of scenario.orders) {
    for (const version of versions) {
      const needs = scenario.sharedCustomer ? { customer } : {};
      world.append('order', { deleted: false, id, version, content: `v${version}`, ...needs });
    }
  }
  if (scenario.databaseDownMs > 0) {
    world.clock.schedule(200, () => {
      world.databaseDownUntilMs = world.clock.monotonicMs() + scenario.databaseDownMs;
    });
  }
  const crashes = [...scenario.crashes];
  if (scenario.zombieAfterMs !== null) await leaveZombie(world, scenario.zombieAfterMs);
  for (let life = 0; life < MAX_LIVES; life += 1) {
    const process = new SinkProcess(world, scenario.sameOwner ? 'sink' : `life-${life}`, crashes.shift() ?? null);
    const end = await world.clock.drive(process.work(), 24 * HOUR_MS);
    if (end === 'died') continue;
    await world.clock.drive(Promise.race([process.stop(), process.died]), HOUR_MS);
    return world;
  }
  throw new Error('it never ended');
}

/** A process that is stopped in the middle of its work for longer than its lease, and then goes on as if nothing had happened. */
async function leaveZombie(world: World, afterMs: number): Promise<void> {
  const zombie = new SinkProcess(world, 'zombie');
  void zombie.work().catch(() => {});
  world.clock.schedule(afterMs, () => zombie.pauseUntil(world.clock.monotonicMs() + 15_000));
  // Until its lease has run out and a successor may begin; its partition is revoked when it wakes.
  world.clock.schedule(afterMs + 16_000, () => {
    zombie.stopping.abort(new Error('revoked'));
    void zombie.stop();
  });
  await world.clock.drive(new Promise<void>((resolve) => void world.clock.schedule(afterMs + 8_500, resolve)), HOUR_MS);
}

function checkPromises(world: World, scenario: Scenario): void {
  const documents = new Map<string, number>();
  for (const { ref, kind } of world.target.documents)
    documents.set(`${kind} ${ref}`, (documents.get(`${kind} ${ref}`) ?? 0) + 1);
  expect([...documents].filter(([, count]) => count > 1)).toEqual([]);

  const newest = new Map<string, number>();
  for (const { ref, version } of world.target.log) {
    expect(version, `a stale write of ${ref}`).toBeGreaterThanOrEqual(newest.get(ref) ?? 0);
    newest.set(ref, version);
  }

  const told = new Map<string, string>();
  for (const attempt of world.attempts()) told.set(attempt.deliveryId, attempt.outcome);
  const accounted = new Set(['verified', 'delivered', 'unchanged', 'superseded', 'retrying', 'failed']);
  for (const record of world.records) {
    expect(accounted, `end of ${record.headers.ce_id}`).toContain(told.get(record.headers.entrepot_delivery ?? ''));
  }

  for (const { id, versions } of scenario.orders) {
    const last = Math.max(...versions);
    const end = told.get(`order-${id}-${last}-v${last}`);
    if (end === 'retrying' || end === 'failed') continue;
    expect(world.target.documents.find(({ ref }) => ref === `shop/${id}`)).toMatchObject({ content: `v${last}` });
  }
  if (scenario.sharedCustomer) {
    expect(world.target.documents.filter(({ kind }) => kind === 'customer').length).toBeLessThanOrEqual(1);
  }
}

describe('a process that may die at every call', () => {
  it('makes one document, writes nothing stale, and accounts for every delivery', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => checkPromises(await play(scenario), scenario)),
      { numRuns: Number(process.env.SIM_RUNS ?? 300), examples: FOUND.map((scenario) => [scenario]) },
    );
  }, 120_000);

  it('does so at each call of a plain create and update, before and after it took effect', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let call = 1; call <= 30; call += 1) {
        const scenario: Scenario = {
          orders: [{ id: '1', versions: [1, 2] }],
          sharedCustomer: true,
          faults: {},
          crashes: [{ call, when }],
          databaseDownMs: 0,
          sameOwner: call % 2 === 0,
          zombieAfterMs: null,
        };
        checkPromises(await play(scenario), scenario);
      }
    }
  });
});
