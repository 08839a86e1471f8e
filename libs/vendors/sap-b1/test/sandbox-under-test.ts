import type { Target } from '@entrepot/vendor-kit';
import { afterEach, beforeEach } from 'vitest';
import { openCall, startTestSandbox, type TestSandbox } from './sandbox-for-tests.ts';

/** A sandbox of its own for each test of the spec that imports it, and the target opened on it. */
export let test: TestSandbox;
export let target: Target;
export const call = openCall();

beforeEach(async () => {
  test = await startTestSandbox();
  target = test.open();
});
afterEach(async () => {
  await target.close();
  await test.close();
});
