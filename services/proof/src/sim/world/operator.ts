import type { LaneReport, Report } from '@entrepot/canonical';
import { isLaneNews } from '@entrepot/ledger/states';
import type { VirtualClock } from '@entrepot/runtime-kit/testing';
import type { Settings } from './configuration.ts';

const OPERATOR_MS = 4_000;

/** What an operator sees and may change. */
interface Desk {
  readonly clock: VirtualClock;
  readonly configuration: Settings;
  readonly reports: readonly Report[];
}

/** An operator tests the credentials; if that is not enough, sets new ones. */
export function callOperator({ clock, configuration, reports }: Desk, connection: string): void {
  clock.schedule(OPERATOR_MS, () => configuration.setAttention(connection, null));
  clock.schedule(2 * OPERATOR_MS, () => {
    if (findLaneState(reports, connection)?.state === 'needs-attention') configuration.renew(connection);
  });
}

/** The state that the ledger shows. */
function findLaneState(reports: readonly Report[], connection: string): LaneReport | null {
  let shown: LaneReport | null = null;
  for (const report of reports)
    if (report.kind === 'lane' && report.connection === connection && (shown === null || isLaneNews(report, shown)))
      shown = report;
  return shown;
}
