/** Time as all replicas agree on it. */
export interface SharedClock {
  /** Microseconds UTC by the database's clock, at most 100 ms wrong; never the same twice, never back, in this process. */
  nowMicros(): number;
  /** Measures the offset again; keeps the old one while the database answers too slowly to tell. */
  adjust(): Promise<void>;
}

/** The time in an answer may be wrong by half of the time the answer took. */
const MOST_ROUND_TRIP_MS = 200;
/** More than the clocks of two replicas differ, each at most 100 ms wrong. Within one process times compare exactly. */
export const MOST_DIFFERENCE_MICROS = 250_000;
const SAMPLES = 3;
const START_WITHIN_MS = 60_000;

/**
 * Read times are compared between replicas ("a read begun before the last published one never publishes"), so they must come from one
 * clock. The database's is that: its offset from this process' monotonic clock is measured at start and now and then. A jump of the
 * machine's own clock is without effect; what remains is half a round trip.
 * @throws what `readDatabaseTimeMs` throws · Error when the database answers too slowly for a minute
 */
export async function createSharedClock(
  readDatabaseTimeMs: () => Promise<number>,
  startWithinMs = START_WITHIN_MS,
): Promise<SharedClock> {
  let lastMicros = 0;

  /** The offset by the quickest of some answers; null when all were too slow. */
  async function measure(): Promise<number | null> {
    let bestRoundTripMs = MOST_ROUND_TRIP_MS;
    let offsetMs: number | null = null;
    for (let i = 0; i < SAMPLES; i += 1) {
      const before = performance.now();
      const databaseMs = await readDatabaseTimeMs();
      const roundTripMs = performance.now() - before;
      if (roundTripMs >= bestRoundTripMs) continue;
      bestRoundTripMs = roundTripMs;
      offsetMs = databaseMs - (before + roundTripMs / 2);
    }
    return offsetMs;
  }

  async function measureFirst(): Promise<number> {
    const deadline = performance.now() + startWithinMs;
    for (;;) {
      const offsetMs = await measure();
      if (offsetMs !== null) return offsetMs;
      if (performance.now() > deadline) {
        throw new Error(
          `MongoDB takes more than ${MOST_ROUND_TRIP_MS} ms for each answer: the clock that replicas share cannot be set by it`,
        );
      }
    }
  }

  let offsetMs = await measureFirst();
  return {
    nowMicros() {
      const micros = Math.floor((performance.now() + offsetMs) * 1_000);
      lastMicros = Math.max(micros, lastMicros + 1);
      return lastMicros;
    },
    adjust: async () => {
      offsetMs = (await measure()) ?? offsetMs;
    },
  };
}
