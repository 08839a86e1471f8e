import { fraction, READ_AS_DEFAULT, wholeNumber } from '@entrepot/mapping';
import { Cron } from 'croner';
import { z } from 'zod';
import { visibleIf } from './form.ts';

/** Polls closer than this would only wait for each other. */
const SHORTEST_INTERVAL_SECONDS = 5;
const RUNS_LOOKED_AT = 100;

/** How a connection is polled; the runtime reads it from the connection's settings under `poll`. */
export const pollSettingsSchema = z.strictObject({
  intervalSeconds: visibleIf(
    'settings.poll.schedule',
    [null],
    wholeNumber("Seconds between reconciliation polls; null = the vendor's default", {
      min: SHORTEST_INTERVAL_SECONDS,
      max: 86_400,
    })
      .nullable()
      .default(null),
  ),
  schedule: z
    .string()
    .max(200, 'must have at most 200 characters')
    .superRefine((schedule, context) => {
      const message = checkSchedule(schedule);
      // A schedule saved by an older release that never worked: until it is corrected, the interval applies.
      if (message !== null) context.addIssue({ code: 'custom', message, params: READ_AS_DEFAULT });
    })
    .nullable()
    .default(null)
    .describe(
      `Instead of the interval: when to poll, as a cron expression in UTC, such as "0 */15 * * * *"; runs at least ${SHORTEST_INTERVAL_SECONDS} s apart. UTC knows no summer time: a daily poll runs every 24 hours, by a local clock an hour later in summer`,
    ),
  lookbackHours: fraction('How many hours the very first poll reaches back; older records come by a backfill', {
    min: 0,
    max: 24 * 365,
  }).default(24),
});

export type PollSettings = z.infer<typeof pollSettingsSchema>;

/** Spread into a vendor's settings schema: `z.strictObject({ …, ...pollSettingsShape })`. */
export const pollSettingsShape = {
  poll: pollSettingsSchema.prefault({}).describe('When the connection is polled for changes, webhooks or not'),
};

/** Poll settings of a connection, whatever its vendor; the defaults when its vendor's settings have none. */
export function readPollSettings(settings: unknown): PollSettings {
  const given = typeof settings === 'object' && settings !== null && 'poll' in settings ? settings.poll : {};
  const parsed = pollSettingsSchema.safeParse(given);
  return parsed.success ? parsed.data : pollSettingsSchema.parse({});
}

/** Says what is wrong with a schedule, or null. */
function checkSchedule(schedule: string): string | null {
  let runs: Date[];
  try {
    runs = new Cron(schedule, { timezone: 'UTC', paused: true }).nextRuns(RUNS_LOOKED_AT);
  } catch {
    return 'must be a cron expression of five or six fields, such as "0 */15 * * * *"';
  }
  if (runs.length === 0) return 'never comes: there is no such day';
  const tooClose = runs.some((run, index) => {
    const before = runs[index - 1];
    return before !== undefined && run.getTime() - before.getTime() < SHORTEST_INTERVAL_SECONDS * 1_000;
  });
  return tooClose ? `must leave at least ${SHORTEST_INTERVAL_SECONDS} s between two polls` : null;
}
