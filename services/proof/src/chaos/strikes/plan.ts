import { createRandom, type Random } from '../random.ts';

/** Strikes that kill with SIGKILL. */
export const KILLS = ['kill service', 'kill broker', 'kill database', 'kill registry', 'kill everything'] as const;

/** How many processes a strike kills: one, or three servers and all services. */
export function countKilled(kill: KillName, bothWays: boolean): number {
  if (kill !== 'kill everything') return 1;
  return bothWays ? 12 : 8;
}

/** Strikes that disturb for a while and then end. */
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

export type KillName = (typeof KILLS)[number];
export type DisturbanceName = (typeof DISTURBANCES)[number];
export type FaultName = KillName | DisturbanceName;

/** One strike: what, when, and the seed of its details. */
export interface Strike {
  /** From the start of the run; for a kill, from the start of its wave. */
  readonly atMs: number;
  readonly fault: FaultName;
  readonly seed: number;
}

/** Kills within seconds of each other: processes that die together start together. */
export interface Wave {
  /** Earliest time; the wave also waits until orders get through again. */
  readonly atMs: number;
  readonly kills: readonly Strike[];
}

export interface Plan {
  /** Without end, in order of time. */
  readonly disturbances: Iterable<Strike>;
  /**
   * Kills spread evenly would keep some part starting at any time, and no order would ever get through: between two waves everything works
   * for a while, so that the next wave finds work to interrupt.
   */
  readonly waves: readonly Wave[];
}

const WAVE_LASTS_MS = 4_000;

/**
 * Number of kills of each kind in a pack. Few of the broker: it takes longest to restart, and meanwhile nothing else is tested. Most kills
 * strike services in the middle of their work.
 */
export type KillPack = Readonly<Record<KillName, number>>;

export interface PlanWish {
  readonly seed: number;
  readonly activeMs: number;
  readonly kills: number;
  /** Average interval from the start of one disturbance to the next. */
  readonly betweenDisturbancesMs: number;
  readonly killPack: KillPack;
  readonly killsAWave: number;
  /** Four further services run. */
  readonly bothWays: boolean;
}

/**
 * Plans the strikes: the same wish gives the same plan. Disturbances are drawn from a shuffled pack, so that each of them strikes before
 * one repeats; so are kills, which come in waves.
 */
export function planStrikes(wish: PlanWish): Plan {
  const { seed, activeMs, kills } = wish;
  const random = createRandom(seed, 1);
  const planned = chooseKills(random, wish);
  const count = Math.ceil(kills / wish.killsAWave);
  const waves = Array.from({ length: count }, (_, wave) => ({
    atMs: Math.round(((wave + 0.5) * activeMs) / count),
    kills: planned
      .slice(Math.floor((wave * planned.length) / count), Math.floor(((wave + 1) * planned.length) / count))
      .map((fault) => toStrike(random, random.next() * WAVE_LASTS_MS, fault))
      .sort((one, other) => one.atMs - other.atMs),
  }));
  return { disturbances: planDisturbances(createRandom(seed, 3), wish.betweenDisturbancesMs), waves };
}

function* planDisturbances(random: Random, betweenMs: number): Generator<Strike> {
  let pack: DisturbanceName[] = [];
  for (let atMs = 1_000; ; atMs += betweenMs * (0.5 + random.next())) {
    if (pack.length === 0) pack = random.shuffle(DISTURBANCES);
    const fault = pack.pop();
    if (fault !== undefined) yield toStrike(random, atMs, fault);
  }
}

function toStrike(random: Random, atMs: number, fault: FaultName): Strike {
  return { atMs: Math.round(atMs), fault, seed: random.integer(0, 2 ** 31) };
}

/** Strikes that kill the requested number of processes, in their order of time. */
function chooseKills(random: Random, { kills, killPack, bothWays }: PlanWish): KillName[] {
  const fullPack = Object.entries(killPack).flatMap(([kill, times]) => Array<KillName>(times).fill(kill as KillName));
  const chosen: KillName[] = [];
  let pack: KillName[] = [];
  for (let left = kills; left > 0; ) {
    if (pack.length === 0) pack = random.shuffle(fullPack);
    const fault = pack.pop();
    if (fault === undefined || countKilled(fault, bothWays) > left) continue;
    chosen.push(fault);
    left -= countKilled(fault, bothWays);
  }
  return chosen;
}
