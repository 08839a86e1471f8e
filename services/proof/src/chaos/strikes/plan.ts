import { createRandom, type Random } from '../random.ts';

/** What kills with SIGKILL, and how many processes die of it. */
export const KILLS = {
  'kill service': 1,
  'kill broker': 1,
  'kill database': 1,
  'kill registry': 1,
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
  'registry line cut',
  'clock skewed',
  'data disk full',
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
 * Kills come in waves: what dies together starts together, and then all works for a while, so that the next wave finds work to interrupt. Spread
 * evenly, some part would always be starting, and no order would ever get through.
 */
const BETWEEN_WAVES_MS = 16_000;
const WAVE_LASTS_MS = 2_000;
/**
 * A pack of kills. Of the broker few: it takes longest to come back, and while it is away nothing else is tried. What must be tried most is a
 * service that dies in the middle of its work.
 */
const KILL_PACK: readonly KillName[] = [
  'kill everything',
  'kill registry',
  ...Array<KillName>(2).fill('kill broker'),
  ...Array<KillName>(5).fill('kill database'),
  ...Array<KillName>(36).fill('kill service'),
];

/**
 * What strikes when: the same seed, time and count give the same plan. Disturbances come as a shuffled pack, so that each of them
 * strikes before one strikes again; so do kills, which come in waves.
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
  const planned = chooseKills(random, kills);
  const waves = Math.max(1, Math.round(activeMs / BETWEEN_WAVES_MS));
  for (const [index, fault] of planned.entries()) {
    const wave = Math.floor((index * waves) / planned.length);
    add(((wave + 0.5) * activeMs) / waves + random.next() * WAVE_LASTS_MS, fault);
  }
  return strikes.sort((one, other) => one.atMs - other.atMs);
}

/** Strikes that kill as many processes as asked for, in the order in which they strike. */
function chooseKills(random: Random, kills: number): KillName[] {
  const chosen: KillName[] = [];
  let pack: KillName[] = [];
  for (let left = kills; left > 0; ) {
    if (pack.length === 0) pack = random.shuffle(KILL_PACK);
    const fault = pack.pop();
    if (fault === undefined || KILLS[fault] > left) continue;
    chosen.push(fault);
    left -= KILLS[fault];
  }
  return chosen;
}
