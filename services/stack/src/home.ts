import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InfraError } from '@entrepot/embedded';

/** The folder that keeps everything of one stack between runs. */
export interface StackHome {
  folder: string;
  infraDir: string;
  logDir: string;
  keyFile: string;
  tokenFile: string;
  /** Says that the stack runs, and where; for the demo and for a second start. */
  stateFile: string;
}

/** What a running stack writes down for others, the demo among them. */
export interface StackState {
  pid: number;
  adminUrl: string;
  sandboxUrl: string;
  kafkaBrokers: string;
  mongodbUri: string;
  registryUrl: string;
  /** As of the end of the start; one that crashed since has another. */
  processes: readonly { name: string; pid: number }[];
}

/** `ENTREPOT_HOME`, else `.entrepot` in the checkout. */
export function locateHome(root: string, env: NodeJS.ProcessEnv = process.env): StackHome {
  const folder = resolve(root, env.ENTREPOT_HOME || '.entrepot');
  return {
    folder,
    infraDir: join(folder, 'infra'),
    logDir: join(folder, 'logs'),
    keyFile: join(folder, 'master.key'),
    tokenFile: join(folder, 'admin-token'),
    stateFile: join(folder, 'stack.json'),
  };
}

/** The state of the stack that runs in this home, or null when none does. */
export function readRunningStack(home: StackHome): StackState | null {
  if (!existsSync(home.stateFile)) return null;
  try {
    const state = JSON.parse(readFileSync(home.stateFile, 'utf8')) as StackState;
    process.kill(state.pid, 0);
    return state;
  } catch {
    return null;
  }
}

/**
 * Makes the home ready for a run: empty if `fresh`, with the key under which secrets are kept.
 * @throws InfraError `portBusy` when another stack runs in it
 */
export function openHome(home: StackHome, fresh: boolean): void {
  const running = readRunningStack(home);
  if (running !== null) {
    throw new InfraError(
      'portBusy',
      `The stack of ${home.folder} runs already (process ${running.pid}): stop it with Ctrl-C where it runs, or set ENTREPOT_HOME to another folder.`,
    );
  }
  if (fresh) rmSync(home.folder, { recursive: true, force: true });
  mkdirSync(home.folder, { recursive: true, mode: 0o700 });
  rmSync(home.logDir, { recursive: true, force: true });
  mkdirSync(home.logDir, { recursive: true });
  // Made here and not by the services: they start together, and each would make its own.
  if (!existsSync(home.keyFile)) writePrivateFile(home.keyFile, `${randomBytes(32).toString('base64')}\n`);
}

/** The admin token: the environment's, else the kept one, else a new one. */
export function obtainAdminToken(
  home: StackHome,
  env: NodeJS.ProcessEnv = process.env,
): { token: string; made: boolean; given: boolean } {
  if (env.ENTREPOT_ADMIN_TOKEN) return { token: env.ENTREPOT_ADMIN_TOKEN, made: false, given: true };
  if (existsSync(home.tokenFile)) {
    return { token: readFileSync(home.tokenFile, 'utf8').trim(), made: false, given: false };
  }
  const token = randomBytes(24).toString('base64url');
  writePrivateFile(home.tokenFile, `${token}\n`);
  return { token, made: true, given: false };
}

export function writeStackState(home: StackHome, state: StackState): void {
  writePrivateFile(home.stateFile, `${JSON.stringify(state, null, 2)}\n`);
}

export function clearStackState(home: StackHome): void {
  rmSync(home.stateFile, { force: true });
}

function writePrivateFile(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600 });
}
