import type { Exchange } from '@entrepot/canonical';
import { VendorError } from './vendor-error.ts';

/** What accompanies every call to a vendor on behalf of one attempt. */
export interface CallContext {
  /** Aborts on shutdown or when the lane is lost. */
  readonly signal: AbortSignal;
  /**
   * Called by the HTTP client with a socket in hand, right before each request is written.
   * @throws when the writer may no longer send (its lease would not outlive `timeoutMs`); nothing has been sent then
   */
  beforeSend(timeoutMs: number): void;
  /** Receives each exchange as evidence for the operator; what is read of it is masked and cut. */
  record(exchange: Exchange): void;
}

/** A call context for reads outside an attempt: no lease, exchanges dropped. */
export function detachedCall(signal: AbortSignal): CallContext {
  return { signal, beforeSend: () => {}, record: () => {} };
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
export function createCostBudget({ now, onShortage = () => {} }: CostBudgetOptions): CostBudget {
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
    return Math.min(known.status.maximum, known.status.available + restored) - reserved;
  }

  function waitMs(least: number): number {
    if (known === null) return 0;
    const missing = Math.min(least, known.status.maximum) - availableNow();
    if (missing <= 0) return 0;
    const { restoredPerSecond } = known.status;
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

function describeUsedUp(retryAfterMs: number): VendorError {
  return new VendorError('throttled', 'The query budget is used up', { code: 'THROTTLED', retryAfterMs });
}

function describeStopped(signal: AbortSignal): VendorError {
  return new VendorError('unavailable', 'Stopped while waiting for query budget', {
    code: 'aborted',
    cause: signal.reason,
  });
}
