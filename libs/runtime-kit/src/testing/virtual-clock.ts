import type { Clock } from '../clock.ts';

export interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
  cancelled: boolean;
}

/** Time that passes only when no other work is left: a simulated minute takes no time, and every run is the same. */
export class VirtualClock implements Clock {
  #nowMs = 1_000_000;
  #order = 0;
  /** A binary heap: the earliest first, among equal ones the first planned. */
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
        timer.cancelled = true;
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Calls `wake` once after `ms`, unless the timer is cancelled before. */
  schedule(ms: number, wake: () => void): Timer {
    this.#order += 1;
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order, wake, cancelled: false };
    this.#rise(timer);
    return timer;
  }

  /** Lets time pass until `work` settles. Throws when it never settles, or not within `limitMs`. */
  async drive<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const endMs = this.#nowMs + limitMs;
    let settled = false;
    const done = work.finally(() => {
      settled = true;
    });
    done.catch(() => {});
    for (;;) {
      // Every promise that can settle without time passing settles before this resolves: ticks run when no microtask is left.
      await new Promise<void>((resolve) => queueMicrotask(() => process.nextTick(resolve)));
      if (settled) return done;
      const next = this.#takeNext();
      if (next === null) throw new Error('simulation is stuck: nothing is scheduled any more');
      if (next.atMs > endMs) throw new Error(`simulation did not end within ${limitMs} ms of its own time`);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }

  #rise(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent] as Timer)) break;
      heap[at] = heap[parent] as Timer;
      at = parent;
    }
    heap[at] = timer;
  }

  #takeNext(): Timer | null {
    for (;;) {
      const first = this.#takeFirst();
      if (first === null || !first.cancelled) return first;
    }
  }

  #takeFirst(): Timer | null {
    const heap = this.#timers;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (first === last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child += 1;
      if (!isBefore(heap[child] as Timer, last)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
