import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { InfraError } from '../errors.ts';
import { foreignEnvironment } from './foreign-environment.ts';
import { readLastWords } from './last-words.ts';
import type { Reaper } from './reaper.ts';

export interface ChildSpec {
  /** The name people see. */
  name: string;
  command: string;
  args: string[];
  /** Its environment; by default {@link foreignEnvironment}. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Both output streams go to this file, added to what it holds. */
  logFile: string;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface OwnedChild {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves once the process has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ChildExit>;
  isRunning(): boolean;
  /** Asks it to end, ends it by force after `graceMs`, and resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** Ends it by force. */
  kill(): void;
}

/**
 * Starts a process of its own group: a Ctrl-C in the terminal reaches only us, so that we end things in order.
 * @throws InfraError `childDied` when the program cannot be started at all.
 */
export async function spawnOwned(spec: ChildSpec, reaper: Reaper): Promise<OwnedChild> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  const child = spawn(spec.command, spec.args, {
    env: spec.env ?? foreignEnvironment(),
    cwd: spec.cwd,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  let exit: ChildExit | undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      if (child.pid !== undefined) reaper.forget(child.pid);
      resolve(exit);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', () => resolve());
    child.once('error', (cause) =>
      reject(new InfraError('childDied', `${spec.name} cannot be started: ${cause.message}.`, cause)),
    );
  });
  const pid = child.pid as number;
  reaper.watch(pid);
  const signal = (name: NodeJS.Signals): void => {
    if (exit !== undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // Gone between the check and the signal.
    }
  };
  return {
    name: spec.name,
    pid,
    logFile: spec.logFile,
    exited,
    isRunning: () => exit === undefined,
    kill: () => signal('SIGKILL'),
    stop: async (graceMs = 10_000) => {
      signal('SIGTERM');
      const force = setTimeout(() => signal('SIGKILL'), graceMs);
      await exited;
      clearTimeout(force);
    },
  };
}

/**
 * Waits until `probe` answers true.
 * @throws InfraError `childDied` as soon as the child has ended, `startTimeout` after `timeoutMs` (the child is ended then);
 *   both name the log. Once `signal` aborts, the child is ended and the signal's reason thrown.
 */
export async function waitUntilReady(
  child: OwnedChild,
  probe: () => Promise<boolean>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await probe().catch(() => false))) {
    if (!child.isRunning()) {
      const { code, signal } = await child.exited;
      throw new InfraError(
        'childDied',
        `${child.name} ended while starting (${signal ?? `exit code ${code}`}): ${readLastWords(child.logFile) || 'it said nothing'} – see ${child.logFile}.`,
      );
    }
    if (signal?.aborted === true) {
      child.kill();
      throw signal.reason;
    }
    if (Date.now() > deadline) {
      child.kill();
      throw new InfraError(
        'startTimeout',
        `${child.name} did not answer within ${Math.round(timeoutMs / 1000)} s: ${readLastWords(child.logFile) || 'it said nothing'} – see ${child.logFile}.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
