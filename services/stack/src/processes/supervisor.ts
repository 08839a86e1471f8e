import { type ChildSpec, type OwnedChild, type Reaper, readLastWords, spawnOwned } from '@entrepot/embedded';
import { backoffMs } from '@entrepot/service-kit/backoff';

export type SupervisedState = 'starting' | 'ready' | 'restarting' | 'stopped' | 'failed';

export interface SupervisedOptions {
  spec: ChildSpec;
  reaper: Reaper;
  /** True when the process does its work. */
  isReady: () => Promise<boolean>;
  /** One line for people: it died and is started again, or is given up. */
  onNote: (line: string) => void;
  firstDelayMs?: number;
  longestDelayMs?: number;
}

/** One of our processes, kept alive. */
export interface Supervised {
  readonly name: string;
  state(): SupervisedState;
  pid(): number | undefined;
  /**
   * Starts it and resolves once it is ready.
   * @throws Error with one clear line when it dies three times before it was ever ready, cannot be configured, or is
   *   stopped meanwhile
   */
  start(): Promise<void>;
  /** Ends it for good (until `start`), by force after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** Ends it as a crash would (`kill -9`); it is started again. */
  kill(): void;
}

const READY_POLL_MS = 100;
const STEADY_AFTER_MS = 60_000;
const TRIES_BEFORE_FIRST_READY = 3;
/** Our services end with 2 when their configuration cannot be read: starting again would not help. */
const CONFIGURATION_EXIT_CODE = 2;

/** Keeps a process alive: starts it again with growing delay when it dies, and says so. */
export function supervise(options: SupervisedOptions): Supervised {
  const { spec, reaper, isReady, onNote, firstDelayMs = 1_000, longestDelayMs = 30_000 } = options;
  let state: SupervisedState = 'stopped';
  let child: OwnedChild | undefined;
  let failures = 0;
  let wasReady = false;
  let wakeUp: (() => void) | undefined;
  let life: Promise<void> | undefined;

  const isStopped = (): boolean => state === 'stopped';
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function watchForReady(process_: OwnedChild): Promise<void> {
    while (process_.isRunning() && !isStopped()) {
      if (await isReady().catch(() => false)) {
        if (state === 'restarting') onNote(`${spec.name} is ready again.`);
        state = 'ready';
        wasReady = true;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
  }

  /** Runs the process again and again until it is stopped or given up. */
  async function live(firstReady: (error?: Error) => void): Promise<void> {
    while (!isStopped()) {
      const startedAt = Date.now();
      let ending: string;
      try {
        child = await spawnOwned(spec, reaper);
        if (isStopped()) child.kill();
        void watchForReady(child).then(() => {
          if (state === 'ready') firstReady();
        });
        const { code, signal } = await child.exited;
        if (isStopped()) return;
        ending = signal ?? `exit code ${code}`;
        if (code === CONFIGURATION_EXIT_CODE && !wasReady) return giveUp(ending, firstReady);
      } catch (error) {
        ending = (error as Error).message;
      }
      if (Date.now() - startedAt > STEADY_AFTER_MS) failures = 0;
      failures += 1;
      if (!wasReady && failures >= TRIES_BEFORE_FIRST_READY) return giveUp(ending, firstReady);
      const delayMs = backoffMs({ firstMs: firstDelayMs, longestMs: longestDelayMs }, failures);
      state = 'restarting';
      const words = readLastWords(spec.logFile, 160);
      onNote(
        `${spec.name} ended (${ending})${words === '' ? '' : `: ${words}`}. Starting it again in ${delayMs / 1000} s; its log: ${spec.logFile}`,
      );
      await pause(delayMs);
    }
  }

  function giveUp(ending: string, firstReady: (error?: Error) => void): void {
    state = 'failed';
    firstReady(
      new Error(
        `${spec.name} does not start (${ending}): ${readLastWords(spec.logFile) || 'it said nothing'} – see ${spec.logFile}.`,
      ),
    );
  }

  return {
    name: spec.name,
    state: () => state,
    pid: () => (child?.isRunning() === true ? child.pid : undefined),
    start: () => {
      if (state !== 'stopped' && state !== 'failed') return Promise.resolve();
      state = 'starting';
      failures = 0;
      wasReady = false;
      return new Promise<void>((resolve, reject) => {
        life = live((error) => (error === undefined ? resolve() : reject(error))).then(() => {
          if (!wasReady) reject(new Error(`${spec.name} was stopped before it was ready.`));
        });
      });
    },
    stop: async (graceMs = 30_000) => {
      state = 'stopped';
      wakeUp?.();
      await child?.stop(graceMs);
      await life;
    },
    kill: () => child?.kill(),
  };
}
