import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { ChaosStack } from '../surroundings/chaos-stack.ts';
import type { TcpProxy } from '../surroundings/tcp-proxy.ts';
import type { DisturbanceName } from './plan.ts';

export interface LineStrikes {
  /** @returns false when the strike does not concern a line */
  disturb(name: DisturbanceName, random: Random): Promise<boolean>;
  heal(): void;
}

const NAME = /^(broker|database|registry|target) line (cut|one-way|delayed)$/;

/** Strikes against the network between a process and its peers. */
export function createLineStrikes({ lines, companyLine, bothWays, shopLine }: ChaosStack): LineStrikes {
  const targetLines = bothWays === null ? [companyLine] : [companyLine, bothWays.line];

  /** The line of one process, or of all of them together. */
  function chooseLines(part: 'broker' | 'database' | 'registry' | 'target', random: Random): TcpProxy[] {
    if (part === 'target') return targetLines;
    const all = [...lines.values()].map((set) => set[part]);
    // Processes call the registry rarely: cut for one process only, its absence would have no effect.
    return part === 'registry' || random.chance(0.25) ? all : [random.pick(all)];
  }

  /** A line has one disturbance at a time: the end of the first would end the second as well. */
  const disturbed = new Set<TcpProxy>();

  return {
    disturb: async (name, random) => {
      const [, part, how] = NAME.exec(name) ?? [];
      if (part === undefined) return false;
      const chosen = chooseLines(part as 'broker' | 'database' | 'registry' | 'target', random).filter(
        (line) => !disturbed.has(line),
      );
      if (chosen.length === 0) throw new Error('the line is in trouble already');
      const direction = random.pick(['requests', 'answers', 'both'] as const);
      const delayMs = random.integer(50, 400);
      for (const line of chosen) {
        disturbed.add(line);
        if (how === 'cut') line.cut();
        else if (how === 'one-way') line.hold(direction);
        else line.delay(delayMs);
      }
      await sleep(random.integer(2_000, 10_000));
      // Held bytes arrive late, or the connections are found dead: both happen.
      const isReset = random.chance(0.5);
      for (const line of chosen) {
        disturbed.delete(line);
        if (isReset) line.reset();
        else line.heal();
      }
      return true;
    },
    heal: () => {
      for (const line of [...targetLines, shopLine]) line.heal();
      for (const set of lines.values()) for (const line of [set.broker, set.database, set.registry]) line.heal();
    },
  };
}
