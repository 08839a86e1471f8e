import type { LaneReport } from '@entrepot/canonical';
import { type BreakerFactory, type Circuit, type CircuitOptions, createCircuit } from '@entrepot/runtime-kit/circuit';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { VendorError, VendorLog } from '@entrepot/vendor-kit';
import type { Configuration, TargetConnection } from '../ports.ts';
import { describeHold, HoldGate, type Outages } from './holds.ts';

export interface LaneHoldsParts {
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly outages: Outages;
  readonly log: VendorLog;
  /** Opossum's, unless given: a simulation has a model of it. */
  readonly breaker?: BreakerFactory;
  /** Called on each change of state, and in each epoch that does not begin with one. */
  readonly onState: (connection: string, state: LaneState, epoch: number) => void;
}

export interface LaneState {
  readonly state: 'starting' | LaneReport['state'];
  readonly reason: string | null;
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

/** How the session of a lane ends. */
export interface EndSession {
  end(why: string): void;
  /** The next one works with another client. */
  endWithClient(why: string): void;
  /** Nothing more enters; what is under way ends first. */
  endAfterCalls(why: string): void;
}

/** What holds one lane, until when, and how that shows: as its state, and on its connection where a person is needed. */
export class LaneHolds {
  readonly gate = new HoldGate(() => this.#tell());
  readonly circuit: Circuit;
  /** Of the last session. */
  epoch = 0;
  readonly #connection: string;
  readonly #parts: LaneHoldsParts;
  readonly #stopped: AbortSignal;
  readonly #unfollow: () => void;
  #told: LaneState & { readonly epoch: number } = { state: 'starting', reason: null, epoch: 0 };
  #throttledUntilMs = 0;
  /** What the client last said that a person must do. */
  #attention: string | null = null;
  /** Revision of the connection that failed to open, and until when a retry is pointless. */
  #broken: { readonly revision: number | null; readonly untilMs: number } | null = null;

  /** `onClosed`: the breaker has closed again, and the gate is about to open. */
  constructor(connection: string, parts: LaneHoldsParts, stopped: AbortSignal, onClosed: () => void) {
    this.#connection = connection;
    this.#parts = parts;
    this.#stopped = stopped;
    this.circuit = createCircuit(
      {
        opened: (reason) => this.hold('circuit', `the target is out of order: ${reason}`),
        halfOpened: () => this.gate.admitOne('circuit'),
        closed: () => {
          onClosed();
          this.gate.release('circuit');
        },
      },
      CIRCUIT,
      parts.breaker,
    );
    this.hold('starting', 'starting');
    this.#unfollow = parts.outages.onChange(() => this.#tell());
  }

  get state(): LaneState {
    const { holds } = this.gate;
    const attention = holds.get('unauthorized') ?? holds.get('configuration');
    if (attention !== undefined) return { state: 'needs-attention', reason: attention };
    const held = describeHold(this.gate, this.#parts.outages, ['starting']);
    if (held !== null) return { state: 'held', reason: held };
    return { state: holds.has('starting') ? 'starting' : 'running', reason: null };
  }

  hold(key: Hold, words: string): void {
    this.gate.hold(key, words);
  }

  release(key: Hold): void {
    this.gate.release(key);
  }

  /** Whether the connection exists, is switched on, and may open this time; holds the lane when it is not in use. */
  mayOpen(): boolean {
    const connection = this.#parts.configuration.connection(this.#connection);
    if (connection?.active !== true) {
      this.release('fence');
      this.hold('inactive', connection === null ? 'the connection does not exist' : 'the connection is switched off');
      return false;
    }
    this.release('inactive');
    return (
      this.#broken?.revision !== connection.accessRevision || this.#parts.clock.monotonicMs() >= this.#broken.untilMs
    );
  }

  noteOpened(): void {
    this.#broken = null;
    this.release('configuration');
    this.#tell();
  }

  noteUnopened(error: unknown): void {
    const { clock, configuration } = this.#parts;
    const revision = configuration.connection(this.#connection)?.accessRevision ?? null;
    this.#broken = { revision, untilMs: clock.monotonicMs() + REOPEN_MS };
    const words = error instanceof Error ? error.message : String(error);
    this.hold('configuration', `the connection cannot be opened: ${words}`);
    this.#tell();
  }

  noteThrottled(error: VendorError): void {
    const { clock } = this.#parts;
    const waitMs = error.retryAfterMs ?? DEFAULT_PAUSE_MS;
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, clock.monotonicMs() + waitMs);
    const untilMs = this.#throttledUntilMs;
    this.hold('throttled', 'the target asks for a pause');
    const wake = (): void => {
      if (untilMs === this.#throttledUntilMs) this.release('throttled');
    };
    void clock.sleep(waitMs, this.#stopped).then(wake, () => {});
  }

  noteUnauthorized(error: VendorError): void {
    this.hold('unauthorized', `the target refuses our credentials: ${error.message}`);
    const words = `Credentials were refused: ${error.message}. Correct them; deliveries then go on by themselves.`;
    void this.#callForAttention(words);
  }

  /** Retries until the database is back: a person cannot settle a message that was not written. */
  async #callForAttention(words: string): Promise<void> {
    const { configuration, outages, log } = this.#parts;
    const note = async (): Promise<void> => {
      if (this.gate.holds.has('unauthorized')) await configuration.setAttention(this.#connection, words);
    };
    try {
      await outages.waitOut(note, this.#stopped);
    } catch (error) {
      if (!this.#stopped.aborted)
        log.warn({ connection: this.#connection, err: error }, 'attention could not be noted');
    }
  }

  /** What the client says of itself, where no connector shows it. What a person or another has put there meanwhile stays. */
  noteAttention(message: string | null): void {
    const { configuration, outages, log } = this.#parts;
    const before = this.#attention;
    this.#attention = message;
    const note = async (): Promise<void> => {
      if (this.#attention !== message) return;
      const shown = configuration.connection(this.#connection)?.attention ?? null;
      if (message !== null || shown === before) await configuration.setAttention(this.#connection, message);
    };
    outages.waitOut(note, this.#stopped).catch((error: unknown) => {
      if (!this.#stopped.aborted)
        log.warn({ connection: this.#connection, err: error }, 'attention could not be noted');
    });
  }

  /**
   * New settings or secrets: a new session follows what is under way. A person's successful test clears the attention:
   * try again.
   */
  noteChange(before: TargetConnection | null, after: TargetConnection | null, session: EndSession): void {
    if ((before?.id ?? after?.id) !== this.#connection) return;
    const changed = after === null || !after.active || after.accessRevision !== before?.accessRevision;
    const settled = before !== null && before.attention !== null && after?.attention === null;
    const refused = this.gate.holds.has('unauthorized');
    if (changed || settled) this.release('unauthorized');
    if (settled) this.#broken = null;
    // A client remembers a refused log-in, so as not to lock the account: only a newly opened one logs in again.
    if (settled && refused) session.endWithClient('the credentials were tested');
    if (!changed) return;
    if (after?.active === true) session.endAfterCalls('the connection was changed');
    else session.end('the connection was changed');
    this.mayOpen();
  }

  /** Changes of outages show no more. */
  unfollow(): void {
    this.#unfollow();
  }

  /** A new epoch says again what holds: another owner may have said otherwise between, and the latest epoch's word stands. */
  #tell(): void {
    const { state, epoch } = this;
    const told = this.#told;
    const isTold = state.state === told.state && state.reason === told.reason;
    if (isTold && (epoch === told.epoch || state.state === 'starting')) return;
    this.#told = { ...state, epoch };
    this.#parts.onState(this.#connection, state, epoch);
  }
}
