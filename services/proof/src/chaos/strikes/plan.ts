import { createRandom, type Random } from '../random.ts';

/** What kills with SIGKILL, and how many processes die of it. */
export const KILLS = {
  'kill service': 1,
  'kill broker': 1,
  'kill database': 1,
  'kill everything': 7,
} as const;

/** What disturbs for a while and then ends. */
export const DISTURBANCES = [
  'process frozen',
  'target 429',
  'target 500',
  'target 502 HTML',
  'target silent',
  'target cut before commit',
  'target cut after commit',
  'target commits late',
  'target slow drip',
  'target session expired',
  'target down',
  'shop fails',
  'broker line cut',
  'broker line one-way',
  'broker line delayed',
  'database line cut',
  'database line one-way',
  'database line delayed',
  'target line cut',
  'target line one-way',
  'target line delayed',
  'rebalances',
  'credentials rotated',
  'registry down',
] as const;

export type KillName = keyof typeof KILLS;
export type DisturbanceName = (typeof DISTURBANCES)[number];
export type FaultName = KillName | DisturbanceName;

/** One thing that goes wrong, when, and the seed of its details. */
export interface Strike {
  readonly atMs: number;
  readonly fault: FaultName;
  readonly seed: number;
}

const BETWEEN_DISTURBANCES_MS = 4_000;

/**
 * What strikes when: the same seed, time and count give the same plan. Disturbances come as a shuffled pack, so that each of them
 * strikes before one strikes again; kills fall at random times in between.
 */
export function planStrikes(seed: number, activeMs: number, kills: number): Strike[] {
  const random = createRandom(seed, 1);
  const strikes: Strike[] = [];
  const add = (atMs: number, fault: FaultName): void => {
    strikes.push({ atMs: Math.round(atMs), fault, seed: random.integer(0, 2 ** 31) });
  };
  let pack: DisturbanceName[] = [];
  for (let atMs = 1_000; atMs < activeMs; atMs += BETWEEN_DISTURBANCES_MS * (0.5 + random.next())) {
    if (pack.length === 0) pack = random.shuffle(DISTURBANCES);
    const fault = pack.pop();
    if (fault !== undefined) add(atMs, fault);
  }
  for (let planned = 0; planned < kills; ) {
    const fault = chooseKill(random, kills - planned);
    add(random.next() * activeMs, fault);
    planned += KILLS[fault];
  }
  return strikes.sort((one, other) => one.atMs - other.atMs);
}

function chooseKill(random: Random, left: number): KillName {
  const lot = random.next();
  if (lot < 0.04 && left >= KILLS['kill everything']) return 'kill everything';
  if (lot < 0.12) return 'kill broker';
  if (lot < 0.22) return 'kill database';
  return 'kill service';
}
