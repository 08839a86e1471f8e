import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const WAIT_MS = 250;

/** Where downloads are kept, outside the checkout: `$XDG_CACHE_HOME/entrepot` or `~/.cache/entrepot`. */
export function locateCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'entrepot');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes the lock, or returns that a living process holds it; a lock left by a dead one is taken over. */
function takeLock(lockFile: string): boolean {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  let holder = Number.NaN;
  try {
    holder = Number(readFileSync(lockFile, 'utf8'));
  } catch {
    return false;
  }
  if (holder > 0 && !isAlive(holder)) rmSync(lockFile, { force: true });
  return false;
}

/** What a process that was killed while filling left behind; only the holder of the lock may look. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(`${basename(folder)}.`) && name.endsWith('.partial')) {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

/**
 * Fills a folder once for all processes of this machine: `fill` writes into a temporary one, which is then renamed, so the
 * folder is either whole or not there. Of two processes at the same time, one fills and the other waits.
 * @returns the folder
 */
export async function fillOnce(folder: string, fill: (temporary: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const lockFile = `${folder}.lock`;
  while (!takeLock(lockFile)) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    if (existsSync(folder)) return folder;
  }
  const temporary = `${folder}.${process.pid}.partial`;
  try {
    if (existsSync(folder)) return folder;
    removeLeftovers(folder);
    mkdirSync(temporary, { recursive: true });
    await fill(temporary);
    renameSync(temporary, folder);
    return folder;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    rmSync(lockFile, { force: true });
  }
}
