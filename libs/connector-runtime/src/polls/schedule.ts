import { planRuns } from '@entrepot/runtime-kit/schedule';
import type { PollSettings } from '@entrepot/vendor-kit';

/** When the next reconciliation poll is due, in milliseconds from now. */
export type NextPoll = (lastPolledAtMs: number | null, nowMs: number) => number;

const JITTER_SHARE = 0.1;
const DAY_MS = 86_400_000;

/**
 * Uses the connection's schedule (cron, UTC) when it has one, else its interval or the vendor's default. Intervals are
 * jittered, so that many connections do not poll in step. A connection that was never polled is due immediately; polls
 * that were missed are made up once.
 * @throws Error when the schedule is not a cron expression
 */
export function planPolls(settings: PollSettings, defaultIntervalMs: number): NextPoll {
  const plan = planRuns(
    settings.schedule === null
      ? { everySeconds: settings.intervalSeconds ?? defaultIntervalMs / 1_000 }
      : { cron: settings.schedule, zone: 'UTC' },
  );
  const jitter = settings.schedule === null ? JITTER_SHARE : 0;
  return (lastPolledAtMs, nowMs) => {
    if (lastPolledAtMs === null) return 0;
    const next = plan.nextRunMs(lastPolledAtMs);
    if (next === null) return DAY_MS;
    const waitMs = (next - lastPolledAtMs) * (1 - jitter / 2 + Math.random() * jitter);
    return Math.max(0, lastPolledAtMs + waitMs - nowMs);
  };
}
