import type { LaneReport } from '@entrepot/canonical';

type LaneTime = Pick<LaneReport, 'epoch' | 'atMicros'>;

/** Whether a report of a lane stands against an earlier known one: told by a later owner, or by the same one and not before it. */
export function isLaneNews(report: LaneTime, known: LaneTime): boolean {
  return report.epoch > known.epoch || (report.epoch === known.epoch && report.atMicros >= known.atMicros);
}
