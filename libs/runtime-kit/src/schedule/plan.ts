import { Cron } from 'croner';

/** When something runs. The zone is an IANA name. */
export type Schedule = { readonly everySeconds: number } | { readonly cron: string; readonly zone: string };

export interface Plan {
  /** The first run after a time, or null when there is none. Whoever plans from the run before makes up missed runs once. */
  nextRunMs(afterMs: number): number | null;
}

/**
 * A local time that the clock skips runs at the first instant after the gap; one that comes twice runs the first time.
 * What runs each so many minutes goes on through both.
 * @throws Error when the cron expression or the zone cannot be read
 */
export function planRuns(schedule: Schedule): Plan {
  if ('everySeconds' in schedule) {
    const everyMs = schedule.everySeconds * 1_000;
    return { nextRunMs: (afterMs) => afterMs + everyMs };
  }
  const cron = new Cron(schedule.cron, { timezone: schedule.zone, paused: true });
  // An unknown zone is told now, not at the first run.
  new Intl.DateTimeFormat('en', { timeZone: schedule.zone });
  return { nextRunMs: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() ?? null };
}
