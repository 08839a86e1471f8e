import { pause } from '../publish/retry.ts';

/** Lets callers through at a steady rate, one after the other; nothing is saved up while nobody comes. */
export function createPace(perSecond: number): (signal: AbortSignal) => Promise<void> {
  let nextAtMs = 0;
  return async (signal) => {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, nextAtMs);
    nextAtMs = atMs + 1_000 / perSecond;
    if (atMs > nowMs) await pause(atMs - nowMs, signal);
  };
}
