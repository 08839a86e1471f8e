import { type Reaper, readLastWords, spawnOwned } from '@entrepot/embedded';

export interface ProgramOptions {
  readonly name: string;
  readonly command?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Requested until it answers 200. */
  readonly readyUrl: string;
  readonly readyTimeoutMs?: number;
}

export interface ChildProgram {
  readonly name: string;
  readonly pid: number;
  /** From its start to its first 200, milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

const POLL_MS = 20;
const GRACE_MS = 15_000;

/** Starts a process and waits until it answers. @throws Error with its last output when it ends or does not answer in time */
export async function startProgram(options: ProgramOptions, reaper: Reaper): Promise<ChildProgram> {
  const { name, logFile, readyTimeoutMs = 60_000 } = options;
  const startedAt = performance.now();
  const child = await spawnOwned(
    {
      name,
      command: options.command ?? process.execPath,
      args: [...options.args],
      cwd: options.cwd,
      env: options.env ?? process.env,
      logFile,
    },
    reaper,
  );
  const isReady = async (): Promise<boolean> => {
    try {
      return (await fetch(options.readyUrl, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  };
  while (!(await isReady())) {
    const waitedMs = performance.now() - startedAt;
    if (!child.isRunning() || waitedMs > readyTimeoutMs) {
      await child.stop(0);
      throw new Error(`${name} does not start: ${readLastWords(logFile) || 'it said nothing'}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { name, pid: child.pid, readyMs: performance.now() - startedAt, stop: () => child.stop(GRACE_MS) };
}
