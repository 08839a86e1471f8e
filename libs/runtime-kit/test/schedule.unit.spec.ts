import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRuns, type Schedule } from '../src/schedule/index.ts';

function listRuns(schedule: Schedule, from: string, count: number): string[] {
  const plan = planRuns(schedule);
  const runs: string[] = [];
  let atMs = Date.parse(from);
  while (runs.length < count) {
    const next = plan.nextRunMs(atMs);
    if (next === null) break;
    atMs = next;
    runs.push(new Date(atMs).toISOString());
  }
  return runs;
}

const ZONES = ['America/New_York', 'Australia/Lord_Howe', 'Europe/Berlin', 'UTC', 'Asia/Kathmandu'] as const;
/** The local day of an instant, `yyyy-mm-dd`. */
function dayIn(zone: string, ms: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(ms);
}

describe('planRuns', () => {
  it('runs a skipped time at the first instant after the gap', () => {
    // New York: 02:00 EST becomes 03:00 EDT at 07:00Z. Lord Howe: 02:00 (+10:30) becomes 02:30 (+11) at 15:30Z.
    expect(listRuns({ cron: '0 30 2 * * *', zone: 'America/New_York' }, '2026-03-07T12:00:00Z', 3)).toEqual([
      '2026-03-08T07:00:00.000Z',
      '2026-03-09T06:30:00.000Z',
      '2026-03-10T06:30:00.000Z',
    ]);
    expect(listRuns({ cron: '0 15 2 * * *', zone: 'Australia/Lord_Howe' }, '2026-10-02T16:00:00Z', 3)).toEqual([
      '2026-10-03T15:30:00.000Z',
      '2026-10-04T15:15:00.000Z',
      '2026-10-05T15:15:00.000Z',
    ]);
  });

  it('runs a time that comes twice the first time only, also after a restart between the two', () => {
    expect(listRuns({ cron: '0 30 1 * * *', zone: 'America/New_York' }, '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-02T06:30:00.000Z',
    ]);
    expect(listRuns({ cron: '0 45 1 * * *', zone: 'Australia/Lord_Howe' }, '2026-04-03T16:00:00Z', 2)).toEqual([
      '2026-04-04T14:45:00.000Z',
      '2026-04-05T15:15:00.000Z',
    ]);
    expect(listRuns({ cron: '0 30 1 * * *', zone: 'America/New_York' }, '2026-11-01T05:45:00Z', 1)).toEqual([
      '2026-11-02T06:30:00.000Z',
    ]);
  });

  it('goes on each half hour where the clock changes', () => {
    const list = (from: string): string[] =>
      Array.from({ length: 6 }, (_, index) => new Date(Date.parse(from) + (index + 1) * 1_800_000).toISOString());
    for (const from of ['2026-11-01T04:30:00.000Z', '2026-03-08T05:30:00.000Z'])
      expect(listRuns({ cron: '0 */30 * * * *', zone: 'America/New_York' }, from, 6)).toEqual(list(from));
  });

  it('has no next run where a cron expression names no day that comes', () => {
    expect(planRuns({ cron: '0 0 0 30 2 *', zone: 'UTC' }).nextRunMs(0)).toBeNull();
  });

  it('refuses an unknown zone and a cron expression that is none, before any run', () => {
    expect(() => planRuns({ cron: '0 30 7 * * *', zone: 'Europe/Atlantis' })).toThrow(/Europe\/Atlantis/);
    expect(() => planRuns({ cron: 'often', zone: 'UTC' })).toThrow();
  });

  it('gives a run daily exactly once a local day, and runs rise', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 0, 1) }),
        (zone, hour, minute, fromMs) => {
          const runs = listRuns({ cron: `0 ${minute} ${hour} * * *`, zone }, new Date(fromMs).toISOString(), 40).map(
            Date.parse,
          );
          for (const [index, run] of runs.entries()) expect(run).toBeGreaterThan(runs[index - 1] ?? fromMs);
          const days = runs.map((run) => dayIn(zone, run));
          const first = Date.parse(`${days[0]}T00:00:00Z`);
          expect(days).toEqual(days.map((_, index) => new Date(first + index * 86_400_000).toISOString().slice(0, 10)));
        },
      ),
      { numRuns: 60 },
    );
  });
});
