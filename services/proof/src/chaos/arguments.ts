import { type Command, CommandLineError, readNumber } from '@entrepot/service-kit/command-line';
import type { KillPack } from './strikes/plan.ts';
import { type TrafficKind, USUAL_TRAFFIC } from './traffic.ts';

/** How densely orders come and faults strike. */
export interface ChaosPace extends TrafficKind {
  /** Waves of kills are spread over the orders as they arrive; false: over the minutes, each as soon as any order gets through. */
  readonly killsFollowOrders: boolean;
  readonly betweenDisturbancesMs: number;
  readonly killPack: KillPack;
  readonly killsAWave: number;
  /** Interval of polls; each reads the changes since ten seconds before the last one. */
  readonly pollSeconds: number;
}

/** The options of the command line. */
export interface ChaosArguments extends ChaosPace {
  /** One run after another, each with a stack of its own. */
  readonly seeds: readonly number[];
  /** All orders are placed in this time, unless they wait for others to arrive; start and settling come on top. */
  readonly minutes: number;
  readonly kills: number;
  readonly orders: number;
  /** Two further systems, each the source and the target of the other, with sinks and connectors of their own. */
  readonly bothWays: boolean;
  /** File of the report, besides the screen. */
  readonly json: string | null;
}

interface Profile {
  readonly minutes: number;
  readonly kills: number;
  readonly orders: number;
  readonly pace: ChaosPace;
}

const KILLS_A_MINUTE = 15;
const ORDERS_A_MINUTE = 180;
/** Orders by the clock, and faults nearly without a pause: many strike parts that are still starting. */
const STORM: ChaosPace = {
  ...USUAL_TRAFFIC,
  killsFollowOrders: false,
  betweenDisturbancesMs: 5_000,
  killPack: { 'kill everything': 1, 'kill registry': 1, 'kill broker': 1, 'kill database': 3, 'kill service': 24 },
  killsAWave: 22,
  pollSeconds: 5,
};
/** Orders follow each other as they arrive, so that most kills interrupt work of every stage. */
const LONG: ChaosPace = {
  editedShare: 0.1,
  repeatedShare: 0.3,
  ordersAShopper: 20,
  mostOpen: 1_000,
  killsFollowOrders: true,
  betweenDisturbancesMs: 30_000,
  killPack: { 'kill everything': 1, 'kill registry': 1, 'kill broker': 1, 'kill database': 3, 'kill service': 60 },
  killsAWave: 14,
  pollSeconds: 30,
};
const PROFILES: Readonly<Record<'ci' | 'long', Profile>> = {
  ci: { minutes: 2.1, kills: 84, orders: 360, pace: STORM },
  long: { minutes: 1.5, kills: 80, orders: 5_400, pace: LONG },
};

/** @throws CommandLineError unless it is two whole numbers, the first not above the second */
function readSeeds(text: string): number[] {
  const [, first = '', last = ''] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (first === '' || count < 1) throw new CommandLineError(`--seeds is "${text}", not two numbers like 1-20.`);
  return Array.from({ length: count }, (_, index) => Number(first) + index);
}

const options = {
  ci: { type: 'boolean' },
  long: { type: 'boolean' },
  seed: { type: 'string' },
  seeds: { type: 'string' },
  minutes: { type: 'string' },
  kills: { type: 'string' },
  orders: { type: 'string' },
  'both-ways': { type: 'boolean' },
  json: { type: 'string' },
} as const;

export const CHAOS_COMMAND: Command<typeof options, ChaosArguments> = {
  usage: `npm run chaos -- [--seed S | --seeds A-B] [--minutes M] [--kills N] [--orders N] [--both-ways] [--json FILE]
npm run chaos -- --ci             84 kills planned, three to four minutes on two cores
npm run chaos -- --long           80 kills and 5,400 orders, of which one in ten is edited: with --seeds 1-20 more than 1,000 and 100,000 in all
--both-ways also starts two systems that are source and target of each other, with four processes of their own; without --ci it is always on.
Several seeds run one after the other, until one of them finds something.`,
  options,
  read({ ci, long, seed, seeds, minutes: minutesText, kills, orders, 'both-ways': bothWays, json = null }) {
    if (seeds !== undefined && seed !== undefined) throw new CommandLineError('--seed or --seeds, not both.');
    const profile = long ? PROFILES.long : ci ? PROFILES.ci : undefined;
    const minutes = readNumber('--minutes', minutesText, { fraction: true }) ?? profile?.minutes ?? 2;
    return {
      seeds: seeds === undefined ? [readNumber('--seed', seed) ?? 1] : readSeeds(seeds),
      minutes,
      kills: readNumber('--kills', kills) ?? profile?.kills ?? Math.ceil(minutes * KILLS_A_MINUTE),
      orders: readNumber('--orders', orders) ?? profile?.orders ?? Math.ceil(minutes * ORDERS_A_MINUTE),
      // Four more processes on two cores start and settle too slowly for a stage of CI.
      bothWays: bothWays ?? profile !== PROFILES.ci,
      ...(profile?.pace ?? STORM),
      json,
    };
  },
};
