import { readPollSettings } from '@entrepot/vendor-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { planPolls } from '../src/polls/schedule.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const given = process.env['TZ'];

/** The polls from a time on, on a machine in a zone, each planned from the one before. */
function listPolls(schedule: string, zone: string, from: string, count: number): string[] {
  process.env['TZ'] = zone;
  const next = planPolls(readPollSettings({ poll: { schedule } }), HOUR_MS);
  const polls: string[] = [];
  let atMs = Date.parse(from);
  while (polls.length < count) {
    atMs += next(atMs, atMs);
    polls.push(new Date(atMs).toISOString());
  }
  return polls;
}

describe('a schedule', () => {
  afterEach(() => {
    if (given === undefined) delete process.env['TZ'];
    else process.env['TZ'] = given;
  });

  // In New York 02:30 is skipped on 8 March and comes twice on 1 November; on Lord Howe the clock jumps by half an hour.
  it.each([
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Australia/Lord_Howe', '2026-10-04'],
    ['UTC', '2026-03-08'],
  ])('is in UTC, so that no poll is skipped or doubled when clocks change: in %s on %s', (zone, day) => {
    const startMs = Date.parse(`${day}T00:00:00Z`) - DAY_MS;
    const from = new Date(startMs).toISOString();
    const list = (firstMs: number, stepMs: number, count: number): string[] =>
      Array.from({ length: count }, (_, index) => new Date(startMs + firstMs + index * stepMs).toISOString());
    expect(listPolls('0 30 2 * * *', zone, from, 3)).toEqual(list(2.5 * HOUR_MS, DAY_MS, 3));
    expect(listPolls('0 */30 * * * *', zone, from, 143)).toEqual(list(HOUR_MS / 2, HOUR_MS / 2, 143));
  });
});

describe('missed polls', () => {
  it('are made up once: a process that was down over three is due at once, then at the next of the schedule', () => {
    const next = planPolls(readPollSettings({ poll: { schedule: '0 0 * * * *' } }), HOUR_MS);
    const lastMs = Date.parse('2026-12-01T00:00:00Z');
    const upMs = Date.parse('2026-12-01T03:20:00Z');
    expect(next(lastMs, upMs)).toBe(0);
    expect(next(upMs, upMs)).toBe(40 * 60_000);
  });
});
