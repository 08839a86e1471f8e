import { ConnectionBudget } from '@entrepot/runtime-kit/budget';
import { type Circuit, createCircuit } from '@entrepot/runtime-kit/circuit';
import { BudgetModel, VirtualClock } from '@entrepot/runtime-kit/testing';
import { createSilentLogger } from '@entrepot/service-kit';
import { openClient } from '@entrepot/vendor-kit';
import { createMemoryVault, createSessionVault } from '@entrepot/vendor-kit/testing';
import { expect, it } from 'vitest';
import { LaneHeld, LaneInterrupted } from '../src/lane/access.ts';
import { LaneSession } from '../src/lane/session.ts';
import { TargetModel } from '../src/testing/target-model.ts';

const connection = { id: 'erp', label: 'ERP', revision: 1, settings: {}, secrets: {} };
const NEVER = new AbortController().signal;

type Step = 'gate' | 'budget' | 'breaker' | 'lease';

/** One call through a session whose ports note who decides, and of which one refuses. */
async function callThrough(refuses: Step | null): Promise<{ readonly asked: string[]; readonly error: unknown }> {
  const asked: string[] = [];
  const clock = new VirtualClock();
  const log = createSilentLogger();
  const limits = { concurrency: 1, requests: [], points: false };
  const budget = new ConnectionBudget({
    connection: 'erp',
    holder: 'sink',
    limits,
    shares: new BudgetModel(clock),
    clock,
    log,
  });
  const rule = { volumeThreshold: 5, windowMs: 10_000, failurePercent: 50, failuresInARow: 5 };
  const listener = { opened() {}, halfOpened() {}, closed() {} };
  const real = createCircuit(listener, { ...rule, reset: { firstMs: 1_000, longestMs: 1_000 } });
  const circuit: Circuit = {
    ...real,
    run(action) {
      asked.push('breaker');
      if (refuses === 'breaker') real.pause('out of order', 1_000);
      return real.run(action);
    },
  };
  const model = new TargetModel(clock);
  const { target } = openClient(
    { client: model.client(), source: null, target: model.definition() },
    { connection, log, now: () => 0, raiseAttention: () => {}, budget, credentials: createMemoryVault() },
  );
  const session = new LaneSession({
    clock,
    connection,
    lease: {
      connection: 'erp',
      owner: 'one',
      epoch: 1,
      remainingMs: () => 60_000,
      outlives: () => {
        asked.push('lease');
        return refuses !== 'lease';
      },
    },
    client: {
      target,
      budget: {
        enter(wants, signal) {
          asked.push('budget');
          return refuses === 'budget' ? Promise.reject(new Error('no place')) : budget.enter(wants, signal);
        },
        noteSuccess: () => budget.noteSuccess(),
      },
      spend: () => {},
      release: () => budget.close(),
    },
    sessions: createSessionVault(),
    asOutage: (error) => error,
    circuit,
    leaseReserveMs: 1_000,
    held: () => {
      asked.push('gate');
      return refuses === 'gate' ? 'stopped' : null;
    },
    onSuccess: () => {},
    onThrottled: () => {},
    onUnauthorized: () => {},
    observe: () => {},
  });
  let error: unknown = null;
  const called = session
    .call({
      name: 'read',
      bulk: false,
      signal: NEVER,
      record: () => {},
      run: async (call) => {
        call.beforeSend(1_000);
        asked.push('call');
      },
    })
    .catch((failure: unknown) => {
      error = failure;
    });
  await clock.drive(called, 60_000);
  real.close();
  return { asked, error };
}

it('a call is decided on by the gate, the budget, the breaker and the lease, in this order', async () => {
  // The gate once more: it may have shut while the call waited for the budget.
  const order = ['gate', 'budget', 'gate', 'breaker', 'lease', 'call'];
  expect(await callThrough(null)).toEqual({ asked: order, error: null });
  const upTo = (step: Step): string[] => order.slice(0, order.indexOf(step) + 1);
  for (const step of ['gate', 'budget', 'breaker', 'lease'] as const)
    expect((await callThrough(step)).asked).toEqual(upTo(step));
  expect((await callThrough('breaker')).error).toBeInstanceOf(LaneHeld);
  expect((await callThrough('lease')).error).toBeInstanceOf(LaneInterrupted);
});
