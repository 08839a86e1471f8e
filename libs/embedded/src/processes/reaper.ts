import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { foreignEnvironment } from './foreign-environment.ts';

/** Ends the processes on its list when this process is gone, however it went. */
export interface Reaper {
  /** Puts a process group (named by its leader) on the list. */
  watch(pid: number): void;
  /** Takes it off: it has ended by itself. */
  forget(pid: number): void;
  /** Ends what is still on the list, then the reaper; resolves when all of it is gone. */
  close(): Promise<void>;
}

/** Starts the reaper process; one serves all children of this process. */
export function startReaper(): Reaper {
  const script = fileURLToPath(new URL('./reaper-main.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: foreignEnvironment(),
    detached: true,
  });
  // The pipe must not keep this process alive, and a reaper that was killed must not take the stack with it.
  child.unref();
  const pipe = child.stdin;
  pipe?.on('error', () => {});
  child.on('error', () => {});
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    watch: (pid) => void pipe?.write(`+${pid}\n`),
    forget: (pid) => void pipe?.write(`-${pid}\n`),
    close: () => {
      child.ref();
      pipe?.end();
      return gone;
    },
  };
}
