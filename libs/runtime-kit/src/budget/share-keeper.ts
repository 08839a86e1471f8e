import type { BudgetLimit, Budgets, LeasedShare, Need } from '@entrepot/store';
import type { VendorLog } from '@entrepot/vendor-kit';
import type { Clock } from '../clock.ts';

/** What a side of a connection uses and wants, whenever it is asked. */
export interface Demand {
  readonly limit: BudgetLimit;
  readonly used: number;
  readonly wanted: number;
}

export interface ShareKeeperOptions {
  readonly connection: string;
  readonly holder: string;
  readonly shares: Pick<Budgets, 'renew' | 'release'>;
  readonly clock: Clock;
  readonly log: VendorLog;
  /** False: nothing was called for a while, and nothing waits. */
  isActive(): boolean;
  demand(): readonly Demand[];
  waiting(): { readonly calls: number; readonly longestMs: number };
  /** The share has changed. */
  onShare(): void;
}

/** Lasts through a few renewals that fail. */
const LEASE_MS = 8_000;
const RENEW_MS = 2_000;
/** Between renewals that may bring something: others give back what this holder is owed, or the demand has grown. */
const SOON_MS = 250;
/** A renewal that takes longer counts as failed, though it may take effect yet. */
const ANSWER_MS = 1_000;

/** What the last request said of a limit, and what was answered. */
interface Asked {
  readonly wanted: number;
  readonly cap: number;
  readonly owed: boolean;
  /** Not free for others until a request shows that it is not used any more. */
  readonly booked: number;
}

/**
 * Holds one side's share of a connection's budget: takes it when calls are made, renews it every other second, and gives it back when
 * nothing was called for a while. While the database does not answer it goes on with the last share; without one it waits.
 */
export class ShareKeeper {
  readonly #options: ShareKeeperOptions;
  readonly #closed = new AbortController();
  readonly #asked = new Map<string, Asked>();
  #share: LeasedShare | null = null;
  #isAway = false;
  #turn = 0;
  #renewedAtMs = 0;
  #pausedUntilMs = 0;
  #pauseMs: number | null = null;
  #sleep: { readonly untilMs: number; readonly end: AbortController } | null = null;
  #running: Promise<void> | null = null;

  constructor(options: ShareKeeperOptions) {
    this.#options = options;
  }

  /** What may be used of a limit now. */
  cap(limit: string): number {
    return this.#mayUse() ? (this.#asked.get(limit)?.cap ?? 0) : 0;
  }

  get pausedForMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.#options.clock.monotonicMs());
  }

  /** Notes that the vendor asked for a pause; the other holders read it with their next shares. */
  pause(ms: number): void {
    this.#pauseMs = Math.max(this.#pauseMs ?? 0, ms);
    this.#pauseFor(ms);
    this.wake();
  }

  /** Use or demand have changed: asks for another share where that may bring something. */
  wake(): void {
    if (this.#closed.signal.aborted) return;
    // Deferred: a renewal that fails on the spot wakes this again while it is being started.
    this.#running ??= Promise.resolve().then(() => this.#run());
    if (this.#sleep !== null && this.#dueAtMs() < this.#sleep.untilMs) this.#sleep.end.abort();
  }

  /** Gives the share back. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the budget is closed'));
    await this.#running;
    await this.#release();
  }

  async #run(): Promise<void> {
    const { isActive } = this.#options;
    const { signal } = this.#closed;
    while (!signal.aborted && isActive()) {
      await this.#renew();
      await this.#rest();
    }
    // Without an answer from the database the share stays: it is the last one.
    if (!signal.aborted && !this.#isAway) await this.#release();
    this.#running = null;
    // Calls may have come while the share was given back.
    if (isActive()) this.wake();
  }

  async #renew(): Promise<void> {
    const { connection, holder, shares, clock, log, demand, waiting, onShare } = this.#options;
    const demands = demand();
    const { calls, longestMs } = waiting();
    const pauseMs = this.#pauseMs;
    this.#turn += 1;
    this.#renewedAtMs = clock.monotonicMs();
    const needs = demands.map(
      ({ limit, used, wanted }): Need => ({ limit, held: this.#held(limit.name, used), wanted }),
    );
    try {
      const share = await this.#inTime(
        shares.renew(connection, {
          holder,
          turn: this.#turn,
          needs,
          leaseMs: LEASE_MS,
          pauseMs,
          waiting: calls,
          waitingMs: longestMs,
        }),
      );
      if (this.#isAway) log.info({ connection }, 'shares of the budget are renewed again');
      this.#share = share;
      this.#isAway = false;
      if (pauseMs === this.#pauseMs) this.#pauseMs = null;
      this.#pauseFor(share.pausedForMs);
      this.#asked.clear();
      for (const { limit, held, wanted } of needs) {
        const { cap, owed } = share.allowances.find(({ name }) => name === limit.name) ?? { cap: 0, owed: false };
        this.#asked.set(limit.name, { wanted, cap, owed, booked: Math.max(held, cap) });
      }
    } catch (error) {
      if (!this.#isAway)
        log.warn({ connection, err: error }, 'the share of the budget cannot be renewed: the last one counts');
      this.#isAway = true;
    }
    onShare();
  }

  /** Sleeps until the next renewal is due. */
  async #rest(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const untilMs = this.#dueAtMs();
      const ms = untilMs - clock.monotonicMs();
      if (ms <= 0 || this.#closed.signal.aborted) return;
      const end = new AbortController();
      this.#sleep = { untilMs, end };
      await clock.sleep(ms, AbortSignal.any([end.signal, this.#closed.signal])).catch(() => {});
      this.#sleep = null;
    }
  }

  #dueAtMs(): number {
    if (this.#isAway) return this.#renewedAtMs + SOON_MS;
    let bringsSomething = this.#pauseMs !== null;
    for (const { limit, used, wanted } of this.#options.demand()) {
      const asked = this.#asked.get(limit.name);
      // Others wait for what is not used any more.
      if (asked !== undefined && asked.booked > asked.cap && used <= asked.cap) return this.#renewedAtMs;
      if (asked === undefined || (asked.owed && wanted > asked.cap)) bringsSomething = true;
      else if (wanted > asked.wanted && wanted > asked.cap && asked.cap < limit.count) bringsSomething = true;
    }
    return this.#renewedAtMs + (bringsSomething ? SOON_MS : RENEW_MS);
  }

  async #release(): Promise<void> {
    if (this.#share === null) return;
    const { connection, holder, shares, demand, log } = this.#options;
    // Not used from here on, whether the database has taken it or not.
    this.#share = null;
    this.#asked.clear();
    this.#turn += 1;
    const used = Object.fromEntries(demand().map((each) => [each.limit.name, each.used]));
    try {
      await this.#inTime(shares.release(connection, { holder, turn: this.#turn, used }));
    } catch (error) {
      log.debug({ connection, err: error }, 'the share of the budget could not be given back: it ends with its lease');
    }
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const answered = new AbortController();
    const late = this.#options.clock.sleep(ANSWER_MS, answered.signal).then(() => {
      throw new Error(`no answer within ${ANSWER_MS} ms`);
    });
    late.catch(() => {});
    answer.catch(() => {});
    try {
      return await Promise.race([answer, late]);
    } finally {
      answered.abort();
    }
  }

  #mayUse(): boolean {
    return this.#share !== null && (this.#share.remainingMs() > 0 || this.#isAway);
  }

  #held(limit: string, used: number): number {
    return Math.max(used, this.#asked.get(limit)?.cap ?? 0);
  }

  #pauseFor(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#options.clock.monotonicMs() + ms);
  }
}
