import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from './histogram.ts';

export interface OpenLoopResult {
  /** From the moment a call was due, instead of when it was sent: a stall counts for every call it delayed. */
  readonly latency: Histogram;
  readonly failed: number;
  /** Calls answered per second, from the first due one to the last answer. */
  readonly achievedPerSecond: number;
}

/**
 * Makes calls at a constant rate, regardless of the answers (no coordinated omission).
 * @param call receives the running number; rejects or resolves to false when it failed
 */
export async function runOpenLoop(
  perSecond: number,
  seconds: number,
  call: (index: number) => Promise<boolean>,
): Promise<OpenLoopResult> {
  const total = Math.round(perSecond * seconds);
  const latency = new Histogram();
  const startedAt = performance.now();
  const calls: Promise<void>[] = [];
  let failed = 0;
  const make = async (index: number, dueAt: number): Promise<void> => {
    const ok = await call(index).catch(() => false);
    if (ok) latency.add(performance.now() - dueAt);
    else failed += 1;
  };
  for (let index = 0; index < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1);
    for (; index < due; index += 1) calls.push(make(index, startedAt + (index / perSecond) * 1_000));
    await sleep(1);
  }
  await Promise.all(calls);
  return { latency, failed, achievedPerSecond: (total - failed) / ((performance.now() - startedAt) / 1_000) };
}
