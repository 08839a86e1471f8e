import type { Clock } from '@entrepot/runtime-kit/clock';
import type { VirtualClock } from '@entrepot/runtime-kit/testing';
import type { CrashPoint } from '../plan/plan.ts';
import type { Random } from '../plan/random.ts';

/** One exchange with the outside of the process, on the clock of the world. */
export interface Exchange<T> {
  /** Time until it takes effect; null = never. A sent request takes effect even if the process dies. */
  readonly effectMs: number | null;
  readonly effect: () => T | Promise<T>;
  /** Time until the answer arrives. */
  readonly answerMs: number;
  /** The error that the process receives instead of the effect's result. */
  readonly error?: Error;
}

const NEVER = new Promise<never>(() => {});

/**
 * An operating-system process: it may be killed, and stopped and continued (SIGSTOP, SIGCONT), at every call it makes and at every moment
 * between. Its timers and the answers it waits for reach it only while it runs; the machine's clock advances.
 */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly #world: VirtualClock;
  readonly #random: Random;
  readonly #backlog: (() => void)[] = [];
  readonly #onContinue: (() => void)[] = [];
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #calls = 0;
  crash: CrashPoint | null = null;
  /** Stops itself right after its n-th call has left; null = never. */
  freeze: { readonly call: number; readonly forMs: number } | null = null;
  /** The part that stops it schedules its continuation. */
  onFreeze: (forMs: number) => void = () => {};
  /** Called once, when it dies at its crash point. */
  onDeath: () => void = () => {};

  constructor(name: string, world: VirtualClock, random: Random, wallOffsetMs: number) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    this.clock = {
      nowMicros: () => world.nowMicros() + Math.floor(wallOffsetMs * 1_000),
      monotonicMs: () => world.monotonicMs(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get dead(): boolean {
    return this.#state === 'dead';
  }

  kill(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#backlog.length = 0;
    this.onDeath();
  }

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  continue(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    for (const listener of this.#onContinue) listener();
    // In the order in which they became due, each with its consequences.
    for (const due of this.#backlog.splice(0)) this.#world.schedule(0, () => this.#whenRunning(due));
  }

  onContinue(listener: () => void): void {
    this.#onContinue.push(listener);
  }

  /** A timer of the process. Returns its cancellation. */
  later(ms: number, run: () => void): () => void {
    let cancelled = false;
    const timer = this.#world.schedule(ms, () => this.#whenRunning(() => cancelled || run()));
    return () => {
      cancelled = true;
      timer.cancelled = true;
    };
  }

  /** Calls the outside. Never settles once the process is dead. */
  exchange<T>({ effectMs, effect, answerMs, error }: Exchange<T>): Promise<T> {
    if (this.#state === 'dead') return NEVER;
    this.#calls += 1;
    const dies = this.crash?.call === this.#calls ? this.crash.when : null;
    if (dies === 'before') {
      this.kill();
      return NEVER;
    }
    if (this.freeze?.call === this.#calls) this.onFreeze(this.freeze.forMs);
    return new Promise((resolve, reject) => {
      let outcome = (): void => reject(error ?? new Error('no answer'));
      if (effectMs !== null) {
        this.#world.schedule(effectMs, () => {
          try {
            const value = effect();
            if (error === undefined) outcome = () => resolve(value);
          } catch (thrown) {
            if (error === undefined) outcome = () => reject(thrown as Error);
          }
          if (dies === 'after') this.kill();
        });
      }
      const answerAfterMs = error === undefined ? Math.max(answerMs, effectMs ?? 0) : answerMs;
      this.#world.schedule(answerAfterMs, () => this.#whenRunning(() => outcome()));
    });
  }

  /** A call over a network that is usually fast and sometimes slow. */
  call<T>(effect: () => T | Promise<T>, error?: Error): Promise<T> {
    const random = this.#random;
    const wayMs = random.chance(0.04) ? random.between(5, 400) : random.between(0.1, 3);
    const effectMs = wayMs * random.next();
    return this.exchange({ effect, effectMs, answerMs: wayMs, ...(error === undefined ? {} : { error }) });
  }

  #whenRunning(run: () => void): void {
    if (this.#state === 'stopped') this.#backlog.push(run);
    else if (this.#state === 'running') run();
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#state === 'dead') return NEVER;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const cancel = this.later(ms, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      const stop = (): void => {
        cancel();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
