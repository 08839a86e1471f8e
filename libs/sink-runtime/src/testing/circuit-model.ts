import { type Circuit, type CircuitFactory, CircuitOpen } from '../lane/circuit.ts';

const FAILURES_IN_A_ROW = 3;
const RESET_MS = 1_000;

/**
 * A breaker on simulated time: three failures in a row open it, one success closes it. It stands in for the one on opossum, which keeps
 * its time with the machine's own timers.
 */
export function circuitModel(clock: { schedule(ms: number, wake: () => void): unknown }): CircuitFactory {
  return (listener): Circuit => {
    let state: Circuit['state'] = 'closed';
    let inARow = 0;
    let probing = false;
    const open = (reason: string): void => {
      state = 'open';
      listener.opened(reason);
      clock.schedule(RESET_MS, () => {
        state = 'half-open';
        probing = false;
        listener.halfOpened();
      });
    };
    return {
      get state() {
        return state;
      },
      get probing() {
        return state === 'half-open' && probing;
      },
      async run(action) {
        if (state === 'open' || (state === 'half-open' && probing)) throw new CircuitOpen('open');
        const isProbe = state === 'half-open';
        if (isProbe) probing = true;
        try {
          const verdict = await action();
          if (!verdict.sent) {
            if (isProbe) probing = false;
            return verdict;
          }
          inARow = 0;
          if (state === 'half-open') {
            state = 'closed';
            listener.closed();
          }
          return verdict;
        } catch (error) {
          inARow += 1;
          if (state === 'half-open' || (state === 'closed' && inARow >= FAILURES_IN_A_ROW)) open(String(error));
          throw error;
        }
      },
      close: () => {},
    };
  };
}
