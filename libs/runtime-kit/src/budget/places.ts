import type { Exchange } from '@entrepot/canonical';
import { type BudgetLimits, type CallContext, type Shortage, VendorError } from '@entrepot/vendor-kit';

/** What accompanies the calls made in a place. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** @throws when nothing may be sent any more */
  check?(timeoutMs: number): void;
  record?(exchange: Exchange): void;
}

/** What a place needs of its budget. */
export interface PlaceBudget {
  /** Reserves one more request in every interval. */
  reserve(signal: AbortSignal): Promise<void>;
  /** A reserved request is made. */
  charge(): void;
  /** A reserved request was not made. */
  giveBack(): void;
  leave(): void;
}

/** One of a connection's requests at once, with a reserved request: those that are made in it take turns. */
export class Place {
  readonly #budget: PlaceBudget;
  /** Reserved, and not made yet. */
  #reserved = 1;
  /** Ends when the request under way does. */
  #busy: Promise<void> = Promise.resolve();
  #left = false;

  constructor(budget: PlaceBudget) {
    this.#budget = budget;
  }

  call({ signal, check = () => {}, record = () => {} }: CallOptions): CallContext {
    return {
      signal,
      record,
      admit: () => this.#admit(signal),
      beforeSend: (timeoutMs) => {
        signal.throwIfAborted();
        check(timeoutMs);
        this.#charge();
      },
      share: (other) => this.call({ signal: other }),
    };
  }

  /** Leaves when the request under way has ended: others may wait for it beyond the end of this call. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    void this.#busy.then(() => {
      if (this.#reserved > 0) this.#budget.giveBack();
      this.#budget.leave();
    });
  }

  async #admit(signal: AbortSignal): Promise<() => void> {
    if (this.#left) throw new VendorError('unavailable', 'Stopped before the request was made', { code: 'aborted' });
    const before = this.#busy;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#busy = before.then(() => ended);
    try {
      await before;
      signal.throwIfAborted();
      if (this.#reserved === 0) {
        await this.#budget.reserve(signal);
        this.#reserved = 1;
      }
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  #charge(): void {
    // A target without HTTP may send without asking first.
    if (this.#reserved === 0) return;
    this.#reserved = 0;
    this.#budget.charge();
  }
}

/** A call that holds no place between its requests: each enters by itself. */
export function openCall(signal: AbortSignal, enter: (signal: AbortSignal) => Promise<Place>): CallContext {
  const admitted: CallContext[] = [];
  return {
    signal,
    record: () => {},
    admit: async () => {
      const place = await enter(signal);
      const call = place.call({ signal });
      let end = (): void => {};
      try {
        end = await call.admit();
      } catch (error) {
        place.leave();
        throw error;
      }
      admitted.push(call);
      return () => {
        const at = admitted.indexOf(call);
        if (at >= 0) admitted.splice(at, 1);
        end();
        place.leave();
      };
    },
    // Requests of one call are alike: whichever is sent first is charged first.
    beforeSend: (timeoutMs) => {
      signal.throwIfAborted();
      admitted.shift()?.beforeSend(timeoutMs);
    },
    share: (other) => openCall(other, enter),
  };
}

/** One that waits for room in a budget. */
export interface Waiter {
  /** A place, or one more request of a place that is held already. */
  readonly wants: 'live' | 'bulk' | 'request';
  readonly sinceMs: number;
  readonly enter: () => void;
}

/** Further requests of held places go first: others may wait for those places. Then live work, then bulk work. */
const ORDER: readonly Waiter['wants'][] = ['request', 'live', 'bulk'];

/** Those that wait for room in a budget, each kind in order of arrival. */
export class Waiters {
  readonly #lines = { request: [] as Waiter[], live: [] as Waiter[], bulk: [] as Waiter[] };

  /** Resolves when it is let in; rejects with the signal's reason. */
  wait(wants: Waiter['wants'], sinceMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.#lines[wants];
      const stop = (): void => {
        line.splice(line.indexOf(waiter), 1);
        reject(signal.reason as Error);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const waiter: Waiter = { wants, sinceMs, enter };
      line.push(waiter);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  get isEmpty(): boolean {
    const { request, live, bulk } = this.#lines;
    return request.length === 0 && live.length === 0 && bulk.length === 0;
  }

  count(...kinds: readonly Waiter['wants'][]): number {
    let sum = 0;
    for (const kind of kinds) sum += this.#lines[kind].length;
    return sum;
  }

  /** When the first of them came; null when none waits. */
  get firstSinceMs(): number | null {
    if (this.isEmpty) return null;
    return Math.min(...ORDER.map((kind) => this.#lines[kind][0]?.sinceMs ?? Number.POSITIVE_INFINITY));
  }

  /** Lets in whoever may enter, in order. */
  letIn(mayEnter: (wants: Waiter['wants']) => boolean): void {
    for (const kind of ORDER) {
      const line = this.#lines[kind];
      while (line.length > 0 && mayEnter(kind)) line.shift()?.enter();
    }
  }
}

/** Calls of the last so many milliseconds, with those that are about to be made. */
export class CallWindow {
  readonly #windowMs: number;
  #reserved = 0;
  /** When calls were made, oldest first. */
  #madeAtMs: number[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  count(nowMs: number): number {
    this.#forget(nowMs);
    return this.#reserved + this.#madeAtMs.length;
  }

  countMadeSince(sinceMs: number): number {
    return this.#madeAtMs.filter((atMs) => atMs >= sinceMs).length;
  }

  /** When a place comes free, with so many calls allowed; null when only the end of a reservation frees one. */
  freeAtMs(allowed: number, nowMs: number): number | null {
    const over = this.count(nowMs) - allowed;
    const leaves = this.#madeAtMs[Math.max(0, over)];
    return allowed <= 0 || leaves === undefined ? null : leaves + this.#windowMs;
  }

  reserve(): void {
    this.#reserved += 1;
  }

  /** The call was not made. */
  giveBack(): void {
    this.#reserved -= 1;
  }

  /** The reserved call is made now. */
  charge(nowMs: number): void {
    this.#reserved -= 1;
    this.#madeAtMs.push(nowMs);
  }

  #forget(nowMs: number): void {
    let aged = 0;
    while ((this.#madeAtMs[aged] ?? Number.POSITIVE_INFINITY) + this.#windowMs <= nowMs) aged += 1;
    if (aged > 0) this.#madeAtMs = this.#madeAtMs.slice(aged);
  }
}

/** After an outage the places of a budget return gradually (1, 2, 4 …), one doubling per full round of successes. */
export class SlowStart {
  /** Null: nothing is held back. */
  #allowed: number | null = null;
  #successes = 0;

  /** How many of the places may be taken. */
  bound(places: number): number {
    return Math.min(places, this.#allowed ?? places);
  }

  begin(): void {
    this.#allowed = 1;
    this.#successes = 0;
  }

  /** @returns true when more places may be taken from now on */
  noteSuccess(places: number): boolean {
    if (this.#allowed === null) return false;
    this.#successes += 1;
    if (this.#successes < this.#allowed) return false;
    this.#successes = 0;
    this.#allowed = this.#allowed * 2 >= places ? null : this.#allowed * 2;
    return true;
  }
}

/** Why calls wait, by what they wait for; the first reason is told, and null when there is none any more. */
export class Shortages {
  readonly #reasons = new Map<'places' | 'points', string>();
  readonly #onChange: (reason: string | null) => void;

  constructor(onChange: (reason: string | null) => void) {
    this.#onChange = onChange;
  }

  tell(of: 'places' | 'points', reason: string | null): void {
    const before = this.#first();
    if (reason === null) this.#reasons.delete(of);
    else this.#reasons.set(of, reason);
    if (this.#first() !== before) this.#onChange(this.#first());
  }

  end(): void {
    for (const of of [...this.#reasons.keys()]) this.tell(of, null);
  }

  #first(): string | null {
    const [first = null] = this.#reasons.values();
    return first;
  }
}

export function describeWait(calls: number, pausedForMs: number, { concurrency, requests }: BudgetLimits): string {
  if (pausedForMs > 0)
    return `The vendor asked for a pause; ${countCalls(calls)} for ${Math.ceil(pausedForMs / 1_000)} s.`;
  const limits = [`${concurrency} at once`, ...requests.map(({ count, seconds }) => `${count} in ${seconds} s`)];
  return `${countCalls(calls)} for the connection's budget (${limits.join(', ')}; settings.budget).`;
}

export function describePoints({ waiting, status }: Shortage): string {
  const left =
    status === null
      ? ''
      : `: ${status.available} of ${status.maximum} points are left, ${status.restoredPerSecond} come back a second`;
  return `The vendor's points for calls are short${left}; ${countCalls(waiting)}.`;
}

function countCalls(count: number): string {
  return count === 1 ? '1 call waits' : `${count} calls wait`;
}
