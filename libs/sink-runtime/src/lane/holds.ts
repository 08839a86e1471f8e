import type { Clock } from '@entrepot/runtime-kit/clock';
import { createBackoff } from '@entrepot/service-kit/backoff';
import { Outage } from '../ports.ts';

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

const WAIT = { firstMs: 500, longestMs: 5_000 } as const;

/** Whether a needed system answers again; rejects while it does not. */
export type Ping = (of: Outage['of']) => Promise<void>;

/**
 * Outages of the systems that every lane and the router need: one gate for all, and one probe loop per system. A caller
 * that runs into an outage notes it here and passes the gate again.
 */
export class Outages {
  readonly #clock: Clock;
  readonly #ping: Ping;
  readonly #watched = new Set<Outage['of']>();
  readonly #listeners = new Set<() => void>();
  readonly #gate = new HoldGate(() => this.#tell());
  readonly #stopped = new AbortController();

  constructor(clock: Clock, ping: Ping) {
    this.#clock = clock;
    this.#ping = ping;
  }

  /** Words of the outages there are, by system. */
  get words(): ReadonlyMap<string, string> {
    return this.#gate.holds;
  }

  note(outage: Pick<Outage, 'of' | 'message'>): void {
    this.#gate.hold(outage.of, outage.message);
    if (this.#watched.has(outage.of)) return;
    this.#watched.add(outage.of);
    void this.#watch(outage.of);
  }

  pass(signal: AbortSignal): Promise<void> {
    return this.#gate.pass(signal);
  }

  /** Runs `work` until no outage prevents it: a decision must be reported, however long that takes. */
  async waitOut<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Outage)) throw error;
        this.note(error);
        await this.pass(signal);
      }
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  stop(): void {
    this.#stopped.abort(new Error('stopped'));
  }

  async #watch(of: Outage['of']): Promise<void> {
    const backoff = createBackoff(WAIT);
    try {
      do {
        await this.#clock.sleep(backoff.next(), this.#stopped.signal);
      } while (!(await this.#answers(of)));
    } catch {
      // Stopped: the gate stays shut, so that no caller retries while the process ends.
      return;
    }
    this.#watched.delete(of);
    this.#gate.release(of);
  }

  async #answers(of: Outage['of']): Promise<boolean> {
    try {
      await this.#ping(of);
      return true;
    } catch {
      return false;
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Text of what holds a lane, at its own gate or by an outage of what all lanes need; null when nothing does. */
export function describeHold(gate: HoldGate, outages: Outages, ignored: readonly string[]): string | null {
  for (const [key, words] of gate.holds) if (!ignored.includes(key)) return words;
  for (const words of outages.words.values()) return words;
  return null;
}
