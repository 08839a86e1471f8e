import type { BudgetLimit, Budgets } from '@entrepot/store';
import {
  type BudgetLimits,
  type CallBudget,
  type CallContext,
  type CostBudget,
  createCostBudget,
  type VendorLog,
} from '@entrepot/vendor-kit';
import type { Clock } from '../clock.ts';
import type { BudgetState, BudgetWaits } from './observe.ts';
import {
  CallWindow,
  describePoints,
  describeWait,
  openCall,
  Place,
  Shortages,
  SlowStart,
  type Waiter,
  Waiters,
} from './places.ts';
import { type Demand, ShareKeeper } from './share-keeper.ts';

export interface ConnectionBudgetOptions {
  readonly connection: string;
  /** The side, and what makes it a holder of its own, e.g. `sink erp-1 17`; never the same again. */
  readonly holder: string;
  readonly limits: BudgetLimits;
  readonly shares: Pick<Budgets, 'renew' | 'release'>;
  readonly clock: Clock;
  readonly log: VendorLog;
  /** How long calls wait for their places. */
  readonly waits?: BudgetWaits;
  /** Called with why calls wait when they do for more than a moment, and with null when none does. */
  onShortage?(reason: string | null): void;
}

interface Interval {
  readonly limit: BudgetLimit;
  readonly window: CallWindow;
}

const CONCURRENCY = 'concurrency';
const POINTS: BudgetLimit = { name: 'points', count: 100, windowMs: 0 };
/** A share is kept for so long without calls. */
const IDLE_MS = 4_000;
const RECENT_MS = 2_000;
/** Waiting for less is ordinary. */
const SHORTAGE_AFTER_MS = 1_000;

/**
 * What one side of a connection may call now: its share of the connection's limits, which all sides and processes have together. Work waits
 * here for a place among the requests at once and for room in every interval; live work goes first, and bulk work takes at most half of the
 * places. No call costs a write: the share is leased for seconds.
 */
export class ConnectionBudget implements CallBudget {
  readonly points: CostBudget;
  readonly #options: ConnectionBudgetOptions;
  readonly #keeper: ShareKeeper;
  readonly #waiters = new Waiters();
  readonly #slowStart = new SlowStart();
  readonly #closed = new AbortController();
  readonly #intervals: readonly Interval[];
  readonly #shortages: Shortages;
  #live = 0;
  #bulk = 0;
  #waitingForPoints = 0;
  #lastUseMs = Number.NEGATIVE_INFINITY;
  /** The next look that is planned. */
  #look: { readonly atMs: number; readonly end: AbortController } | null = null;

  constructor(options: ConnectionBudgetOptions) {
    this.#options = options;
    const { connection, holder, limits, shares, clock, log, onShortage = () => {} } = options;
    this.#intervals = limits.requests.map(({ count, seconds }): Interval => {
      const windowMs = seconds * 1_000;
      return { limit: { name: `interval:${windowMs}`, count, windowMs }, window: new CallWindow(windowMs) };
    });
    this.#shortages = new Shortages(onShortage);
    this.#keeper = new ShareKeeper({
      connection,
      holder,
      shares,
      clock,
      log,
      isActive: () => this.#isActive(),
      demand: () => this.#listDemand(),
      waiting: () => this.#describeWaiting(),
      onShare: () => this.#pump(),
    });
    this.points = this.#openPoints();
  }

  get state(): BudgetState {
    return {
      places: this.#keeper.cap(CONCURRENCY),
      busy: this.#busy,
      waiting: this.#waiters.count('request', 'live', 'bulk'),
    };
  }

  /** Waits for a place, with room for its first request. @throws the signal's reason */
  async enter(wants: 'live' | 'bulk', signal: AbortSignal): Promise<Place> {
    await this.#wait(wants, signal);
    return new Place({
      reserve: (other) => this.#wait('request', other),
      charge: () => {
        this.#noteUse();
        for (const { window } of this.#intervals) window.charge(this.#nowMs);
      },
      giveBack: () => {
        for (const { window } of this.#intervals) window.giveBack();
        this.#pump();
      },
      leave: () => {
        this.#noteUse();
        if (wants === 'bulk') this.#bulk -= 1;
        else this.#live -= 1;
        this.#pump();
      },
    });
  }

  call(signal: AbortSignal): CallContext {
    return openCall(signal, (entering) => this.enter('live', entering));
  }

  pause(ms: number): void {
    this.#keeper.pause(ms);
    this.#pump();
  }

  /** The vendor has been out of order and answers again: places return gradually. */
  startSlowly(): void {
    this.#slowStart.begin();
  }

  noteSuccess(): void {
    if (this.#slowStart.noteSuccess(this.#keeper.cap(CONCURRENCY))) this.#pump();
  }

  /** Gives the share back, and refuses what waits: nothing is let in any more. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the budget is closed'));
    await this.#keeper.close();
    this.#shortages.end();
  }

  get #busy(): number {
    return this.#live + this.#bulk;
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  async #wait(wants: Waiter['wants'], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const sinceMs = this.#nowMs;
    if (!this.#enterAtOnce(wants)) {
      const entered = this.#waiters.wait(wants, sinceMs, AbortSignal.any([signal, this.#closed.signal]));
      this.#pump();
      try {
        await entered;
      } catch (error) {
        this.#pump();
        throw error;
      }
    }
    const { connection, waits } = this.#options;
    waits?.observe({ connection }, (this.#nowMs - sinceMs) / 1_000);
  }

  /** Mostly nobody waits and there is room: then a call needs no place in a line. */
  #enterAtOnce(wants: Waiter['wants']): boolean {
    if (!this.#waiters.isEmpty || this.#keeper.pausedForMs > 0 || !this.#tryEnter(wants)) return false;
    this.#keeper.wake();
    return true;
  }

  /** Lets in what may enter now; plans the next look, and asks for another share where that may help. */
  #pump(): void {
    if (this.#keeper.pausedForMs === 0) this.#waiters.letIn((wants) => this.#tryEnter(wants));
    this.#keeper.wake();
    const since = this.#waiters.firstSinceMs;
    const isLong = since !== null && this.#nowMs - since >= SHORTAGE_AFTER_MS;
    this.#shortages.tell('places', isLong ? this.#describeShortage() : null);
    const waitMs = since === null ? null : this.#msToNextLook(since);
    if (waitMs !== null) this.#lookAgainIn(waitMs);
  }

  /** Taken at once when there is room: nothing else can come between. */
  #tryEnter(wants: Waiter['wants']): boolean {
    const nowMs = this.#nowMs;
    if (this.#intervals.some(({ limit, window }) => window.count(nowMs) >= this.#keeper.cap(limit.name))) return false;
    if (wants !== 'request') {
      const places = this.#slowStart.bound(this.#keeper.cap(CONCURRENCY));
      if (this.#busy >= places) return false;
      if (wants === 'bulk' && (this.#waiters.count('live') > 0 || this.#bulk >= Math.ceil(places / 2))) return false;
      if (wants === 'bulk') this.#bulk += 1;
      else this.#live += 1;
    }
    for (const { window } of this.#intervals) window.reserve();
    return true;
  }

  #msToNextLook(sinceMs: number): number | null {
    const nowMs = this.#nowMs;
    const times = [this.#keeper.pausedForMs, sinceMs + SHORTAGE_AFTER_MS - nowMs];
    for (const { limit, window } of this.#intervals) {
      const freeAtMs = window.freeAtMs(this.#keeper.cap(limit.name), nowMs);
      if (freeAtMs !== null) times.push(freeAtMs - nowMs);
    }
    const later = times.filter((ms) => ms > 0);
    return later.length === 0 ? null : Math.min(...later);
  }

  /** An earlier look that is planned stays, and plans the next one: a timer a call would cost more than all else here. */
  #lookAgainIn(ms: number): void {
    const atMs = this.#nowMs + ms;
    if (this.#look !== null && this.#look.atMs <= atMs) return;
    this.#look?.end.abort();
    const look = { atMs, end: new AbortController() };
    this.#look = look;
    this.#options.clock.sleep(ms, AbortSignal.any([look.end.signal, this.#closed.signal])).then(
      () => {
        this.#look = null;
        this.#pump();
      },
      () => {},
    );
  }

  #noteUse(): void {
    this.#lastUseMs = this.#nowMs;
  }

  #isActive(): boolean {
    return (
      this.#busy + this.#waiters.count('request', 'live', 'bulk') + this.#waitingForPoints > 0 ||
      this.#nowMs - this.#lastUseMs < IDLE_MS
    );
  }

  #listDemand(): readonly Demand[] {
    const nowMs = this.#nowMs;
    const { concurrency, points } = this.#options.limits;
    const wantedPlaces = this.#busy + this.#waiters.count('live', 'bulk');
    const waiting = this.#waiters.count('request', 'live', 'bulk');
    const limit = { name: CONCURRENCY, count: concurrency, windowMs: 0 };
    const demands: Demand[] = [{ limit, used: this.#busy, wanted: wantedPlaces }];
    for (const { limit: interval, window } of this.#intervals) {
      const used = window.count(nowMs);
      // As many again as lately: what is made until the next renewal must be asked for before.
      const expected = wantedPlaces > 0 ? Math.max(1, window.countMadeSince(nowMs - RECENT_MS)) : 0;
      demands.push({ limit: interval, used, wanted: used + waiting + expected });
    }
    if (points) demands.push({ limit: POINTS, used: 0, wanted: this.#isActive() ? POINTS.count : 0 });
    return demands;
  }

  #describeWaiting() {
    const since = this.#waiters.firstSinceMs;
    return {
      calls: this.#waiters.count('request', 'live', 'bulk'),
      longestMs: since === null ? 0 : this.#nowMs - since,
    };
  }

  #openPoints(): CostBudget {
    const budget = createCostBudget({
      now: () => this.#nowMs,
      // Without a share the next request waits for one anyway.
      share: () => (this.#options.limits.points ? this.#keeper.cap(POINTS.name) / POINTS.count || 1 : 1),
      onShortage: (shortage) => this.#shortages.tell('points', shortage === null ? null : describePoints(shortage)),
    });
    return {
      tryAcquire: (request) => budget.tryAcquire(request),
      acquire: async (request) => {
        this.#waitingForPoints += 1;
        this.#keeper.wake();
        try {
          return await budget.acquire(request);
        } finally {
          this.#waitingForPoints -= 1;
        }
      },
    };
  }

  #describeShortage(): string {
    return describeWait(this.#describeWaiting().calls, this.#keeper.pausedForMs, this.#options.limits);
  }
}
