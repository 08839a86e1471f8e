interface Waiter {
  readonly pass: () => void;
}

/**
 * Where deliveries wait while their lane holds. Holds are kept by reason, so that one ending does not end another. First come, first
 * through; `admitOne` lets a single one through a closed gate, as a probe.
 */
export class HoldGate {
  readonly #holds = new Map<string, string>();
  readonly #waiters = new Set<Waiter>();
  readonly #onChange: () => void;
  #probes = 0;

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
    this.#probes = 0;
    if (this.#holds.get(key) === words) return;
    this.#holds.set(key, words);
    this.#onChange();
  }

  release(key: string): void {
    if (!this.#holds.delete(key)) return;
    if (this.open) {
      this.#probes = 0;
      for (const waiter of [...this.#waiters]) this.#let(waiter);
    }
    this.#onChange();
  }

  /** Lets the longest waiting one through, or the next to come, if `key` is all that holds. */
  admitOne(key: string): void {
    if (this.#holds.size !== 1 || !this.#holds.has(key)) return;
    const [first] = this.#waiters;
    if (first === undefined) this.#probes = 1;
    else this.#let(first);
  }

  /** Resolves when the gate is open or this one is let through; rejects with the signal's reason. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.open) return;
    if (this.#probes > 0 && this.#holds.size === 1) {
      this.#probes -= 1;
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

  #let(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    waiter.pass();
  }
}
