import type { ErrorDetail } from '@entrepot/canonical';
import { type BegunCall, type CircuitOptions, createCircuit } from '@entrepot/runtime-kit/circuit';
import { type Clock, WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { backoffMs, spreadMs } from '@entrepot/service-kit/backoff';
import { isStoreUnavailable } from '@entrepot/store';
import type { VendorError } from '@entrepot/vendor-kit';

/** Kinds that concern the vendor or our access to it, not the record. */
const HOLDING_KINDS = new Set(['unavailable', 'timeout', 'throttled', 'unauthorized']);

/** One failure holds the connection: a waiting read costs nothing, and vendors count calls. */
const CIRCUIT: CircuitOptions = {
  volumeThreshold: 1,
  windowMs: 10_000,
  failurePercent: 40,
  failuresInARow: 1,
  reset: { firstMs: 250, longestMs: 30_000 },
  random: Math.random,
};
/** Consecutive failures before the operator is alerted: a short outage is not worth a message. */
const FAILURES_BEFORE_ATTENTION = 4;

export type HoldState =
  | { readonly held: false }
  | { readonly held: true; readonly reason: string; readonly kind: string };

/**
 * The circuit breaker of one connection. Failures that are no fault of a record hold all calls of that connection: work
 * waits, and one probe at a time finds out when calls succeed again. Refused credentials are not probed (accounts
 * lock): only `release` ends that.
 */
export interface Hold {
  /**
   * Begins a call; null when none may be made now. While failing, it admits one caller at a time, which must report how
   * its call ended.
   */
  tryEnter(): BegunCall | null;
  succeeded(): void;
  /** Records an error. Returns true when it holds the connection, false when it concerns the record alone. */
  failed(error: VendorError): boolean;
  /** Call given up without an end (closed): if it was the probe, another one may probe. */
  left(call: BegunCall): void;
  /** Credentials or settings changed, or a person tested them: retry immediately. */
  release(): void;
  /** Called when calls may be tried again; returns a function that ends it. */
  onResume(listener: () => void): () => void;
  state(): HoldState;
  close(): void;
}

export interface HoldOptions {
  /** Called when credentials are refused, and with null when they work again. */
  onUnauthorized(message: string | null): void;
  /** Called with a message when an outage lasts, and with null when it is over. */
  onOutage(message: string | null): void;
  onChange?(state: HoldState): void;
}

export function createHold({ onUnauthorized, onOutage, onChange = () => {} }: HoldOptions): Hold {
  const listeners = new Set<() => void>();
  let failures = 0;
  let kind = '';
  let reason = '';
  let refused = false;
  let attentionRaised = false;
  let outageTold = false;

  const state = (): HoldState => (refused || circuit.state === 'open' ? { held: true, reason, kind } : { held: false });
  const wake = (): void => {
    if (!state().held) for (const listener of [...listeners]) listener();
  };
  const circuit = createCircuit(
    {
      opened: () => onChange(state()),
      halfOpened() {
        onChange(state());
        wake();
      },
      closed() {
        failures = 0;
        wake();
      },
    },
    CIRCUIT,
  );
  const recover = (): void => {
    if (outageTold) {
      outageTold = false;
      onOutage(null);
    }
    void circuit.succeeded();
  };

  return {
    tryEnter: () => (refused ? null : circuit.tryBegin()),
    succeeded() {
      if (attentionRaised) {
        attentionRaised = false;
        onUnauthorized(null);
      }
      recover();
    },
    failed(error) {
      if (!HOLDING_KINDS.has(error.kind)) {
        // It answered: what waits for the probe may go.
        recover();
        return false;
      }
      if (error.kind === 'unauthorized') {
        if (!attentionRaised || !refused)
          onUnauthorized(error.advice === null ? error.message : `${error.message} ${error.advice}`);
        attentionRaised = true;
        refused = true;
        ({ kind, message: reason } = error);
        onChange(state());
        return true;
      }
      // Calls that were under way together fail together: that is one failure.
      if (state().held) return true;
      failures += 1;
      ({ kind, message: reason } = error);
      if (error.kind !== 'throttled' && failures >= FAILURES_BEFORE_ATTENTION) {
        outageTold = true;
        onOutage(`${error.message}. Its calls wait, and are tried again by themselves.`);
      }
      if (error.kind === 'throttled' && error.retryAfterMs !== undefined) circuit.pause(reason, error.retryAfterMs);
      else void circuit.failed(reason);
      return true;
    },
    left(call) {
      circuit.left(call);
      // Another one has to probe.
      if (circuit.state === 'half-open') wake();
    },
    release() {
      refused = false;
      circuit.reset();
      failures = 0;
      onChange(state());
      wake();
    },
    onResume(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    state,
    close() {
      circuit.close();
      listeners.clear();
    },
  };
}

const RETRY = { firstMs: 100, longestMs: 5_000 } as const;

/**
 * True for an infrastructure error (Kafka, MongoDB, schema registry): retry for ever, never report it against the
 * record.
 */
export function isInfrastructureError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'PublishUnavailable' || isStoreUnavailable(error)) return true;
  return 'retriable' in error && error.retriable === true;
}

/** Our own code failed on the record. */
export function describeBug(error: unknown): ErrorDetail {
  const bug = error instanceof Error ? error : new Error(String(error));
  return {
    kind: 'bug',
    code: bug.name,
    message: `the connector failed on this record: ${bug.message}`,
    advice: 'This is an error of the software: report it with the stack shown here. A refresh tries again.',
    fields: [],
    ...(bug.stack === undefined ? {} : { stack: bug.stack.slice(0, 4_000) }),
  };
}

export interface RetryOptions {
  readonly clock?: Pick<Clock, 'sleep'>;
  /** Between 0 and 1. */
  readonly random?: () => number;
  readonly signal: AbortSignal;
  /** Called after each failed try. */
  onRetry(error: unknown, delayMs: number): void;
}

/**
 * Retries `work` with growing delay while it fails with infrastructure errors. The record waits; it is never given up.
 * @throws the signal's reason when aborted; any other error of `work` immediately
 */
export async function holdWhileUnavailable<T>(
  work: () => Promise<T>,
  { signal, onRetry, clock = WALL_CLOCK, random = Math.random }: RetryOptions,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isInfrastructureError(error)) throw error;
      const delayMs = spreadMs(backoffMs(RETRY, failures), random());
      onRetry(error, delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
}

/** The partition may be lost while a record waits for its vendor; the next owner reads the hint again. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
