import { Histogram } from './histogram.ts';
import { runOpenLoop } from './open-loop.ts';
import { awaitStored, type Company } from './sink-load.ts';

export interface OrderLatency {
  /** From when each order was due on the topic until its document was stored, ms. */
  readonly latency: Histogram;
  /** Orders that did not arrive in time. */
  readonly missing: number;
}

export interface OrderLoad {
  readonly companies: readonly Company[];
  readonly perSecond: number;
  readonly seconds: number;
  readonly timeoutMs: number;
  /** Publishes one order by its running number; returns its reference, or null when it does not count. */
  publish(index: number): Promise<string | null>;
}

/** Publishes orders at a constant rate and waits until the companies hold those that count. */
export async function meterOrderLatency(load: OrderLoad): Promise<OrderLatency> {
  const { companies, perSecond, seconds, timeoutMs, publish } = load;
  const dueAt = new Map<string, number>();
  const startedAt = Date.now();
  await runOpenLoop(perSecond, seconds, async (index) => {
    const reference = await publish(index);
    if (reference !== null) dueAt.set(reference, startedAt + (index / perSecond) * 1_000);
    return true;
  });
  const stored = await awaitStored(companies, [...dueAt.keys()], timeoutMs);
  const latency = new Histogram();
  for (const [reference, due] of dueAt) {
    const at = stored.get(reference);
    if (at !== undefined) latency.add(Math.max(0, at - due));
  }
  return { latency, missing: dueAt.size - latency.count };
}
