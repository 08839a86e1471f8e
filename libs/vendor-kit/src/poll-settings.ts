import { z } from 'zod';

/** How a connection is polled; the runtime reads it from the connection's settings under `poll`. */
export const pollSettingsSchema = z.strictObject({
  intervalSeconds: z
    .int()
    .min(5)
    .max(86_400)
    .nullable()
    .default(null)
    .describe("Time between reconciliation polls; null = the vendor's default"),
  schedule: z
    .string()
    .nullable()
    .default(null)
    .describe('Instead of the interval: when to poll, as a cron expression in UTC, such as "0 */15 * * * *"'),
  lookbackHours: z
    .number()
    .min(0)
    .max(24 * 365)
    .default(24)
    .describe('How far the very first poll reaches back; older records come by a backfill'),
});

export type PollSettings = z.infer<typeof pollSettingsSchema>;

/** Spread into a vendor's settings schema: `z.strictObject({ …, ...pollSettingsShape })`. */
export const pollSettingsShape = { poll: pollSettingsSchema.prefault({}) };

/** Poll settings of a connection, whatever its vendor; the defaults when its vendor's settings have none. */
export function readPollSettings(settings: unknown): PollSettings {
  const given = typeof settings === 'object' && settings !== null && 'poll' in settings ? settings.poll : {};
  const parsed = pollSettingsSchema.safeParse(given);
  return parsed.success ? parsed.data : pollSettingsSchema.parse({});
}
