import type { Clock } from '../../src/ports.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Time that passes only when nothing else is left to do: a simulated minute takes no time, and every run is the same. */
export class VirtualClock implements Clock {
  #nowMs = 1_000_000;
  #order = 0;
  readonly #timers: Timer[] = [];

  nowMicros(): number {
    return Math.floor(this.#nowMs * 1_000);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const timer = this.schedule(ms, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      const stop = (): void => {
        this.#cancel(timer);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  schedule(ms: number, wake: () => void): Timer {
    this.#order += 1;
    const timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order, wake };
    this.#timers.push(timer);
    return timer;
  }

  /** Lets time pass until `work` settles. Throws when it never will, or not within `limitMs`. */
  async drive<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const endMs = this.#nowMs + limitMs;
    let settled = false;
    const done = work.finally(() => {
      settled = true;
    });
    done.catch(() => {});
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return done;
      const next = this.#takeNext();
      if (next === null) throw new Error('simulation is stuck: nothing is scheduled any more');
      if (next.atMs > endMs) throw new Error(`simulation did not end within ${limitMs} ms of its own time`);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }

  #takeNext(): Timer | null {
    let best: Timer | null = null;
    for (const timer of this.#timers) {
      if (best === null || timer.atMs < best.atMs || (timer.atMs === best.atMs && timer.order < best.order))
        best = timer;
    }
    if (best !== null) this.#cancel(best);
    return best;
  }

  #cancel(timer: Timer): void {
    const index = this.#timers.indexOf(timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }
}
