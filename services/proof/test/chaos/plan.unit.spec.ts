import { describe, expect, it } from 'vitest';
import { ArgumentError, parseArguments } from '../../src/chaos/arguments.ts';
import { DISTURBANCES, KILLS, type KillName, planStrikes } from '../../src/chaos/strikes/plan.ts';

function countKills({ waves }: ReturnType<typeof planStrikes>): number {
  return waves.flatMap(({ kills }) => kills).reduce((sum, { fault }) => sum + KILLS[fault as KillName], 0);
}

describe('the plan of strikes', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(planStrikes(7, 60_000, 20)).toEqual(planStrikes(7, 60_000, 20));
    expect(planStrikes(8, 60_000, 20)).not.toEqual(planStrikes(7, 60_000, 20));
  });

  it.each([1, 2, 3, 4, 5])('holds the kills asked for, in order of time (seed %i)', (seed) => {
    const plan = planStrikes(seed, 120_000, 64);
    expect(countKills(plan)).toBe(64);
    for (const strikes of [plan.disturbances, plan.waves, ...plan.waves.map(({ kills }) => kills)]) {
      const times = strikes.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(times.every((atMs) => atMs >= 0 && atMs < 120_000)).toBe(true);
    }
  });

  it('lets every disturbance strike before one strikes again', () => {
    const disturbances = planStrikes(3, 600_000, 0).disturbances.map(({ fault }) => fault);
    expect(new Set(disturbances.slice(0, DISTURBANCES.length))).toEqual(new Set(DISTURBANCES));
  });
});

describe('the command line', () => {
  it('knows its profiles, which single words may change', () => {
    expect(parseArguments(['--ci'])).toMatchObject({ seed: 1, minutes: 1.6, kills: 70, json: null });
    expect(parseArguments(['--ci', '--seed=9', '--kills', '80', '--json', 'out.json'])).toMatchObject({
      seed: 9,
      kills: 80,
      json: 'out.json',
    });
    const long = parseArguments(['--long']);
    expect(long.kills).toBeGreaterThanOrEqual(1_000);
    expect(long.orders).toBeGreaterThanOrEqual(100_000);
  });

  it.each([['--seed'], ['--seed', 'x'], ['--kills', '1.5'], ['--what']])('refuses %s %s in words', (...words) => {
    expect(() => parseArguments(words)).toThrow(ArgumentError);
  });
});
