import { type CallVerdict, type Circuit, CircuitOpen } from '@entrepot/runtime-kit/circuit';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { LaneLease } from '@entrepot/store';
import {
  type CallContext,
  type ConnectionView,
  type FoundDocument,
  type Target,
  VendorError,
} from '@entrepot/vendor-kit';
import {
  type CallName,
  type CallOutcome,
  LaneHeld,
  LaneInterrupted,
  type TargetAccess,
  type TargetOperation,
} from './access.ts';

/** What a session gets from its lane; all of it outlives the session, except lease and target. */
export interface SessionParts {
  readonly clock: Clock;
  readonly connection: ConnectionView;
  readonly lease: LaneLease;
  readonly target: Target;
  readonly concurrency: ConcurrencyLimit;
  readonly bucket: TokenBucket | null;
  readonly circuit: Circuit;
  /** Maximum part of the lease that a request's timeout needs to fit into: see DECISIONS.md, "How long a lease is". */
  readonly leaseReserveMs: number;
  /** Text of what holds the lane now, except the circuit breaker; null when nothing does. */
  readonly held: () => string | null;
  readonly onSuccess: () => void;
  readonly onThrottled: (error: VendorError) => void;
  readonly onUnauthorized: (error: VendorError) => void;
  readonly observe: (operation: CallName, outcome: CallOutcome, durationMs: number) => void;
}

/** One epoch of a lane: the right to write, the open target, and every call made under it. */
export class LaneSession implements TargetAccess {
  readonly connection: ConnectionView;
  readonly epoch: number;
  readonly sinceMicros: number;
  readonly target: Target;
  readonly unanswered = new Map<string, number>();
  readonly unansweredUpdates: TargetAccess['unansweredUpdates'] = new Map();
  readonly matches = new Map<string, { readonly found: FoundDocument; readonly untilMs: number }>();
  readonly #parts: SessionParts;
  readonly #ended = new AbortController();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.connection = parts.connection;
    this.epoch = parts.lease.epoch;
    this.target = parts.target;
    this.sinceMicros = parts.clock.nowMicros();
  }

  /** Aborts when the session ends, with {@link LaneInterrupted}. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  end(why: string): void {
    if (!this.#ended.signal.aborted) this.#ended.abort(new LaneInterrupted(why));
  }

  async call<T>(operation: TargetOperation<T>): Promise<T> {
    const { concurrency, bucket, circuit, clock } = this.#parts;
    this.#checkHolds();
    if (circuit.state === 'open') throw new LaneHeld('the circuit is open');
    const leave = await concurrency.take(operation.bulk, operation.signal);
    try {
      await bucket?.take(operation.signal);
      this.#checkHolds();
      const startedMs = clock.monotonicMs();
      const verdict = await this.#run(operation, startedMs);
      if (verdict.system === 'answers') throw verdict.error;
      return verdict.value;
    } catch (error) {
      if (error instanceof CircuitOpen) throw new LaneHeld(error.message);
      throw error;
    } finally {
      leave();
    }
  }

  async #run<T>(operation: TargetOperation<T>, startedMs: number): Promise<CallVerdict<T>> {
    const { circuit, clock } = this.#parts;
    const observe = (outcome: CallOutcome): void =>
      this.#parts.observe(operation.name, outcome, clock.monotonicMs() - startedMs);
    return circuit.run(async (): Promise<CallVerdict<T>> => {
      let sent = false;
      const onSend = (): void => {
        sent = true;
        operation.onSend?.();
      };
      try {
        const value = await operation.run(this.#context(operation, onSend));
        observe('ok');
        if (sent) this.#noteSuccess();
        return { system: 'works', value, sent };
      } catch (error) {
        observe(error instanceof VendorError ? error.kind : 'error');
        // A call that we ended, or never made, says nothing about the target.
        if (operation.signal.aborted || !(error instanceof VendorError))
          return { system: 'answers', error, sent: false };
        if (error.kind === 'unavailable' || error.kind === 'timeout') throw error;
        if (error.kind === 'throttled') this.#parts.onThrottled(error);
        else if (error.kind === 'unauthorized') this.#parts.onUnauthorized(error);
        else if (sent) this.#noteSuccess();
        return { system: 'answers', error, sent };
      }
    });
  }

  #noteSuccess(): void {
    this.#parts.concurrency.noteSuccess();
    this.#parts.onSuccess();
  }

  #context<T>(operation: TargetOperation<T>, onSend: () => void): CallContext {
    return {
      signal: operation.signal,
      record: operation.record,
      beforeSend: (timeoutMs) => {
        operation.signal.throwIfAborted();
        this.signal.throwIfAborted();
        if (!this.#parts.lease.outlives(Math.min(timeoutMs, this.#parts.leaseReserveMs))) {
          throw new LaneInterrupted('the lease would end before the request does');
        }
        onSend();
      },
    };
  }

  #checkHolds(): void {
    this.signal.throwIfAborted();
    const held = this.#parts.held();
    if (held !== null) throw new LaneHeld(held);
  }
}

interface Waiter {
  readonly bulk: boolean;
  readonly enter: () => void;
}

/**
 * Limits concurrent calls against one target. Live work goes first; bulk work takes at most half of the places and
 * never one that live work waits for. After an outage the places return gradually (1, 2, 4 …), one doubling per full
 * round of successes.
 */
export class ConcurrencyLimit {
  #most: number;
  #limit: number;
  #successes = 0;
  #live = 0;
  #bulk = 0;
  readonly #waiting: Waiter[] = [];

  constructor(most: number) {
    this.#most = Math.max(1, most);
    this.#limit = this.#most;
  }

  /**
   * Changes the limit of concurrent calls, from the next call on. A slow start in progress continues from where it is.
   */
  allow(most: number): void {
    const ramping = this.#limit < this.#most;
    this.#most = Math.max(1, most);
    this.#limit = ramping ? Math.min(this.#limit, this.#most) : this.#most;
    this.#admit();
  }

  get limit(): number {
    return this.#limit;
  }

  get busy(): number {
    return this.#live + this.#bulk;
  }

  /** Resolves with the function that returns the place; rejects with the signal's reason. */
  async take(bulk: boolean, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#mayEnter(bulk)) return this.#enter(bulk);
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        bulk,
        enter: () => {
          signal.removeEventListener('abort', stop);
          this.#count(bulk, 1);
          resolve();
        },
      };
      this.#waiting.push(waiter);
      signal.addEventListener('abort', stop, { once: true });
    });
    return this.#leaver(bulk);
  }

  /** Starts again with one place (slow start), e.g. when a breaker has just closed. */
  rampUp(): void {
    this.#limit = 1;
    this.#successes = 0;
  }

  noteSuccess(): void {
    if (this.#limit === this.#most) return;
    this.#successes += 1;
    if (this.#successes < this.#limit) return;
    this.#successes = 0;
    this.#limit = Math.min(this.#most, this.#limit * 2);
    this.#admit();
  }

  #mayEnter(bulk: boolean): boolean {
    if (this.busy >= this.#limit) return false;
    if (!bulk) return true;
    return !this.#waiting.some((waiter) => !waiter.bulk) && this.#bulk < Math.max(1, Math.floor(this.#limit / 2));
  }

  #enter(bulk: boolean): () => void {
    this.#count(bulk, 1);
    return this.#leaver(bulk);
  }

  #leaver(bulk: boolean): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count(bulk, -1);
      this.#admit();
    };
  }

  #count(bulk: boolean, change: number): void {
    if (bulk) this.#bulk += change;
    else this.#live += change;
  }

  #admit(): void {
    for (const bulk of [false, true]) {
      for (const waiter of this.#waiting.filter((candidate) => candidate.bulk === bulk)) {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        if (!this.#mayEnter(bulk)) {
          this.#waiting.unshift(waiter);
          break;
        }
        waiter.enter();
      }
    }
  }
}

/** A sustained rate with bursts of up to one second. Takers are served in order. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  /** When the next token is due, on the monotonic clock. */
  #nextMs: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#nextMs = clock.monotonicMs() - 1_000;
  }

  /** Resolves when a token is there; rejects with the signal's reason (the token is lost then, which errs on the slow side). */
  async take(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonicMs();
    this.#nextMs = Math.max(this.#nextMs, now - 1_000) + 1_000 / this.#perSecond;
    const waitMs = this.#nextMs - now;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }
}
