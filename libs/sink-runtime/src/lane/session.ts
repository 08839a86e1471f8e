import type { ConnectionBudget, Place } from '@entrepot/runtime-kit/budget';
import { type CallVerdict, type Circuit, CircuitOpen } from '@entrepot/runtime-kit/circuit';
import type { OpenClient } from '@entrepot/runtime-kit/clients';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { LaneLease } from '@entrepot/store';
import {
  type CallContext,
  type ConnectionView,
  type FoundDocument,
  type SessionVault,
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

/** What a session gets from its lane; all of it outlives the session, except lease, sessions and perhaps the client. */
export interface SessionParts {
  readonly clock: Clock;
  readonly connection: ConnectionView;
  readonly lease: LaneLease;
  readonly client: Pick<OpenClient, 'target' | 'spend' | 'release'> & {
    readonly budget: Pick<ConnectionBudget, 'enter' | 'noteSuccess'>;
  };
  /** Where the target keeps its own session for the next owner. */
  readonly sessions: SessionVault;
  readonly circuit: Circuit;
  /** Maximum part of the lease that a request's timeout needs to fit into: see DECISIONS.md, "How long a lease is". */
  readonly leaseReserveMs: number;
  /** Text of what holds the lane now, except the circuit breaker; null when nothing does. */
  readonly held: () => string | null;
  readonly asOutage: (error: unknown) => unknown;
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
  readonly unwritten: TargetAccess['unwritten'] = new Map();
  readonly matches = new Map<string, { readonly found: FoundDocument; readonly untilMs: number }>();
  readonly #parts: SessionParts;
  readonly #ended = new AbortController();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.connection = parts.connection;
    this.epoch = parts.lease.epoch;
    if (parts.client.target === null) throw new TypeError('the vendor has no target side');
    this.target = parts.client.target;
    this.sinceMicros = parts.clock.nowMicros();
  }

  /** Aborts when the session ends, with {@link LaneInterrupted}. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  end(why: string): void {
    if (!this.#ended.signal.aborted) this.#ended.abort(new LaneInterrupted(why));
  }

  /**
   * Gate → budget → breaker → lease → call; who refuses ends it, and none after is asked. The gate is asked before and after the wait for
   * the budget, the lease right before each request of the call.
   */
  async call<T>(operation: TargetOperation<T>): Promise<T> {
    this.#passGate();
    const place = await this.#parts.client.budget.enter(operation.bulk ? 'bulk' : 'live', operation.signal);
    try {
      // The gate may have shut while the call waited for its place.
      this.#passGate();
      const verdict = await this.#passBreaker(operation, place);
      if (verdict.system === 'answers') throw verdict.error;
      return verdict.value;
    } catch (error) {
      if (error instanceof CircuitOpen) throw new LaneHeld(error.message);
      throw error;
    } finally {
      place.leave();
    }
  }

  /** Makes this owner the only writer; null where nothing tells owners apart. */
  get fence(): ((call: CallContext) => Promise<void>) | null {
    const { fence } = this.target;
    return fence === null ? null : (call) => fence(this.#parts.sessions, call);
  }

  /** Lets go of the client, which logs out unless another side goes on with it. */
  close(): Promise<void> {
    return this.#parts.client.release();
  }

  /** The next session gets another client: this one remembers that its credentials were refused. */
  spendClient(): void {
    this.#parts.client.spend();
  }

  #passGate(): void {
    this.signal.throwIfAborted();
    const held = this.#parts.held();
    if (held !== null) throw new LaneHeld(held);
    if (this.#parts.circuit.state === 'open') throw new LaneHeld('the circuit is open');
  }

  async #passBreaker<T>(operation: TargetOperation<T>, place: Place): Promise<CallVerdict<T>> {
    const { circuit, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const observe = (outcome: CallOutcome): void =>
      this.#parts.observe(operation.name, outcome, clock.monotonicMs() - startedMs);
    return circuit.run(async (): Promise<CallVerdict<T>> => {
      let sent = false;
      const onSend = (): void => {
        sent = true;
        operation.onSend?.();
      };
      try {
        const value = await operation.run(this.#openCall(operation, place, onSend));
        observe('ok');
        if (sent) this.#noteSuccess();
        return { system: 'works', value, sent };
      } catch (thrown) {
        const error = this.#parts.asOutage(thrown);
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
    this.#parts.client.budget.noteSuccess();
    this.#parts.onSuccess();
  }

  #openCall<T>(operation: TargetOperation<T>, place: Place, onSend: () => void): CallContext {
    return place.call({
      signal: operation.signal,
      record: operation.record,
      check: (timeoutMs) => {
        this.#checkLease(timeoutMs);
        onSend();
      },
    });
  }

  #checkLease(timeoutMs: number): void {
    this.signal.throwIfAborted();
    if (this.#parts.lease.outlives(Math.min(timeoutMs, this.#parts.leaseReserveMs))) return;
    throw new LaneInterrupted('the lease would end before the request does');
  }
}
