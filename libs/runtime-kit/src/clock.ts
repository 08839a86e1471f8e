/** The time source of runtimes and ledger. A test or a simulation supplies a virtual one. */
export interface Clock {
  /** Microseconds UTC. */
  nowMicros(): number;
  /** Milliseconds of a clock that never jumps and advances while the process is stopped. */
  monotonicMs(): number;
  /** Waits, at most 24 days: a caller that waits longer checks again then. Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A longer timer of Node fires immediately (its docs of `setTimeout`). */
const MAX_TIMER_MS = 2_147_483_647;

const monotonicMs = (): number => performance.now();

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const wake = (): void => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(MAX_TIMER_MS, Math.max(0, ms)));
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Wall time anchored once on the monotonic clock: it never jumps, even when a person or NTP sets the machine's clock. */
export function createClock(): Clock {
  const offsetMs = Date.now() - monotonicMs();
  return { nowMicros: () => Math.floor((monotonicMs() + offsetMs) * 1_000), monotonicMs, sleep };
}

/** The machine's wall time: it jumps when the machine's clock does, and is right after a laptop has slept. For times that people read. */
export const WALL_CLOCK: Clock = { nowMicros: () => Date.now() * 1_000, monotonicMs, sleep };

/** Time that all replicas share: the database's clock, at most 100 ms wrong; within a process no value repeats or decreases. */
export interface SharedClock extends Clock {
  /** Measures the offset again; keeps the previous one while the database answers too slowly for a measurement. */
  adjust(): Promise<void>;
}

/** The error of the time in an answer is at most half of the answer's duration. */
const MAX_ROUND_TRIP_MS = 200;
/** More than the clocks of two replicas differ, each at most 100 ms wrong. Within one process times compare exactly. */
export const MAX_DIFFERENCE_MICROS = 250_000;
const SAMPLES = 3;
const START_WITHIN_MS = 60_000;

/**
 * Replicas compare read times ("a read begun before the last published one never publishes"), so these must come from one clock: the
 * database's. Its offset from this process' monotonic clock is measured at start and periodically. A jump of the machine's own clock has no
 * effect; the remaining error is half a round trip.
 * @throws the error of `readDatabaseTimeMs` · Error when the database answers too slowly for a minute
 */
export async function createSharedClock(
  readDatabaseTimeMs: () => Promise<number>,
  startWithinMs = START_WITHIN_MS,
): Promise<SharedClock> {
  let lastMicros = 0;

  /** The offset from the fastest of several answers; null when all were too slow. */
  async function measure(): Promise<number | null> {
    let bestRoundTripMs = MAX_ROUND_TRIP_MS;
    let offsetMs: number | null = null;
    for (let i = 0; i < SAMPLES; i += 1) {
      const before = monotonicMs();
      const databaseMs = await readDatabaseTimeMs();
      const roundTripMs = monotonicMs() - before;
      if (roundTripMs >= bestRoundTripMs) continue;
      bestRoundTripMs = roundTripMs;
      offsetMs = databaseMs - (before + roundTripMs / 2);
    }
    return offsetMs;
  }

  async function measureFirst(): Promise<number> {
    const deadline = monotonicMs() + startWithinMs;
    for (;;) {
      const offsetMs = await measure();
      if (offsetMs !== null) return offsetMs;
      if (monotonicMs() > deadline) {
        throw new Error(
          `MongoDB takes more than ${MAX_ROUND_TRIP_MS} ms for each answer: the clock that replicas share cannot be set by it`,
        );
      }
    }
  }

  let offsetMs = await measureFirst();
  return {
    monotonicMs,
    sleep,
    nowMicros() {
      const micros = Math.floor((monotonicMs() + offsetMs) * 1_000);
      lastMicros = Math.max(micros, lastMicros + 1);
      return lastMicros;
    },
    adjust: async () => {
      offsetMs = (await measure()) ?? offsetMs;
    },
  };
}
