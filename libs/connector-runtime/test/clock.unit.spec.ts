import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSharedClock } from '../src/clock.ts';

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
