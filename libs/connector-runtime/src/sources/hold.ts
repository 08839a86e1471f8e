import type { VendorError } from '@entrepot/vendor-kit';

/** Kinds that concern the vendor or our access to it, not the record. */
const HOLDING_KINDS = new Set(['unavailable', 'timeout', 'throttled', 'unauthorized']);

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;
/** A moment's outage is nothing to tell a person of. */
const FAILURES_BEFORE_ATTENTION = 4;

export type HoldState =
  | { readonly held: false }
  | { readonly held: true; readonly reason: string; readonly kind: string; readonly untilMs: number | null };

/**
 * Whether calls to one connection may be made. Failures that are no fault of a record hold all calls of that connection: work waits, one
 * probe at a time finds out when it is over. Refused credentials are not probed (accounts lock): only `release` ends that.
 */
export interface Hold {
  /** True when a call may be made now; while failing, to one caller at a time, who must report how it ended. */
  tryEnter(): boolean;
  succeeded(): void;
  /** Takes an error in. True when it holds the connection, false when it concerns the record alone. */
  failed(error: VendorError): boolean;
  /** Call given up without an end (closed): frees the probe. */
  left(): void;
  /** Credentials or settings changed, or a person tested them: try again at once. */
  release(): void;
  /** Called when calls may be tried again; returns a function that ends it. */
  onResume(listener: () => void): () => void;
  state(): HoldState;
  close(): void;
}

export interface HoldOptions {
  readonly nowMs?: () => number;
  /** Told of refused credentials, and with null once they work again. */
  onUnauthorized(message: string | null): void;
  /** Told of an outage that lasts, in words, and with null once it is over. */
  onOutage(message: string | null): void;
  onChange?(state: HoldState): void;
}

export function createHold({ nowMs = Date.now, onUnauthorized, onOutage, onChange = () => {} }: HoldOptions): Hold {
  const listeners = new Set<() => void>();
  let failures = 0;
  let probing = false;
  let state: HoldState = { held: false };
  let attentionRaised = false;
  let outageTold = false;
  let timer: NodeJS.Timeout | undefined;

  const notify = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const resume = (): void => {
    clearTimeout(timer);
    state = { held: false };
    onChange(state);
    notify();
  };
  const recover = (): void => {
    if (outageTold) {
      outageTold = false;
      onOutage(null);
    }
    const recovered = failures > 0;
    failures = 0;
    if (recovered && !state.held) notify();
  };
  const holdFor = (delayMs: number | null, reason: string, kind: string): void => {
    state = { held: true, reason, kind, untilMs: delayMs === null ? null : nowMs() + delayMs };
    onChange(state);
    clearTimeout(timer);
    if (delayMs !== null) timer = setTimeout(resume, delayMs);
  };

  return {
    tryEnter() {
      if (state.held || (failures > 0 && probing)) return false;
      probing = true;
      return true;
    },
    succeeded() {
      probing = false;
      if (attentionRaised) {
        attentionRaised = false;
        onUnauthorized(null);
      }
      recover();
    },
    failed(error) {
      probing = false;
      if (!HOLDING_KINDS.has(error.kind)) {
        // It answered: what waits for the probe may go.
        recover();
        return false;
      }
      if (error.kind === 'unauthorized') {
        if (!attentionRaised || !state.held)
          onUnauthorized(error.advice === null ? error.message : `${error.message} ${error.advice}`);
        attentionRaised = true;
        failures += 1;
        holdFor(null, error.message, error.kind);
        return true;
      }
      // Calls that were under way together fail together: that is one failure.
      if (state.held) return true;
      failures += 1;
      if (error.kind !== 'throttled' && failures >= FAILURES_BEFORE_ATTENTION) {
        outageTold = true;
        onOutage(`${error.message}. Its calls wait, and are tried again by themselves.`);
      }
      const grown = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
      holdFor(error.kind === 'throttled' ? (error.retryAfterMs ?? grown) : grown, error.message, error.kind);
      return true;
    },
    left() {
      probing = false;
      // Somebody else has to probe.
      if (failures > 0 && !state.held) notify();
    },
    release() {
      failures = 0;
      probing = false;
      resume();
    },
    onResume(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    state: () => state,
    close() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
