import type { LaneReport } from '@entrepot/canonical';
import { type BreakerFactory, type Circuit, type CircuitOptions, createCircuit } from '@entrepot/runtime-kit/circuit';
import type { LaneLease } from '@entrepot/store';
import { openTarget, type TargetDefinition, type VendorError } from '@entrepot/vendor-kit';
import { type Configuration, Outage, type TargetConnection } from '../ports.ts';
import { type CallName, type CallOutcome, LaneInterrupted } from './access.ts';
import { HoldGate } from './holds.ts';
import { type Ownable, type OwnerParts, ownLane } from './owner.ts';
import { ConcurrencyLimit, LaneSession, TokenBucket } from './session.ts';

export interface LaneParts extends OwnerParts {
  readonly configuration: Configuration;
  readonly definition: TargetDefinition;
  /** Opossum's, unless given: a simulation has a model of it. */
  readonly breaker?: BreakerFactory;
  /** Called on each change of state. */
  readonly onState: (connection: string, state: LaneState, epoch: number) => void;
  readonly observeCall: (connection: string, operation: CallName, outcome: CallOutcome, durationMs: number) => void;
}

export interface LaneState {
  readonly state: 'starting' | LaneReport['state'];
  readonly reason: string | null;
}

/** A delivery's place in the lane: its session, and whether it is the probe that tests the target. */
export interface LaneEntry {
  readonly session: LaneSession;
  readonly probe: boolean;
}

/** Keys of the gate's holds. */
type Hold = 'starting' | 'inactive' | 'configuration' | 'unauthorized' | 'throttled' | 'circuit' | 'fence';

/** Breaker thresholds: a share of failures for busy lanes, consecutive failures for quiet ones. */
const CIRCUIT: CircuitOptions = {
  volumeThreshold: 10,
  windowMs: 10_000,
  failurePercent: 40,
  failuresInARow: 3,
  reset: { firstMs: 1_000, longestMs: 30_000 },
};
const DEFAULT_PAUSE_MS = 1_000;
/** Interval between tries to open a connection that failed to open and was not changed since. */
const REOPEN_MS = 30_000;

/** One target connection's queue, as its one writer sees it: what may enter, what holds it, when it resumes. */
export class Lane implements Ownable {
  readonly connection: string;
  readonly #parts: LaneParts;
  readonly #gate = new HoldGate(() => this.#tell());
  readonly #concurrency: ConcurrencyLimit;
  readonly #bucket: TokenBucket | null;
  readonly #circuit: Circuit;
  readonly #stopped = new AbortController();
  readonly #unfollow: readonly (() => void)[];
  /** Opened, though perhaps not begun yet. */
  #session: LaneSession | null = null;
  #epoch = 0;
  #successes = 0;
  #inside = 0;
  #told: LaneState = { state: 'starting', reason: null };
  #running: Promise<void> | null = null;
  #throttledUntilMs = 0;
  /** Revision of the connection that failed to open, and until when a retry is pointless. */
  #broken: { readonly revision: number | null; readonly untilMs: number } | null = null;

  constructor(connection: string, parts: LaneParts) {
    this.connection = connection;
    this.#parts = parts;
    const { definition, clock } = parts;
    this.#concurrency = new ConcurrencyLimit(definition.maxConcurrency);
    this.#bucket = definition.requestsPerSecond === null ? null : new TokenBucket(clock, definition.requestsPerSecond);
    this.#circuit = createCircuit(
      {
        opened: (reason) => this.#hold('circuit', `the target is out of order: ${reason}`),
        halfOpened: () => this.#gate.admitOne('circuit'),
        closed: () => {
          this.#concurrency.rampUp();
          this.#gate.release('circuit');
        },
      },
      CIRCUIT,
      parts.breaker,
    );
    this.ended();
    this.#unfollow = [
      parts.configuration.onConnectionChange((before, after) => this.#onChange(before, after)),
      parts.outages.onChange(() => this.#tell()),
    ];
  }

  get state(): LaneState {
    return this.#describe();
  }

  get epoch(): number {
    return this.#epoch;
  }

  get circuitState(): Circuit['state'] {
    return this.#circuit.state;
  }

  /** Calls that succeeded so far: distinguishes an outage from a record's own fault. */
  get successes(): number {
    return this.#successes;
  }

  start(): void {
    this.#running ??= ownLane(this, this.#parts, this.#stopped.signal);
  }

  /** Waits until the lane lets a delivery through. Pair it with {@link leave}. Rejects when the signal aborts or the lane stops. */
  async enter(signal: AbortSignal): Promise<LaneEntry> {
    this.start();
    const either = AbortSignal.any([signal, this.#stopped.signal]);
    for (;;) {
      await this.#parts.outages.pass(either);
      await this.#gate.pass(either);
      const session = this.#session;
      if (session !== null && !session.signal.aborted) {
        this.#inside += 1;
        return { session, probe: !this.#gate.open };
      }
      // Ended just now: the owner has yet to say so.
      this.ended();
    }
  }

  leave(entry: LaneEntry): void {
    this.#inside -= 1;
    // A probe that ended without calling the target proves nothing: the next delivery probes.
    if (entry.probe && this.#circuit.state === 'half-open' && !this.#circuit.probing) this.#gate.admitOne('circuit');
  }

  /** Stops: lets deliveries end until the deadline, then interrupts them, gives the lease back and closes the target. */
  async stop(deadlineMs: number): Promise<void> {
    if (!this.#stopped.signal.aborted) {
      for (const end of this.#unfollow) end();
      await this.#drain(deadlineMs);
      this.#stopped.abort(new LaneInterrupted('the lane was stopped'));
      this.#circuit.close();
    }
    await this.#running;
  }

  mayRun(): boolean {
    const connection = this.#parts.configuration.connection(this.connection);
    if (connection?.active !== true) {
      this.#gate.release('fence');
      this.#hold('inactive', connection === null ? 'the connection does not exist' : 'the connection is switched off');
      return false;
    }
    this.#gate.release('inactive');
    return (
      this.#broken?.revision !== connection.accessRevision || this.#parts.clock.monotonicMs() >= this.#broken.untilMs
    );
  }

  async open(lease: LaneLease): Promise<LaneSession | null> {
    const { clock, configuration, definition, store, log, times } = this.#parts;
    this.#epoch = lease.epoch;
    try {
      const connection = await configuration.open(this.connection);
      const target = openTarget(definition, {
        connection,
        log,
        now: () => clock.nowMicros() / 1_000,
        sessionVault: {
          read: () => store.readSession(this.connection),
          write: async (token) => void (await store.writeSession(lease, token)),
        },
      });
      this.#concurrency.allow(definition.concurrencyLimit?.(connection.settings) ?? definition.maxConcurrency);
      this.#broken = null;
      this.#gate.release('configuration');
      this.#session = new LaneSession({
        clock,
        connection,
        lease,
        target,
        concurrency: this.#concurrency,
        bucket: this.#bucket,
        circuit: this.#circuit,
        leaseReserveMs: times.leaseReserveMs,
        held: () => this.#heldBesides('starting', 'circuit', 'fence'),
        onSuccess: () => {
          this.#successes += 1;
        },
        onThrottled: (error) => this.#onThrottled(error),
        onUnauthorized: (error) => this.#onUnauthorized(error),
        observe: (operation, outcome, ms) => this.#parts.observeCall(this.connection, operation, outcome, ms),
      });
      return this.#session;
    } catch (error) {
      if (error instanceof Outage) throw error;
      const revision = configuration.connection(this.connection)?.accessRevision ?? null;
      this.#broken = { revision, untilMs: clock.monotonicMs() + REOPEN_MS };
      const words = error instanceof Error ? error.message : String(error);
      this.#hold('configuration', `the connection cannot be opened: ${words}`);
      return null;
    }
  }

  failed(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    this.#hold('fence', `the lane cannot be fenced, and is tried again: ${words}`);
  }

  began(): void {
    this.#gate.release('starting');
    this.#gate.release('fence');
  }

  ended(): void {
    this.#session = null;
    this.#hold('starting', 'starting');
  }

  async #drain(deadlineMs: number): Promise<void> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + deadlineMs;
    while (this.#inside > 0 && clock.monotonicMs() < untilMs) await clock.sleep(20, this.#stopped.signal);
  }

  #onThrottled(error: VendorError): void {
    const { clock } = this.#parts;
    const waitMs = error.retryAfterMs ?? DEFAULT_PAUSE_MS;
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, clock.monotonicMs() + waitMs);
    const untilMs = this.#throttledUntilMs;
    this.#hold('throttled', 'the target asks for a pause');
    const wake = (): void => {
      if (untilMs === this.#throttledUntilMs) this.#gate.release('throttled');
    };
    void clock.sleep(waitMs, this.#stopped.signal).then(wake, () => {});
  }

  #onUnauthorized(error: VendorError): void {
    this.#hold('unauthorized', `the target refuses our credentials: ${error.message}`);
    const words = `Credentials were refused: ${error.message}. Correct them; deliveries then go on by themselves.`;
    void this.#callForAttention(words);
  }

  /** Retries until the database is back: a person cannot settle a message that was not written. */
  async #callForAttention(words: string): Promise<void> {
    const { configuration, outages, log } = this.#parts;
    const note = async (): Promise<void> => {
      if (this.#gate.holds.has('unauthorized')) await configuration.setAttention(this.connection, words);
    };
    try {
      await outages.waitOut(note, this.#stopped.signal);
    } catch (error) {
      if (!this.#stopped.signal.aborted)
        log.warn({ connection: this.connection, err: error }, 'attention could not be noted');
    }
  }

  /** New settings or secrets: open a new session. A person's successful test clears the attention: try again. */
  #onChange(before: TargetConnection | null, after: TargetConnection | null): void {
    if ((before?.id ?? after?.id) !== this.connection) return;
    const changed = after === null || !after.active || after.accessRevision !== before?.accessRevision;
    const settled = before !== null && before.attention !== null && after?.attention === null;
    const refused = this.#gate.holds.has('unauthorized');
    if (changed || settled) this.#gate.release('unauthorized');
    if (settled) this.#broken = null;
    // A target remembers a refused log-in, so as not to lock the account: only a newly opened one logs in again.
    if (settled && refused) this.#session?.end('the credentials were tested');
    if (!changed) return;
    this.#session?.end('the connection was changed');
    this.mayRun();
  }

  #hold(key: Hold, words: string): void {
    this.#gate.hold(key, words);
  }

  #heldBesides(...ignored: readonly Hold[]): string | null {
    for (const [key, words] of this.#gate.holds) if (!ignored.includes(key as Hold)) return words;
    for (const words of this.#parts.outages.words.values()) return words;
    return null;
  }

  #describe(): LaneState {
    const { holds } = this.#gate;
    const attention = holds.get('unauthorized') ?? holds.get('configuration');
    if (attention !== undefined) return { state: 'needs-attention', reason: attention };
    const held = this.#heldBesides('starting');
    if (held !== null) return { state: 'held', reason: held };
    return { state: holds.has('starting') ? 'starting' : 'running', reason: null };
  }

  #tell(): void {
    const state = this.#describe();
    if (state.state === this.#told.state && state.reason === this.#told.reason) return;
    this.#told = state;
    this.#parts.onState(this.connection, state, this.#epoch);
  }
}
