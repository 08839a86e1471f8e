import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosStack, PROCESSES, type ProcessName } from '../chaos-stack.ts';
import type { Random } from '../random.ts';

/** Strikes against processes. All give how many processes were killed. */
export interface ProcessStrikes {
  killService(random: Random): Promise<number>;
  killPart(part: 'kafka' | 'mongo'): number;
  killEverything(): number;
  /** Stopped longer than a session lasts, then let go: it still believes to be the owner. */
  freeze(random: Random): Promise<void>;
  /** Replicas leave and come back every few seconds. */
  rebalance(random: Random): Promise<void>;
  stopRegistry(random: Random): Promise<void>;
  /** Lets go whatever is frozen, starts whatever is down. */
  heal(): Promise<void>;
}

/** Kafka's session time-out and the lane's lease are 6 and 8 s. */
const FROZEN_MS = [7_000, 13_000] as const;
const WAIT_FOR_PROCESS_MS = 3_000;

export function createProcessStrikes({ stack }: ChaosStack): ProcessStrikes {
  const frozen = new Set<number>();

  function signal(pid: number, name: NodeJS.Signals): boolean {
    try {
      // The group: every process of ours has one of its own.
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
  async function pickRunning(random: Random): Promise<ProcessName> {
    const name = random.pick(PROCESSES);
    for (let waitedMs = 0; waitedMs < WAIT_FOR_PROCESS_MS; waitedMs += 50) {
      if (stack.service(name).pid() !== undefined) return name;
      await sleep(50);
    }
    return PROCESSES.find((other) => stack.service(other).pid() !== undefined) ?? name;
  }
  function killPart(name: 'kafka' | 'mongo'): number {
    const child = stack.infra.parts.find((part) => part.part === name)?.child();
    if (child?.isRunning() !== true) return 0;
    child.kill();
    return 1;
  }

  return {
    killPart,
    killService: async (random) => killProcess(await pickRunning(random)),
    killEverything: () =>
      killPart('kafka') + killPart('mongo') + PROCESSES.reduce((killed, name) => killed + killProcess(name), 0),
    freeze: async (random) => {
      const pid = stack.service(await pickRunning(random)).pid();
      if (pid === undefined || !signal(pid, 'SIGSTOP')) return;
      frozen.add(pid);
      await sleep(random.integer(...FROZEN_MS));
      frozen.delete(pid);
      signal(pid, 'SIGCONT');
    },
    rebalance: async (random) => {
      const replicas = random.shuffle(PROCESSES.filter((name) => name !== 'ledger'));
      for (const name of replicas) {
        const pid = stack.service(name).pid();
        if (pid !== undefined) signal(pid, 'SIGTERM');
        await sleep(random.integer(2_000, 4_000));
      }
    },
    stopRegistry: async (random) => {
      const registry = stack.infra.parts.find((part) => part.part === 'registry');
      await registry?.stop();
      await sleep(random.integer(3_000, 8_000));
      await registry?.start();
    },
    heal: async () => {
      for (const pid of frozen) signal(pid, 'SIGCONT');
      frozen.clear();
      for (const part of stack.infra.parts) if (!part.isWanted()) await part.start();
    },
  };
}
