interface Waiter {
  readonly pass: () => void;
}

/**
 * Where deliveries wait while their lane holds. Holds are kept by reason, so that the end of one does not end another.
 * First in, first out; `admitOne` lets a single delivery through a closed gate, as a probe.
 */
export class HoldGate {
  readonly #holds = new Map<string, string>();
  readonly #waiters = new Set<Waiter>();
  readonly #onChange: () => void;
  /** Key of the hold that one may pass as a probe, as soon as it is all that holds. */
  #probeOf: string | null = null;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get open(): boolean {
    return this.#holds.size === 0;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Reasons in words, by key. */
  get holds(): ReadonlyMap<string, string> {
    return this.#holds;
  }

  hold(key: string, words: string): void {
    if (key === this.#probeOf) this.#probeOf = null;
    if (this.#holds.get(key) === words) return;
    this.#holds.set(key, words);
    this.#onChange();
  }

  release(key: string): void {
    if (!this.#holds.delete(key)) return;
    if (key === this.#probeOf) this.#probeOf = null;
    if (this.open) for (const waiter of [...this.#waiters]) this.#let(waiter);
    else this.#admitProbe();
    this.#onChange();
  }

  /** Lets the longest waiting one through, or the next to come, as soon as `key` is all that holds. */
  admitOne(key: string): void {
    if (!this.#holds.has(key)) return;
    this.#probeOf = key;
    this.#admitProbe();
  }

  /** Resolves when the gate is open or this one is let through; rejects with the signal's reason. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.open) return;
    if (this.#mayProbe) {
      this.#probeOf = null;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        pass: () => {
          signal.removeEventListener('abort', stop);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  get #mayProbe(): boolean {
    return this.#probeOf !== null && this.#holds.size === 1 && this.#holds.has(this.#probeOf);
  }

  #admitProbe(): void {
    const [first] = this.#waiters;
    if (first === undefined || !this.#mayProbe) return;
    this.#probeOf = null;
    this.#let(first);
  }

  #let(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    waiter.pass();
  }
}
