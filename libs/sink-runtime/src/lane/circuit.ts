import CircuitBreaker from 'opossum';

/** What an operation said about the system it called. `sent` false: nothing left the process (a cached answer), so nothing was said. */
export type CallVerdict<T> = { readonly sent: boolean } & (
  | { readonly system: 'works'; readonly value: T }
  /** An answer that concerns the record or our credentials, not the system's health. */
  | { readonly system: 'answers'; readonly error: unknown }
);

export interface CircuitListener {
  opened(reason: string): void;
  /** One call may try whether it works again. */
  halfOpened(): void;
  closed(): void;
}

/** A circuit breaker. `run` throws {@link CircuitOpen} instead of calling while it is open, and what the action threw otherwise. */
export interface Circuit {
  readonly state: 'closed' | 'open' | 'half-open';
  /** Half-open, and the one call that tries is under way. */
  readonly probing: boolean;
  run<T>(action: () => Promise<CallVerdict<T>>): Promise<CallVerdict<T>>;
  close(): void;
}

export type CircuitFactory = (listener: CircuitListener) => Circuit;

export class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';
}

export interface CircuitOptions {
  /** Fewest calls in the window before a share of failures opens it. Opossum's own default (0) opens on the first failure. */
  readonly volumeThreshold: number;
  readonly windowMs: number;
  readonly failurePercent: number;
  /** Failures in a row, none succeeding between, that open it however few calls there are: quiet lanes have outages too. */
  readonly failuresInARow: number;
  readonly firstResetMs: number;
  readonly longestResetMs: number;
}

export const CIRCUIT_DEFAULTS: CircuitOptions = {
  volumeThreshold: 10,
  windowMs: 10_000,
  failurePercent: 40,
  failuresInARow: 3,
  firstResetMs: 1_000,
  longestResetMs: 30_000,
};

/**
 * A circuit on opossum, which keeps window, thresholds and states; each call's end is told to it when it is known. So a call that sent
 * nothing is not counted at all, and its habits do no harm: business errors are resolved values (an error passed by its `errorFilter`
 * would close a half-open circuit), it has no timeout of its own (each request has one, and a write whose end is unknown has not
 * failed), and nothing is shared between calls that one could abort.
 */
export function createCircuit(listener: CircuitListener, options: CircuitOptions = CIRCUIT_DEFAULTS): Circuit {
  let resetMs = options.firstResetMs;
  let inARow = 0;
  let probing = false;
  let lastFailure = '';
  const settings: CircuitBreaker.Options = {
    timeout: false,
    volumeThreshold: options.volumeThreshold,
    errorThresholdPercentage: options.failurePercent,
    rollingCountTimeout: options.windowMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    resetTimeout: resetMs,
  };
  const breaker = new CircuitBreaker<[() => Promise<void>], void>((end) => end(), settings);
  breaker.on('open', () => {
    probing = false;
    listener.opened(lastFailure);
    // Opossum reads the option anew each time it opens: a system that stays down is asked less and less often.
    resetMs = Math.min(options.longestResetMs, resetMs * 2);
    settings.resetTimeout = resetMs;
  });
  breaker.on('halfOpen', () => {
    probing = false;
    listener.halfOpened();
  });
  breaker.on('close', () => {
    probing = false;
    resetMs = options.firstResetMs;
    settings.resetTimeout = resetMs;
    inARow = 0;
    listener.closed();
  });

  /** Tells opossum how a call ended; while it is open it takes no notice of late answers. */
  async function tell(end: () => Promise<void>): Promise<void> {
    if (!breaker.opened) await breaker.fire(end).catch(() => {});
  }

  return {
    get state() {
      return breaker.opened ? 'open' : breaker.halfOpen ? 'half-open' : 'closed';
    },
    get probing() {
      return breaker.halfOpen && probing;
    },
    async run<T>(action: () => Promise<CallVerdict<T>>): Promise<CallVerdict<T>> {
      if (breaker.opened || (breaker.halfOpen && probing)) throw new CircuitOpen('the circuit is open');
      const isProbe = breaker.halfOpen;
      if (isProbe) probing = true;
      try {
        const verdict = await action();
        if (verdict.sent) {
          inARow = 0;
          await tell(async () => {});
        } else if (isProbe) probing = false;
        return verdict;
      } catch (error) {
        lastFailure = error instanceof Error ? error.message : String(error);
        inARow += 1;
        await tell(() => Promise.reject(error as Error));
        if (inARow >= options.failuresInARow && breaker.closed) breaker.open();
        throw error;
      }
    },
    close: () => breaker.shutdown(),
  };
}
