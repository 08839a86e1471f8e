import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { ChaosStack, ProcessName } from '../surroundings/chaos-stack.ts';

const PARTS = ['kafka', 'mongo', 'registry'] as const;
type PartName = (typeof PARTS)[number];

/** Strikes against processes. All return how many processes they killed. */
export interface ProcessStrikes {
  killService(random: Random): Promise<number>;
  killPart(part: PartName): Promise<number>;
  killEverything(): number;
  /** Stops a process longer than a session lasts, then continues it: it still believes to be the owner. @throws Error when nothing runs */
  freeze(random: Random): Promise<void>;
  /** Replicas leave and rejoin every few seconds. */
  rebalance(random: Random): Promise<void>;
  /** Continues all frozen processes. */
  heal(): void;
}

/** Kafka's session time-out and the lane's lease are 6 and 7 s; others notice up to a heartbeat later. */
const FROZEN_MS = [8_000, 14_000] as const;
/** A process that is still starting has no work to interrupt. */
const WAIT_FOR_WORK_MS = 10_000;
const WAIT_FOR_PART_MS = 30_000;
const LOOK_EVERY_MS = 50;

export function createProcessStrikes({ stack, processes }: ChaosStack): ProcessStrikes {
  const frozen = new Set<number>();

  function signal(pid: number, name: NodeJS.Signals): boolean {
    try {
      // The process group: every process of ours has one of its own.
      process.kill(-pid, name);
      return true;
    } catch {
      return false;
    }
  }
  function killProcess(name: ProcessName): number {
    const pid = stack.service(name).pid();
    return pid !== undefined && signal(pid, 'SIGKILL') ? 1 : 0;
  }
  /** A process with work; one that merely runs if none gets work for long. */
  async function pickWorking(random: Random): Promise<ProcessName> {
    const names = random.shuffle(processes);
    for (let waitedMs = 0; waitedMs < WAIT_FOR_WORK_MS; waitedMs += LOOK_EVERY_MS) {
      const working = names.find((name) => stack.service(name).state() === 'ready');
      if (working !== undefined) return working;
      await sleep(LOOK_EVERY_MS);
    }
    return names.find((name) => stack.service(name).pid() !== undefined) ?? random.pick(names);
  }
  function killNow(name: PartName): number {
    const child = stack.infra.parts.find((part) => part.part === name)?.child();
    if (child?.isRunning() !== true) return 0;
    child.kill();
    return 1;
  }
  async function killPart(name: PartName): Promise<number> {
    for (let waitedMs = 0; waitedMs < WAIT_FOR_PART_MS; waitedMs += LOOK_EVERY_MS) {
      if (killNow(name) === 1) return 1;
      await sleep(LOOK_EVERY_MS);
    }
    return 0;
  }

  return {
    killPart,
    killService: async (random) => killProcess(await pickWorking(random)),
    killEverything: () =>
      PARTS.reduce((killed, name) => killed + killNow(name), 0) +
      processes.reduce((killed, name) => killed + killProcess(name), 0),
    freeze: async (random) => {
      const pid = stack.service(await pickWorking(random)).pid();
      if (pid === undefined || !signal(pid, 'SIGSTOP')) throw new Error('no service was running');
      frozen.add(pid);
      await sleep(random.integer(...FROZEN_MS));
      frozen.delete(pid);
      signal(pid, 'SIGCONT');
    },
    rebalance: async (random) => {
      const replicas = random.shuffle(processes.filter((name) => name !== 'ledger'));
      for (const name of replicas) {
        const pid = stack.service(name).pid();
        if (pid !== undefined) signal(pid, 'SIGTERM');
        await sleep(random.integer(2_000, 4_000));
      }
    },
    heal: () => {
      for (const pid of frozen) signal(pid, 'SIGCONT');
      frozen.clear();
    },
  };
}
