import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClock, createSharedClock, WALL_CLOCK } from '../src/clock.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

describe('the shared clock', () => {
  it('is the database’s, and never stands still or goes back', async () => {
    let aheadMs = YEAR_MS;
    const clock = await createSharedClock(async () => Date.now() + aheadMs);
    const first = clock.nowMicros();
    expect(Math.abs(first / 1_000 - Date.now() - YEAR_MS)).toBeLessThan(1_000);
    aheadMs -= 10_000;
    await clock.adjust();
    expect(clock.nowMicros()).toBeGreaterThan(first);
  });

  it('is not set by answers that took too long, at the start and later', async () => {
    let slow = 2;
    let asked = 0;
    const clock = await createSharedClock(async () => {
      asked += 1;
      if (slow > 0) {
        slow -= 1;
        await sleep(250);
        return Date.now() + YEAR_MS;
      }
      return Date.now();
    });
    expect(asked).toBe(3);
    expect(Math.abs(clock.nowMicros() / 1_000 - Date.now())).toBeLessThan(1_000);
    slow = 3;
    await clock.adjust();
    expect(Math.abs(clock.nowMicros() / 1_000 - Date.now())).toBeLessThan(1_000);
  });

  it('says so when the database never answers in time', async () => {
    const answerLate = async () => sleep(210, Date.now());
    await expect(createSharedClock(answerLate, 100)).rejects.toThrow('more than 200 ms');
  });

  it('keeps its offset when a measurement breaks off', async () => {
    let fails = false;
    let asked = 0;
    const clock = await createSharedClock(async () => {
      asked += 1;
      if (fails && asked > 4) throw new Error('connection lost');
      return Date.now() + (fails ? YEAR_MS : 0);
    });
    fails = true;
    await expect(clock.adjust()).rejects.toThrow('connection lost');
    expect(Math.abs(clock.nowMicros() / 1_000 - Date.now())).toBeLessThan(1_000);
  });
});

describe('the clock of a process', () => {
  afterEach(() => void vi.useRealTimers());

  it('takes no notice of a jump of the machine’s clock, which the wall clock follows', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) });
    const clock = createClock();
    vi.setSystemTime(Date.UTC(2030, 0, 1));
    expect(new Date(clock.nowMicros() / 1_000).getUTCFullYear()).toBe(2026);
    expect(new Date(WALL_CLOCK.nowMicros() / 1_000).getUTCFullYear()).toBe(2030);
  });

  it('sleeps for a year without waking immediately, and wakes with the reason of who ends it', async () => {
    const ended = new AbortController();
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', warn);
    const asleep = createClock().sleep(YEAR_MS, ended.signal);
    await expect(Promise.race([asleep, sleep(20, 'still asleep')])).resolves.toBe('still asleep');
    ended.abort(new Error('the process stops'));
    await expect(asleep).rejects.toThrow('the process stops');
    await expect(createClock().sleep(1, ended.signal)).rejects.toThrow('the process stops');
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });
});
