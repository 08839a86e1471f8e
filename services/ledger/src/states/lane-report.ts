import type { LaneReport } from '@entrepot/canonical';

type LaneTime = Pick<LaneReport, 'epoch' | 'atMicros'>;

/** Whether a report of a lane replaces the known one: it comes from a later owner, or from the same one and is not older. */
export function isLaneNews(report: LaneTime, known: LaneTime): boolean {
  return report.epoch > known.epoch || (report.epoch === known.epoch && report.atMicros >= known.atMicros);
}
