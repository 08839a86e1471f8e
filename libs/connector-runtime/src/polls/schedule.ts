import type { PollSettings } from '@entrepot/vendor-kit';
import { Cron } from 'croner';

/** When the next reconciliation poll is due, in milliseconds from now. */
export type NextPoll = (lastPolledAtMs: number | null, nowMs: number) => number;

const JITTER_SHARE = 0.1;

/**
 * Uses the connection's schedule (cron, UTC) when it has one, else its interval or the vendor's default. Intervals are
 * jittered, so that many connections do not poll in step. A connection that was never polled is due immediately.
 * @throws Error when the schedule is not a cron expression
 */
export function planPolls(settings: PollSettings, defaultIntervalMs: number): NextPoll {
  if (settings.schedule !== null) {
    const cron = new Cron(settings.schedule, { timezone: 'UTC' });
    return (lastPolledAtMs, nowMs) => {
      if (lastPolledAtMs === null) return 0;
      const next = cron.nextRun(new Date(lastPolledAtMs));
      return next === null ? 86_400_000 : Math.max(0, next.getTime() - nowMs);
    };
  }
  const intervalMs = settings.intervalSeconds === null ? defaultIntervalMs : settings.intervalSeconds * 1_000;
  return (lastPolledAtMs, nowMs) => {
    if (lastPolledAtMs === null) return 0;
    const jittered = intervalMs * (1 - JITTER_SHARE / 2 + Math.random() * JITTER_SHARE);
    return Math.max(0, lastPolledAtMs + jittered - nowMs);
  };
}
