import type { PlannedDocument } from '@entrepot/vendor-kit';
import { afterEach, beforeEach } from 'vitest';
import { makeFlow, makeOrder } from './orders-for-tests.ts';
import { openCall, startTestSandbox, type TestSandbox, type TestTarget } from './sandbox-for-tests.ts';

export let test: TestSandbox;
export let target: TestTarget;
export const call = openCall();

/** A sandbox of its own for each test of the spec that calls it, and the target opened on it. */
export function useSandbox(): void {
  beforeEach(async () => {
    test = await startTestSandbox();
    target = test.open();
  });
  afterEach(async () => {
    await target.close();
    await test.close();
  });
}

/** The document that an order of one line becomes. */
export async function planOrder(price = '12.50'): Promise<PlannedDocument> {
  const outcome = target.entity('order').map(makeOrder({ lines: [{ price }] }), {
    flow: makeFlow(),
    resolved: [],
    profile: await target.companyProfile(call),
    sourceKey: 'shop/1001',
    existing: () => null,
    now: () => Date.now(),
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.documents[0] as PlannedDocument;
}
