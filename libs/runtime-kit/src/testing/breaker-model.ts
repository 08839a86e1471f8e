import type { BreakerFactory, CircuitState } from '../circuit.ts';

/** Opossum's default. */
const BUCKETS = 10;

interface ModelClock {
  monotonicMs(): number;
  schedule(ms: number, wake: () => void): unknown;
}

/**
 * Opossum on simulated time; opossum itself uses the machine's timers. A window of ten buckets in which more than a share of failures opens
 * it; open for a time; half open until a call ends. `circuit.unit.spec.ts` plays the same traces to both.
 */
export function breakerModel(clock: ModelClock): BreakerFactory {
  return ({ rule, resetMs, opened, halfOpened, closed }) => {
    const bucketMs = Math.floor(rule.windowMs / BUCKETS);
    const beganMs = clock.monotonicMs();
    const ends: { readonly bucket: number; readonly badly: boolean }[] = [];
    let state: CircuitState = 'closed';
    let openings = 0;

    const open = (): void => {
      if (state === 'open') return;
      state = 'open';
      openings += 1;
      const opening = openings;
      clock.schedule(resetMs(), () => {
        if (state !== 'open' || opening !== openings) return;
        state = 'half-open';
        halfOpened();
      });
      opened();
    };
    const close = (): void => {
      if (state === 'closed') return;
      state = 'closed';
      closed();
    };
    const isMostlyBad = (): boolean => {
      const bucket = Math.floor((clock.monotonicMs() - beganMs) / bucketMs);
      while (ends[0] !== undefined && ends[0].bucket <= bucket - BUCKETS) ends.shift();
      const failures = ends.filter(({ badly }) => badly).length;
      return ends.length >= rule.volumeThreshold && (failures / ends.length) * 100 > rule.failurePercent;
    };

    return {
      get state() {
        return state;
      },
      async tell(ended) {
        if (state === 'open') return;
        ends.push({ bucket: Math.floor((clock.monotonicMs() - beganMs) / bucketMs), badly: ended === 'badly' });
        if (ended === 'well') {
          if (state === 'half-open') close();
        } else if (state === 'half-open' || isMostlyBad()) open();
      },
      open,
      close,
      shutdown: () => {
        openings += 1;
      },
    };
  };
}
