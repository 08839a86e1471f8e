/** Time as all replicas agree on it. */
export interface SharedClock {
  /** Microseconds UTC by the database's clock; never the same twice, never back, in this process. */
  nowMicros(): number;
  /** Measures the offset again. */
  adjust(): Promise<void>;
}

/**
 * Read times are compared between replicas ("a read begun before the last published one never publishes"), so they must come from one
 * clock. The database's is that: its offset from this process' monotonic clock is measured at start and now and then. A jump of the
 * machine's own clock is without effect; what remains is half a round trip.
 */
export async function createSharedClock(readDatabaseTimeMs: () => Promise<number>): Promise<SharedClock> {
  let offsetMs = 0;
  let bestRoundTripMs = Number.POSITIVE_INFINITY;
  let lastMicros = 0;

  async function measure(samples: number): Promise<void> {
    bestRoundTripMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < samples; i += 1) {
      const before = performance.now();
      const databaseMs = await readDatabaseTimeMs();
      const roundTripMs = performance.now() - before;
      if (roundTripMs >= bestRoundTripMs) continue;
      bestRoundTripMs = roundTripMs;
      offsetMs = databaseMs - (before + roundTripMs / 2);
    }
  }
  await measure(3);

  return {
    nowMicros() {
      const micros = Math.floor((performance.now() + offsetMs) * 1_000);
      lastMicros = Math.max(micros, lastMicros + 1);
      return lastMicros;
    },
    adjust: () => measure(3),
  };
}
