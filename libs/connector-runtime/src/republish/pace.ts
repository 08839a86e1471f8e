import { WALL_CLOCK } from '@entrepot/runtime-kit/clock';

/** Lets callers through at a steady rate, one after the other; nothing is saved up while nobody comes. */
export function createPace(perSecond: number): (signal: AbortSignal) => Promise<void> {
  let nextAtMs = 0;
  return async (signal) => {
    const nowMs = WALL_CLOCK.monotonicMs();
    const atMs = Math.max(nowMs, nextAtMs);
    nextAtMs = atMs + 1_000 / perSecond;
    if (atMs > nowMs) await WALL_CLOCK.sleep(atMs - nowMs, signal);
  };
}
