import type { Exchange } from '@entrepot/canonical';
import { VendorError } from './vendor-error.ts';

/** What accompanies every call to a vendor, of sources and targets. */
export interface CallContext {
  /** Aborts on shutdown or when the lane is lost. */
  readonly signal: AbortSignal;
  /**
   * Waits until the connection's budget has room for one request. The HTTP client calls it before each one, and what it returns when the
   * request has ended.
   * @throws the signal's reason
   */
  admit(): Promise<() => void>;
  /**
   * Called by the HTTP client with a socket in hand, right before each request is written: charges it to the budget.
   * @throws when the writer may no longer send (its lease would not outlive `timeoutMs`); nothing has been sent then
   */
  beforeSend(timeoutMs: number): void;
  /** Receives each exchange as evidence for the operator; what is read of it is masked and cut. */
  record(exchange: Exchange): void;
  /**
   * For a request that other callers wait for as well, such as a log-in: it goes by this call's place in the budget, but neither by its
   * signal nor by its lease, and is no evidence of it.
   */
  share(signal: AbortSignal): CallContext;
}

/** What a client takes from the budget of its connection besides the calls that it is given. */
export interface ClientBudget {
  /** A call that belongs to no attempt, such as a log-out: each of its requests waits for the budget by itself. */
  openCall(signal: AbortSignal): CallContext;
  /** The points that calls may cost; without reports of the vendor everything is granted. */
  readonly points: CostBudget;
}

/** What the calls of one connection may be, as its runtime shares it out among processes and sides. */
export interface CallBudget {
  /** A call that belongs to no attempt: each of its requests waits for the budget by itself. */
  call(signal: AbortSignal): CallContext;
  readonly points: CostBudget;
  /** The vendor asked for a pause: no side calls for so long. */
  pause(ms: number): void;
}

/**
 * Mutual exclusion per key within the process. One process writes one target, so this keeps two deliveries from
 * creating the same document twice.
 */
export class KeyLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` while holding all keys. Keys are taken in sorted order, so that two takers cannot wait for each other. */
  async run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const sorted = [...new Set(keys)].sort();
    const releases: (() => void)[] = [];
    try {
      for (const key of sorted) releases.push(await this.#take(key));
      return await work();
    } finally {
      for (const release of releases.reverse()) release();
    }
  }

  async #take(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    let open: () => void = () => {};
    const mine = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#tails.set(key, mine);
    await before;
    return () => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
      open();
    };
  }
}

/**
 * The purpose of a call. Each use gets its share of a short budget, so that none blocks another: `look` reads records
 * for the first time, `page` reads on in records that are wider than one answer, `list` finds what changed, `question`
 * answers a person who waits.
 */
export type BudgetUse = 'question' | 'look' | 'page' | 'list';

/** What the vendor says about its budget. */
export interface BudgetStatus {
  readonly maximum: number;
  readonly available: number;
  readonly restoredPerSecond: number;
}

export interface BudgetRequest {
  readonly use: BudgetUse;
  /** Minimum without which the call cannot be made. */
  readonly least: number;
  /** Useful maximum: a batch is cut to what is granted. */
  readonly most: number;
  readonly signal: AbortSignal;
}

export interface Grant {
  readonly points: number;
  /** The call is over; with what its answer said about the budget, and what it really cost, where that is less than was granted. */
  end(status: BudgetStatus | null, spent?: number): void;
}

/** Calls wait for a budget that is short. */
export interface Shortage {
  readonly waiting: number;
  /** Null while the vendor has said nothing. */
  readonly status: BudgetStatus | null;
}

/** The points that a connection's calls may cost, as a leaky bucket at the vendor, shared out here. */
export interface CostBudget {
  /**
   * Resolves when it is this call's turn and its minimum is available. Until the vendor has reported its budget,
   * everything is granted.
   * @throws VendorError `throttled` when even the first in line would wait for long; `unavailable` when aborted
   */
  acquire(request: BudgetRequest): Promise<Grant>;
  /** The same without waiting: null when the points are not available, or others wait. */
  tryAcquire(request: BudgetRequest): Grant | null;
}

export interface CostBudgetOptions {
  readonly now: () => number;
  /** The part of the vendor's points that is this side's, from 0 to 1. Left out: all. */
  share?(): number;
  /** Called when calls wait for more than a moment, and with null when none does. */
  onShortage?(shortage: Shortage | null): void;
}

/** Points go to uses in these proportions while all of them wait. */
const SHARES: Readonly<Record<BudgetUse, number>> = { question: 8, look: 4, page: 4, list: 2 };
/**
 * Longest time that the first in line waits here; beyond it the whole connection waits. The operator is alerted sooner.
 */
const MAX_WAIT_MS = 30_000;
const MAX_QUESTION_MS = 5_000;
/** Waiting for less is ordinary. */
const SHORTAGE_AFTER_MS = 1_000;

interface Waiter extends BudgetRequest {
  readonly sinceMs: number;
  readonly grant: (grant: Grant) => void;
  readonly refuse: (error: VendorError) => void;
}

interface Line {
  readonly use: BudgetUse;
  readonly waiters: Waiter[];
  /** Points granted, by share: the line with the least is served next. */
  served: number;
}

/**
 * Shares by stride scheduling: the next in line keeps its turn until its points are available, so cheaper calls do not
 * starve it. A use without requests saves nothing up.
 */
export function createCostBudget({ now, share = () => 1, onShortage = () => {} }: CostBudgetOptions): CostBudget {
  const lines = (Object.keys(SHARES) as BudgetUse[]).map((use): Line => ({ use, waiters: [], served: 0 }));
  const lineOf = new Map(lines.map((line) => [line.use, line]));
  let known: { readonly status: BudgetStatus; readonly atMs: number } | null = null;
  let reserved = 0;
  let servedLast = 0;
  let isShort = false;
  let timer: NodeJS.Timeout | undefined;

  const countWaiting = (): number => lines.reduce((sum, line) => sum + line.waiters.length, 0);

  function availableNow(): number {
    if (known === null) return Number.POSITIVE_INFINITY;
    const restored = (Math.max(0, now() - known.atMs) / 1_000) * known.status.restoredPerSecond;
    return Math.min(known.status.maximum, known.status.available + restored) * share() - reserved;
  }

  function waitMs(least: number): number {
    if (known === null) return 0;
    const missing = Math.min(least, known.status.maximum * share()) - availableNow();
    if (missing <= 0) return 0;
    const restoredPerSecond = known.status.restoredPerSecond * share();
    return restoredPerSecond > 0 ? Math.ceil((missing / restoredPerSecond) * 1_000) : 1_000;
  }

  function findNext(): Line | undefined {
    return lines.filter((line) => line.waiters.length > 0).sort((a, b) => a.served - b.served)[0];
  }

  function grantTo(line: Line, { least, most }: BudgetRequest): Grant {
    const points = Math.max(least, Math.min(most, availableNow()));
    servedLast = Math.max(line.served, servedLast);
    line.served = servedLast + points / SHARES[line.use];
    reserved += points;
    let over = false;
    return {
      points,
      end(status, spent = points) {
        if (over) return;
        over = true;
        reserved -= points;
        // Its line is charged for what it took, not for what it had to request.
        line.served -= (points - Math.min(points, spent)) / SHARES[line.use];
        if (status !== null) known = { status, atMs: now() };
        pump();
      },
    };
  }

  function pump(): void {
    clearTimeout(timer);
    for (let line = findNext(); line !== undefined; line = findNext()) {
      const waiter = line.waiters[0] as Waiter;
      const ms = waitMs(waiter.least);
      if (ms > (waiter.use === 'question' ? MAX_QUESTION_MS : MAX_WAIT_MS)) {
        line.waiters.shift();
        waiter.refuse(describeUsedUp(ms));
        continue;
      }
      if (ms > 0) {
        timer = setTimeout(pump, ms);
        tellShortage(ms + now() - waiter.sinceMs > SHORTAGE_AFTER_MS);
        return;
      }
      line.waiters.shift();
      waiter.grant(grantTo(line, waiter));
    }
    if (isShort) {
      isShort = false;
      onShortage(null);
    }
  }

  function tellShortage(isLong: boolean): void {
    if (!isLong && !isShort) return;
    isShort = true;
    const status = known === null ? null : { ...known.status, available: Math.max(0, Math.floor(availableNow())) };
    onShortage({ waiting: countWaiting(), status });
  }

  function join(line: Line, waiter: Waiter): void {
    // A line without waiters does not save up its share.
    if (line.waiters.length === 0) line.served = Math.max(line.served, servedLast);
    line.waiters.push(waiter);
  }

  return {
    acquire: (request) =>
      new Promise<Grant>((resolve, reject) => {
        const line = lineOf.get(request.use) as Line;
        if (request.signal.aborted) return reject(describeStopped(request.signal));
        const leave = (): void => {
          const at = line.waiters.indexOf(waiter);
          if (at < 0) return;
          line.waiters.splice(at, 1);
          reject(describeStopped(request.signal));
          pump();
        };
        const done = (): void => request.signal.removeEventListener('abort', leave);
        const waiter: Waiter = {
          ...request,
          sinceMs: now(),
          grant: (grant) => {
            done();
            resolve(grant);
          },
          refuse: (error) => {
            done();
            reject(error);
          },
        };
        request.signal.addEventListener('abort', leave, { once: true });
        join(line, waiter);
        pump();
      }),
    tryAcquire(request) {
      if (request.signal.aborted || countWaiting() > 0 || waitMs(request.least) > 0) return null;
      return grantTo(lineOf.get(request.use) as Line, request);
    },
  };
}

/** Code of a call that this side did not make, for want of points. */
export const POINTS_SPENT = 'points-spent';

function describeUsedUp(retryAfterMs: number): VendorError {
  return new VendorError('throttled', 'The points for calls are used up', { code: POINTS_SPENT, retryAfterMs });
}

function describeStopped(signal: AbortSignal): VendorError {
  return new VendorError('unavailable', 'Stopped while waiting for points', {
    code: 'aborted',
    cause: signal.reason,
  });
}
