import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { ChaosStack } from '../surroundings/chaos-stack.ts';

/** Strikes against the machine under a process. */
export interface SurroundingStrikes {
  /** Sets the clock of one process wrong for a while, then right again. */
  skewClock(random: Random): Promise<void>;
  /** Broker or database cannot write for a while. @throws Error without a disk of our own to fill */
  fillDisk(random: Random): Promise<void>;
  heal(): void;
}

const LARGEST_SKEW_MS = 60_000;

export function createSurroundingStrikes({ disks, processes, skewClock }: ChaosStack): SurroundingStrikes {
  return {
    skewClock: async (random) => {
      const name = random.pick(processes);
      skewClock(name, random.pick([-1, 1]) * random.integer(2_000, LARGEST_SKEW_MS));
      await sleep(random.integer(5_000, 15_000));
      skewClock(name, 0);
    },
    fillDisk: async (random) => {
      if (disks.length === 0) throw new Error('mounting file systems is not allowed here');
      const disk = random.pick(disks);
      disk.fill();
      await sleep(random.integer(2_000, 8_000));
      disk.free();
    },
    heal: () => {
      for (const disk of disks) disk.free();
      for (const name of processes) skewClock(name, 0);
    },
  };
}
