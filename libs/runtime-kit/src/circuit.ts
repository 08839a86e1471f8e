import { type BackoffRule, backoffMs, spreadMs } from '@entrepot/service-kit/backoff';
import CircuitBreaker from 'opossum';

/** What a call shows of the system's health. `sent` false: nothing left the process (a cached answer), so it shows nothing. */
export type CallVerdict<T> = { readonly sent: boolean } & (
  | { readonly system: 'works'; readonly value: T }
  /** An answer that concerns the record or our credentials, not the system's health. */
  | { readonly system: 'answers'; readonly error: unknown }
);

export interface CircuitListener {
  opened(reason: string): void;
  /** One trial call is allowed. */
  halfOpened(): void;
  closed(): void;
}

export type CircuitState = 'closed' | 'open' | 'half-open';

/** Stands for a call under way. */
export type BegunCall = symbol;

/** A circuit breaker that learns the result of each call. */
export interface Circuit {
  readonly state: CircuitState;
  /** Half-open, and the trial call is in flight. */
  readonly probing: boolean;
  /** Begins a call; null while none is allowed. Each begun call ends with one of the next three methods. */
  tryBegin(): BegunCall | null;
  /** The system answered. Resolves when this has taken effect. */
  succeeded(): Promise<void>;
  /** The system did not answer, or is out of order. A circuit that this opens is open when it returns. */
  failed(reason: string): Promise<void>;
  /** The call showed nothing about the system: if it was the trial call, another trial is allowed. */
  left(call: BegunCall): void;
  /** Runs a call between begin and end. @throws CircuitOpen instead of calling · the error of the action */
  run<T>(action: () => Promise<CallVerdict<T>>): Promise<CallVerdict<T>>;
  /** Opens for the time that the system asked for. */
  pause(reason: string, forMs: number): void;
  /** Closes, because the cause of the failures is corrected. */
  reset(): void;
  close(): void;
}

export type CircuitFactory = (listener: CircuitListener) => Circuit;

export class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';
}

/** When a share of failures opens a breaker. */
export interface BreakerRule {
  /** Fewest calls in the window. Opossum's own default (0) opens on the first failure. */
  readonly volumeThreshold: number;
  readonly windowMs: number;
  readonly failurePercent: number;
}

export interface CircuitOptions extends BreakerRule {
  /** Consecutive failures that open it however few calls there are: quiet connections have outages too. */
  readonly failuresInARow: number;
  /** How long it stays open before a trial call: longer after each failed trial. */
  readonly reset: BackoffRule;
  /** Between 0 and 1: spreads the trials of many circuits that failed together; evenly by default. */
  readonly random?: () => number;
}

/** The part of a breaker that keeps window, thresholds and timers: opossum, or a model of it on simulated time. */
export interface Breaker {
  readonly state: CircuitState;
  /** Ignored while it is open. */
  tell(ended: 'well' | 'badly'): Promise<void>;
  open(): void;
  close(): void;
  shutdown(): void;
}

export interface BreakerPorts {
  readonly rule: BreakerRule;
  /** How long it stays open; read each time it may open. */
  resetMs(): number;
  opened(): void;
  halfOpened(): void;
  closed(): void;
}

export type BreakerFactory = (ports: BreakerPorts) => Breaker;

/**
 * Reports the end of each call to opossum when it is known. So a call that sent nothing is not counted, and opossum's own call handling is
 * not used: business errors are resolved values (an error passed by its `errorFilter` would close a half-open circuit), it has no timeout
 * of its own (each request has one, and a write whose end is unknown has not failed), and calls share nothing that one of them could abort.
 */
export const createOpossumBreaker: BreakerFactory = ({ rule, resetMs, opened, halfOpened, closed }) => {
  const settings: CircuitBreaker.Options = {
    timeout: false,
    volumeThreshold: rule.volumeThreshold,
    errorThresholdPercentage: rule.failurePercent,
    rollingCountTimeout: rule.windowMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    resetTimeout: resetMs(),
  };
  const breaker = new CircuitBreaker<[() => Promise<void>], void>((end) => end(), settings);
  breaker.on('open', opened);
  breaker.on('halfOpen', halfOpened);
  breaker.on('close', closed);
  return {
    get state() {
      return breaker.opened ? 'open' : breaker.halfOpen ? 'half-open' : 'closed';
    },
    async tell(ended) {
      if (breaker.opened) return;
      // Opossum reads the option each time it opens.
      if (ended === 'badly') settings.resetTimeout = resetMs();
      await breaker.fire(ended === 'well' ? async () => {} : () => Promise.reject(new Error('failed'))).catch(() => {});
    },
    open() {
      settings.resetTimeout = resetMs();
      breaker.open();
    },
    close: () => breaker.close(),
    shutdown: () => breaker.shutdown(),
  };
};

/**
 * A circuit: adds to a breaker the openings that no share of failures causes, the single trial call while half-open, and the growing time
 * it stays open.
 */
export function createCircuit(
  listener: CircuitListener,
  options: CircuitOptions,
  createBreaker: BreakerFactory = createOpossumBreaker,
): Circuit {
  const { random } = options;
  let opened = 0;
  let inARow = 0;
  let probe: BegunCall | null = null;
  let reason = '';
  let askedMs: number | null = null;
  const breaker = createBreaker({
    rule: options,
    // A system that stays down gets fewer and fewer trials.
    resetMs() {
      if (askedMs !== null) return askedMs;
      const delayMs = backoffMs(options.reset, opened + 1);
      return random === undefined ? delayMs : spreadMs(delayMs, random());
    },
    opened() {
      probe = null;
      opened += 1;
      listener.opened(reason);
    },
    halfOpened() {
      probe = null;
      listener.halfOpened();
    },
    closed() {
      probe = null;
      opened = 0;
      inARow = 0;
      listener.closed();
    },
  });

  function tryBegin(): BegunCall | null {
    const { state } = breaker;
    if (state === 'open' || (state === 'half-open' && probe !== null)) return null;
    const call = Symbol('call');
    if (state === 'half-open') probe = call;
    return call;
  }

  /** A call that began earlier may end while another one tries. */
  function left(call: BegunCall): void {
    if (probe === call) probe = null;
  }

  async function succeeded(): Promise<void> {
    inARow = 0;
    await breaker.tell('well');
  }

  async function failed(why: string): Promise<void> {
    // Concurrent calls fail together: an open circuit already counts the failure.
    if (breaker.state === 'open') return;
    reason = why;
    inARow += 1;
    const opens = breaker.state === 'half-open' || inARow >= options.failuresInARow;
    const told = breaker.tell('badly');
    if (opens) breaker.open();
    await told;
  }

  return {
    get state() {
      return breaker.state;
    },
    get probing() {
      return breaker.state === 'half-open' && probe !== null;
    },
    tryBegin,
    succeeded,
    failed,
    left,
    async run<T>(action: () => Promise<CallVerdict<T>>): Promise<CallVerdict<T>> {
      const call = tryBegin();
      if (call === null) throw new CircuitOpen('the circuit is open');
      let verdict: CallVerdict<T>;
      try {
        verdict = await action();
      } catch (error) {
        await failed(error instanceof Error ? error.message : String(error));
        throw error;
      }
      if (verdict.sent) await succeeded();
      else left(call);
      return verdict;
    },
    pause(why, forMs) {
      if (breaker.state === 'open') return;
      reason = why;
      askedMs = forMs;
      breaker.open();
      askedMs = null;
    },
    reset: () => breaker.close(),
    close: () => breaker.shutdown(),
  };
}
