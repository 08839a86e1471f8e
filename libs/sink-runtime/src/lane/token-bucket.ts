import type { Clock } from '@entrepot/runtime-kit/clock';

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
