import { type BackoffRule, backoffMs, spreadMs } from '@entrepot/service-kit/backoff';
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

export type CircuitState = 'closed' | 'open' | 'half-open';

/** A circuit breaker, told how each call ended. */
export interface Circuit {
  readonly state: CircuitState;
  /** Half-open, and the one call that tries is under way. */
  readonly probing: boolean;
  /** Begins a call; false while none may be made. Each that began ends with one of the three that follow. */
  tryBegin(): boolean;
  /** The system answered. Resolves once that took effect. */
  succeeded(): Promise<void>;
  /** The system did not answer, or is out of order. What this opens is open when it returns. */
  failed(reason: string): Promise<void>;
  /** The call said nothing about the system: another one may try. */
  left(): void;
  /** Runs a call between begin and end. @throws CircuitOpen instead of calling · what the action threw */
  run<T>(action: () => Promise<CallVerdict<T>>): Promise<CallVerdict<T>>;
  /** Opens for so long, because the system asked for it. */
  pause(reason: string, forMs: number): void;
  /** Closes, because what failed was put right. */
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
  /** Failures in a row, none succeeding between, that open it however few calls there are: quiet connections have outages too. */
  readonly failuresInARow: number;
  /** How long it stays open before a call tries: longer each time that fails. */
  readonly reset: BackoffRule;
  /** Between 0 and 1: spreads the tries of many that failed together; evenly unless given. */
  readonly random?: () => number;
}

/** The part of a breaker that keeps window, thresholds and timers: opossum, or a model of it on simulated time. */
export interface Breaker {
  readonly state: CircuitState;
  /** Takes no notice while it is open. */
  tell(ended: 'well' | 'badly'): Promise<void>;
  open(): void;
  close(): void;
  shutdown(): void;
}

export interface BreakerPorts {
  readonly rule: BreakerRule;
  /** How long it is to stay open, asked each time it may open. */
  resetMs(): number;
  opened(): void;
  halfOpened(): void;
  closed(): void;
}

export type BreakerFactory = (ports: BreakerPorts) => Breaker;

/**
 * Opossum is told the end of each call when it is known. So a call that sent nothing is not counted at all, and its habits do no harm:
 * business errors are resolved values (an error passed by its `errorFilter` would close a half-open circuit), it has no timeout of its own
 * (each request has one, and a write whose end is unknown has not failed), and nothing is shared between calls that one could abort.
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
      // Opossum reads the option anew each time it opens.
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

/** A circuit: what opens it beside a share of failures, who may try when it is half open, and for how long it stays open. */
export function createCircuit(
  listener: CircuitListener,
  options: CircuitOptions,
  createBreaker: BreakerFactory = createOpossumBreaker,
): Circuit {
  const { random } = options;
  let opened = 0;
  let inARow = 0;
  let probing = false;
  let reason = '';
  let askedMs: number | null = null;
  const breaker = createBreaker({
    rule: options,
    // A system that stays down is asked less and less often.
    resetMs() {
      if (askedMs !== null) return askedMs;
      const delayMs = backoffMs(options.reset, opened + 1);
      return random === undefined ? delayMs : spreadMs(delayMs, random());
    },
    opened() {
      probing = false;
      opened += 1;
      listener.opened(reason);
    },
    halfOpened() {
      probing = false;
      listener.halfOpened();
    },
    closed() {
      probing = false;
      opened = 0;
      inARow = 0;
      listener.closed();
    },
  });

  function tryBegin(): boolean {
    const { state } = breaker;
    if (state === 'open' || (state === 'half-open' && probing)) return false;
    if (state === 'half-open') probing = true;
    return true;
  }

  async function succeeded(): Promise<void> {
    inARow = 0;
    await breaker.tell('well');
  }

  async function failed(why: string): Promise<void> {
    // Calls that were under way together fail together: an open circuit has heard of it.
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
      return breaker.state === 'half-open' && probing;
    },
    tryBegin,
    succeeded,
    failed,
    left() {
      probing = false;
    },
    async run<T>(action: () => Promise<CallVerdict<T>>): Promise<CallVerdict<T>> {
      const isProbe = breaker.state === 'half-open';
      if (!tryBegin()) throw new CircuitOpen('the circuit is open');
      let verdict: CallVerdict<T>;
      try {
        verdict = await action();
      } catch (error) {
        await failed(error instanceof Error ? error.message : String(error));
        throw error;
      }
      if (verdict.sent) await succeeded();
      else if (isProbe) probing = false;
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
