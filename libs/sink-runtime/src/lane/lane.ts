import type { BudgetState, BudgetWaits } from '@entrepot/runtime-kit/budget';
import type { Circuit } from '@entrepot/runtime-kit/circuit';
import type { OpenClient, OpenClients } from '@entrepot/runtime-kit/clients';
import type { LaneLease } from '@entrepot/store';
import type { SessionVault, Vendor } from '@entrepot/vendor-kit';
import { Outage } from '../ports.ts';
import { type CallName, type CallOutcome, LaneInterrupted } from './access.ts';
import { describeHold } from './holds.ts';
import { LaneHolds, type LaneHoldsParts, type LaneState } from './lane-holds.ts';
import { type Ownable, type OwnerParts, ownLane } from './owner.ts';
import { LaneSession } from './session.ts';

export interface LaneParts extends OwnerParts, LaneHoldsParts {
  readonly vendor: Pick<Vendor, 'client' | 'source' | 'target' | 'budget'>;
  /** Of the process, and of its other sides. */
  readonly clients: OpenClients;
  /** What the database's own errors are to a lane: what a client keeps there throws them as they are. */
  readonly asOutage: (error: unknown) => unknown;
  readonly budgetWaits: BudgetWaits;
  readonly observeCall: (connection: string, operation: CallName, outcome: CallOutcome, durationMs: number) => void;
}

const LANE_GONE_MS = 100;
/** A call that takes longer is interrupted by a change of settings. */
const CALLS_DEADLINE_MS = 30_000;

/** A delivery's place in the lane: its session, and whether it is the probe that tests the target. */
export interface LaneEntry {
  readonly session: LaneSession;
  readonly probe: boolean;
}

/** One target connection's queue, as its one writer sees it: what may enter, what holds it, when it resumes. */
export class Lane implements Ownable {
  readonly connection: string;
  readonly #parts: LaneParts;
  readonly #holds: LaneHolds;
  readonly #stopped = new AbortController();
  readonly #unfollow: () => void;
  /** Opened, though perhaps not begun yet. */
  #session: LaneSession | null = null;
  /** Of the last session. */
  #client: OpenClient | null = null;
  #successes = 0;
  #inside = 0;
  #running: Promise<void> | null = null;

  constructor(connection: string, parts: LaneParts) {
    this.connection = connection;
    this.#parts = parts;
    this.#holds = new LaneHolds(connection, parts, this.#stopped.signal, () => this.#client?.budget.startSlowly());
    this.#unfollow = parts.configuration.onConnectionChange((before, after) =>
      this.#holds.noteChange(before, after, {
        end: (why) => this.#session?.end(why),
        endWithClient: (why) => {
          this.#session?.spendClient();
          this.#session?.end(why);
        },
        endAfterCalls: (why) => void this.#endAfterCalls(why),
      }),
    );
  }

  get state(): LaneState {
    return this.#holds.state;
  }

  /** Null before the first session. */
  get budgetState(): BudgetState | null {
    return this.#client?.budget.state ?? null;
  }

  get circuitState(): Circuit['state'] {
    return this.#holds.circuit.state;
  }

  /** Calls that succeeded so far: distinguishes an outage from a record's own fault. */
  get successes(): number {
    return this.#successes;
  }

  start(): void {
    this.#running ??= ownLane(this, this.#parts, this.#stopped.signal);
  }

  /**
   * Waits until the lane lets a delivery through. Pair it with {@link leave}. Null, after a moment: the lane was released; if its partition is
   * still ours, it is taken again. Rejects when the signal aborts.
   */
  async enter(signal: AbortSignal): Promise<LaneEntry | null> {
    try {
      return await this.#pass(signal);
    } catch {
      await this.#parts.clock.sleep(LANE_GONE_MS, signal);
      return null;
    }
  }

  async #pass(signal: AbortSignal): Promise<LaneEntry> {
    this.start();
    const either = AbortSignal.any([signal, this.#stopped.signal]);
    for (;;) {
      await this.#parts.outages.pass(either);
      await this.#holds.gate.pass(either);
      const session = this.#session;
      if (session !== null && !session.signal.aborted) {
        this.#inside += 1;
        return { session, probe: !this.#holds.gate.open };
      }
      // Ended just now: the owner has yet to say so.
      this.ended();
    }
  }

  leave(entry: LaneEntry): void {
    this.#inside -= 1;
    // A probe that ended without calling the target proves nothing: the next delivery probes.
    const { circuit, gate } = this.#holds;
    if (entry.probe && circuit.state === 'half-open' && !circuit.probing) gate.admitOne('circuit');
  }

  /** Stops: lets deliveries end until the deadline, then interrupts them, gives the lease back and closes the target. */
  async stop(deadlineMs: number): Promise<void> {
    if (!this.#stopped.signal.aborted) {
      this.#unfollow();
      this.#holds.unfollow();
      await this.#drain(deadlineMs);
      this.#stopped.abort(new LaneInterrupted('the lane was stopped'));
      this.#holds.circuit.close();
    }
    await this.#running;
  }

  mayRun(): boolean {
    return this.#holds.mayOpen();
  }

  async open(lease: LaneLease): Promise<LaneSession | null> {
    const { clock, configuration, vendor, clients, times, outages, budgetWaits } = this.#parts;
    const holds = this.#holds;
    holds.epoch = lease.epoch;
    try {
      const connection = await configuration.open(this.connection);
      const client = clients.open(vendor, connection, {
        waits: budgetWaits,
        // A source's own connector shows it.
        ...(vendor.source === null ? { raiseAttention: (message) => holds.noteAttention(message) } : {}),
      });
      this.#client = client;
      holds.noteOpened();
      this.#session = new LaneSession({
        clock,
        connection,
        lease,
        client,
        sessions: this.#keepSessions(lease),
        circuit: holds.circuit,
        leaseReserveMs: times.leaseReserveMs,
        asOutage: this.#parts.asOutage,
        held: () => describeHold(holds.gate, outages, ['starting', 'circuit', 'fence']),
        onSuccess: () => {
          this.#successes += 1;
        },
        onThrottled: (error) => holds.noteThrottled(error),
        onUnauthorized: (error) => holds.noteUnauthorized(error),
        observe: (operation, outcome, ms) => this.#parts.observeCall(this.connection, operation, outcome, ms),
      });
      return this.#session;
    } catch (error) {
      if (error instanceof Outage) throw error;
      holds.noteUnopened(error);
      return null;
    }
  }

  failed(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    this.#holds.hold('fence', `the lane cannot be fenced, and is tried again: ${words}`);
  }

  began(): void {
    this.#holds.release('starting');
    this.#holds.release('fence');
  }

  ended(): void {
    this.#session = null;
    this.#holds.hold('starting', 'starting');
  }

  /** Once the epoch is over no session is kept: another side may go on with the client. */
  #keepSessions(lease: LaneLease): SessionVault {
    const { store } = this.#parts;
    const isOver = (): boolean => this.#session?.epoch !== lease.epoch || this.#session.signal.aborted;
    return {
      read: async () => (isOver() ? null : store.readSession(this.connection)),
      write: async (token) => {
        if (token === null || !isOver()) await store.writeSession(lease, token);
      },
    };
  }

  async #endAfterCalls(why: string): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#holds.hold('starting', 'starting');
    // Fails when the lane is stopped, which ends the session itself.
    await this.#drain(CALLS_DEADLINE_MS).catch(() => {});
    session.end(why);
  }

  async #drain(deadlineMs: number): Promise<void> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + deadlineMs;
    while (this.#inside > 0 && clock.monotonicMs() < untilMs) await clock.sleep(20, this.#stopped.signal);
  }
}
