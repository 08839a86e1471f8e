import { describe, expect, it } from 'vitest';
import { pollSettingsSchema, readPollSettings } from '../src/index.ts';

const faultOf = (schedule: string) => pollSettingsSchema.safeParse({ schedule }).error?.issues[0]?.message ?? null;

describe('poll settings', () => {
  it.each(['0 */15 * * * *', '*/5 * * * *', '0 0 3 * * 1', '*/5 * * * * *', '0 0 0 29 2 *', '@daily'])(
    'take the schedule %s',
    (schedule) => expect(faultOf(schedule)).toBeNull(),
  );

  it.each([
    ['banana', /cron expression/],
    ['', /cron expression/],
    ['61 * * * *', /cron expression/],
    ['* * * * * *', /at least 5 s/],
    ['0,2 0 0 * * *', /at least 5 s/],
    ['0 0 0 31 2 *', /never comes/],
    ['* '.repeat(200), /200 characters/],
  ])('refuse the schedule "%s"', (schedule, words) => expect(faultOf(schedule)).toMatch(words));

  it('are the usual ones where none can be read', () => {
    expect(readPollSettings({ poll: { schedule: 'banana' } })).toEqual(pollSettingsSchema.parse({}));
  });
});
