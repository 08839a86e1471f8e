import { setTimeout as sleep } from 'node:timers/promises';
import { GROUPS, type Group, type Row, type WireCustomer } from '../../model-vendor/rows.ts';
import { createRandom, type Random } from '../random.ts';
import { SYSTEMS, type SystemName } from '../surroundings/model-services.ts';
import type { SandboxClient } from '../surroundings/sandbox-client.ts';

export interface TwoWayWish {
  readonly seed: number;
  /** All customers are entered in this time. */
  readonly activeMs: number;
  readonly customers: number;
}

export interface TwoWayTraffic {
  /** Enters all customers, and edits them on both sides until `isOver`. */
  run(isOver: () => boolean, signal: AbortSignal): Promise<void>;
}

const OTHER: Readonly<Record<SystemName, SystemName>> = { left: 'right', right: 'left' };
/** Customers of whose groups each is edited on one side only: every last edit must arrive. The others' are edited on both. */
const SHARE_APART = 0.5;
const LOOK_EVERY_MS = 500;
const EDITED_SHARE = 0.6;
/** People who edit at about the same time. */
const APART_MS = 400;

/** Prepares what people enter and edit in two systems. Each value is another one, so that the log shows whose edit a row has. */
export function prepareTwoWay(
  simulator: SandboxClient,
  { seed, activeMs, customers }: TwoWayWish,
  tell: (line: string) => void,
): TwoWayTraffic {
  const random = createRandom(seed, 4);
  let values = 0;

  function enter(system: SystemName, groups: readonly Group[]): Partial<Row> {
    values += 1;
    return Object.fromEntries(groups.map((group) => [group, `${system} ${values}`]));
  }

  const edit = (system: SystemName, id: string, groups: readonly Group[]): Promise<unknown> =>
    simulator.patch(`_control/model/${system}/customers/${id}`, enter(system, groups));

  /** The row that stands for it in the other system; null when none has come until all is over. */
  async function findOther(system: SystemName, id: string, isOver: () => boolean): Promise<string | null> {
    const query = new URLSearchParams({ reference: `${system}/${id}` });
    while (!isOver()) {
      const path = `_control/model/${OTHER[system]}/customers?${query}`;
      const { items } = await simulator.get<{ items: WireCustomer[] }>(path);
      if (items[0] !== undefined) return items[0].id;
      await sleep(LOOK_EVERY_MS);
    }
    return null;
  }

  async function live(chance: Random, isOver: () => boolean): Promise<void> {
    const system = chance.pick(SYSTEMS);
    const { id } = await simulator.post<WireCustomer>(`_control/model/${system}/customers`, enter(system, GROUPS));
    const sidesOf = planSides(chance);
    const other = findOther(system, id, isOver);
    for (let round = chance.integer(1, 5); round > 0 && !isOver(); round -= 1) {
      await sleep(chance.integer(0, chance.pick([50, 1_000, 10_000])));
      // Before it has come to the other side, it is edited where it was entered alone.
      const otherId = chance.chance(0.2) ? null : await other;
      if (isOver()) break;
      const rows: readonly (readonly [SystemName, string | null])[] = [
        [system, id],
        [OTHER[system], otherId],
      ];
      await Promise.all(
        rows.map(async ([side, row]) => {
          const groups = GROUPS.filter((group) => sidesOf[group].includes(side) && chance.chance(EDITED_SHARE));
          const waitMs = chance.integer(0, APART_MS);
          if (row === null || groups.length === 0) return;
          await sleep(waitMs);
          await edit(side, row, groups);
        }),
      );
    }
  }

  return {
    run: async (isOver, signal) => {
      const startedAt = performance.now();
      const isEnded = (): boolean => isOver() || signal.aborted;
      const lives: Promise<void>[] = [];
      for (let entered = 0; entered < customers && !isEnded(); entered += 1) {
        const waitMs = (entered / customers) * activeMs - (performance.now() - startedAt);
        if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        const life = live(createRandom(random.integer(0, 2 ** 31)), isEnded);
        lives.push(life.catch((error: Error) => tell(`a customer's life broke off: ${error.message}`)));
      }
      await Promise.all(lives);
    },
  };
}

/** On which sides each group is edited. */
function planSides(chance: Random): Readonly<Record<Group, readonly SystemName[]>> {
  const isApart = chance.chance(SHARE_APART);
  const pick = (): readonly SystemName[] => (isApart ? [chance.pick(SYSTEMS)] : SYSTEMS);
  return { name: pick(), phone: pick(), note: pick() };
}
