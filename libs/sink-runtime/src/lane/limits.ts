import type { Clock } from '@entrepot/runtime-kit/clock';

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
