import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';

/** A file system of its own for a server's data, whose free space can be taken away and returned. */
export interface DataDisk {
  /** From now on every write fails. */
  fill(): void;
  free(): void;
  unmount(): void;
}

/** Far more than a run writes; memory is taken only as it is written to. */
const ROOM = '75%';
const MAX_TRIES = 10;

/**
 * Mounts one at a folder, in memory.
 * @returns null where mounting is not allowed: the data is then on the shared disk, which must not be filled
 */
export function mountDataDisk(folder: string): DataDisk | null {
  mkdirSync(folder, { recursive: true });
  const mount = (options: string): void => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'entrepot-chaos', folder], { stdio: 'ignore' });
  };
  try {
    mount(`size=${ROOM}`);
  } catch {
    return null;
  }
  return {
    fill: () => {
      for (let tries = 1; ; tries += 1) {
        const { blocks, bfree, bsize } = statfsSync(folder);
        try {
          return mount(`remount,size=${(blocks - bfree) * bsize}`);
        } catch (error) {
          // Something was written since the size was read.
          if (tries === MAX_TRIES) throw error;
        }
      }
    },
    free: () => mount(`remount,size=${ROOM}`),
    unmount: () => {
      execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
    },
  };
}
