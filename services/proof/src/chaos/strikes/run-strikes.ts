import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../random.ts';
import { watchForStandstill } from '../standstill.ts';
import type { ChaosStack } from '../surroundings/chaos-stack.ts';
import { createLineStrikes } from './lines.ts';
import { type FaultName, KILLS, type PlanWish, planStrikes, type Strike } from './plan.ts';
import { createProcessStrikes } from './processes.ts';
import { createSurroundingStrikes } from './surroundings.ts';
import { createVendorStrikes, type VendorStrikes } from './vendors.ts';

/** A strike as executed. */
export interface StruckFault {
  readonly fault: FaultName;
  /** Milliseconds since the epoch. `endedAt` of a kill is the kill: the restart is part of the recovery. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly kills: number;
}

export interface StrikeRun {
  readonly struck: readonly StruckFault[];
  readonly vendors: VendorStrikes;
  /**
   * Executes the planned strikes, and disturbs until all orders are placed; resolves when the last strike has ended and everything is
   * healed.
   */
  run(hasPlacedAll: () => boolean, signal: AbortSignal): Promise<void>;
}

/** What strikes, and how densely. */
export interface StrikeWish extends PlanWish {
  readonly orders: number;
  /** The waves of kills are spread over the orders as they arrive in the company, instead of over the time. */
  readonly killsFollowOrders: boolean;
}

const STANDSTILL_MS = 45_000;
const WORK_LOOK_EVERY_MS = 250;
/** While orders wait and catch up between two waves, more arrive than requested. */
const SHARE_STRUCK = 0.8;
const WORK_FOR_MS = [300, 3_000] as const;

async function waitUntil(atMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = atMs - performance.now();
  if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
}

export function prepareStrikes(
  chaos: ChaosStack,
  wish: StrikeWish,
  readArrived: () => Promise<ReadonlySet<unknown>>,
  tell: (line: string) => void,
): StrikeRun {
  const plan = planStrikes(wish);
  const ordersBetweenWaves = wish.killsFollowOrders ? Math.floor((SHARE_STRUCK * wish.orders) / plan.waves.length) : 1;
  const processes = createProcessStrikes(chaos);
  const vendors = createVendorStrikes(chaos);
  const lines = createLineStrikes(chaos);
  const surroundings = createSurroundingStrikes(chaos);
  const struck: StruckFault[] = [];

  async function strike({ fault, seed }: Strike): Promise<number> {
    const random = createRandom(seed);
    switch (fault) {
      case 'kill service':
        return processes.killService(random);
      case 'kill broker':
        return processes.killPart('kafka');
      case 'kill database':
        return processes.killPart('mongo');
      case 'kill registry':
        return processes.killPart('registry');
      case 'kill everything':
        return processes.killEverything();
      case 'process frozen':
        return processes.freeze(random).then(() => 0);
      case 'rebalances':
        return processes.rebalance(random).then(() => 0);
      case 'clock skewed':
        return surroundings.skewClock(random).then(() => 0);
      case 'data disk full':
        return surroundings.fillDisk(random).then(() => 0);
      default:
        if (!(await vendors.disturb(fault, random))) await lines.disturb(fault, random);
        return 0;
    }
  }

  async function strikeAndNote(planned: Strike): Promise<void> {
    const startedAt = Date.now();
    try {
      const kills = await strike(planned);
      if (KILLS.some((kill) => kill === planned.fault) && kills === 0) throw new Error('nothing was running');
      struck.push({ fault: planned.fault, startedAt, endedAt: Date.now(), kills });
    } catch (error) {
      tell(`strike "${planned.fault}" could not be made: ${(error as Error).message}`);
    }
  }

  /** Resolves when all have ended. */
  async function strikeInTime(
    strikes: Iterable<Strike>,
    startedAt: number,
    signal: AbortSignal,
    isOver: () => boolean = () => false,
  ): Promise<void> {
    const underWay = new Set<Promise<void>>();
    for (const planned of strikes) {
      await waitUntil(startedAt + planned.atMs, signal);
      if (signal.aborted || isOver()) break;
      const striking = strikeAndNote(planned).finally(() => underWay.delete(striking));
      underWay.add(striking);
    }
    await Promise.all(underWay);
  }

  /** Waits until enough orders have arrived in the company since then, and a moment more: kills then interrupt work. */
  async function waitForWork(since: number, signal: AbortSignal): Promise<void> {
    const hasStoppedArriving = watchForStandstill(STANDSTILL_MS);
    for (;;) {
      const left = since + ordersBetweenWaves - (await readArrived()).size;
      if (left <= 0 || signal.aborted) break;
      if (hasStoppedArriving(left)) {
        return tell(`nothing has arrived for ${STANDSTILL_MS / 1_000} s; killing on`);
      }
      await sleep(WORK_LOOK_EVERY_MS);
    }
    await sleep(createRandom(since).integer(...WORK_FOR_MS));
  }

  return {
    struck,
    vendors,
    run: async (hasPlacedAll, signal) => {
      const startedAt = performance.now();
      const disturb = strikeInTime(plan.disturbances, startedAt, signal, hasPlacedAll);
      for (const wave of plan.waves) {
        const struckAt = (await readArrived()).size;
        await waitUntil(startedAt + wave.atMs, signal);
        const arrived = wish.killsFollowOrders ? struckAt : (await readArrived()).size;
        await waitForWork(arrived, signal);
        await strikeInTime(wave.kills, performance.now(), signal);
      }
      await disturb;
      lines.heal();
      surroundings.heal();
      await vendors.heal();
      processes.heal();
    },
  };
}
