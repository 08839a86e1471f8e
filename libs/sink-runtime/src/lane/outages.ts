import type { Clock } from '@entrepot/runtime-kit/clock';
import { createBackoff } from '@entrepot/service-kit/backoff';
import { Outage } from '../ports.ts';
import { HoldGate } from './hold-gate.ts';

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
