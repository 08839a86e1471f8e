import { VirtualClock } from '@entrepot/runtime-kit/testing';
import { expect, it } from 'vitest';
import { FirstAttempts } from '../src/router/route.ts';

const never = new AbortController().signal;

it('a lane whose first attempts come too late is not waited for, until one is quick again', async () => {
  const clock = new VirtualClock();
  const attempts = new FirstAttempts(clock);
  const held = attempts.expect('erp', 'd1');
  expect(await clock.drive(held?.isTold(never) ?? Promise.reject(), 10_000)).toBe(false);
  expect(attempts.expect('erp', 'd2')).toBeNull();
  // Another target's lane is another matter.
  expect(attempts.expect('warehouse', 'd2')).not.toBeNull();

  const routedLongAgo = clock.nowMicros() - 1_000_001;
  attempts.told('erp', 'd2', routedLongAgo);
  expect(attempts.expect('erp', 'd3')).toBeNull();
  attempts.told('erp', 'd3', clock.nowMicros() - 40_000);
  const quick = attempts.expect('erp', 'd4');
  clock.schedule(50, () => attempts.told('erp', 'd4', clock.nowMicros() - 50_000));
  expect(await clock.drive(quick?.isTold(never) ?? Promise.reject(), 10_000)).toBe(true);
});

it('a delivery that was told before its append was acknowledged counts', async () => {
  const clock = new VirtualClock();
  const attempts = new FirstAttempts(clock);
  const expected = attempts.expect('erp', 'd1');
  attempts.told('erp', 'd1', clock.nowMicros());
  expect(await clock.drive(expected?.isTold(never) ?? Promise.reject(), 10_000)).toBe(true);
});
