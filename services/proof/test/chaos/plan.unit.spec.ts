import { CommandLineError, parseCommand } from '@entrepot/service-kit/command-line';
import { describe, expect, it } from 'vitest';
import { CHAOS_COMMAND, type ChaosArguments } from '../../src/chaos/arguments.ts';
import {
  countKilled,
  DISTURBANCES,
  type KillName,
  planStrikes,
  type Strike,
  type Wave,
} from '../../src/chaos/strikes/plan.ts';

function readArguments(...words: readonly string[]): ChaosArguments {
  const read = parseCommand(CHAOS_COMMAND, words);
  if (read === null) throw new Error('Help was asked for.');
  return read;
}

/** A plan with its first pack of disturbances: there is no last one. */
function plan(seed: number, kills = 20, bothWays = true) {
  const { disturbances, waves } = planStrikes({ ...readArguments(), bothWays, seed, activeMs: 60_000, kills });
  const strikes: Strike[] = [];
  for (const strike of disturbances) {
    strikes.push(strike);
    if (strikes.length === DISTURBANCES.length) break;
  }
  return { disturbances: strikes, waves };
}

function countKills(waves: readonly Wave[], bothWays = true): number {
  const strikes = waves.flatMap(({ kills }) => kills);
  return strikes.reduce((sum, { fault }) => sum + countKilled(fault as KillName, bothWays), 0);
}

describe('the plan of strikes', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(plan(7)).toEqual(plan(7));
    expect(plan(8)).not.toEqual(plan(7));
  });

  it.each([1, 2, 3, 4, 5])('holds the kills asked for, in order of time (seed %i)', (seed) => {
    const { disturbances, waves } = plan(seed, 64);
    expect(countKills(waves)).toBe(64);
    for (const strikes of [disturbances, waves, ...waves.map(({ kills }) => kills)]) {
      const times = strikes.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(times.every((atMs) => atMs >= 0)).toBe(true);
    }
  });

  it('counts three servers and five services as everything, and four services more with two systems', () => {
    expect([false, true].map((bothWays) => countKilled('kill everything', bothWays))).toEqual([3 + 5, 3 + 5 + 4]);
    expect(countKills(plan(1, 84, false).waves, false)).toBe(84);
  });

  it('lets every disturbance strike before one strikes again', () => {
    expect(new Set(plan(3).disturbances.map(({ fault }) => fault))).toEqual(new Set(DISTURBANCES));
  });
});

describe('the command line', () => {
  it('knows its profiles, which single words may change', () => {
    expect(readArguments('--ci')).toMatchObject({ seeds: [1], minutes: 2.1, kills: 84, json: null });
    expect(readArguments('--ci', '--seed=9', '--kills', '80', '--json', 'out.json')).toMatchObject({
      seeds: [9],
      kills: 80,
      json: 'out.json',
    });
    const long = readArguments('--long', '--seeds', '1-20');
    expect(long.kills * long.seeds.length).toBeGreaterThanOrEqual(1_000);
    expect(long.orders * long.seeds.length).toBeGreaterThanOrEqual(100_000);
  });

  it.each([
    [[], true],
    [['--minutes', '0.6'], true],
    [['--long'], true],
    [['--ci'], false],
    [['--ci', '--seed', '9', '--kills', '20'], false],
    [['--ci', '--both-ways'], true],
  ])('%j plays two systems that are source and target: %s', (words, bothWays) => {
    expect(readArguments(...words)).toMatchObject({ bothWays });
  });

  it.each([
    ['--seed'],
    ['--seed', 'x'],
    ['--kills', '1.5'],
    ['--what'],
    ['--seeds', '3-1'],
    ['--seeds', '7'],
    ['--seed=1', '--seeds=1-2'],
  ])('refuses %s %s in words', (...words) => {
    expect(() => parseCommand(CHAOS_COMMAND, words)).toThrow(CommandLineError);
  });
});
