import type { CounterMetric, GaugeMetric, Metrics } from '@entrepot/service-kit';
import type { UnreadHintsWatch } from './failures/unread-hints.ts';

export interface LedgerMetrics {
  readonly ingested: CounterMetric<'entrepot_ledger_ingested_total'>;
  readonly unreadableReports: CounterMetric<'entrepot_ledger_unreadable_reports_total'>;
  readonly laneAppends: CounterMetric<'entrepot_ledger_lane_appends_total'>;
  readonly requests: CounterMetric<'entrepot_api_requests_total'>;
  readonly openDeliveries: GaugeMetric<'entrepot_deliveries_open'>;
}

export function createLedgerMetrics(metrics: Metrics): LedgerMetrics {
  return {
    ingested: metrics.counter('entrepot_ledger_ingested_total'),
    unreadableReports: metrics.counter('entrepot_ledger_unreadable_reports_total'),
    laneAppends: metrics.counter('entrepot_ledger_lane_appends_total'),
    requests: metrics.counter('entrepot_api_requests_total'),
    openDeliveries: metrics.gauge('entrepot_deliveries_open'),
  };
}

/** Shows what the last look at the inboxes found; a connection without unread hints has no series. */
export function showUnreadHints(metrics: Metrics, unreadHints: Pick<UnreadHintsWatch, 'list'>): void {
  const shown = new Set<string>();
  metrics.gauge('entrepot_hints_unread', (gauge) => {
    for (const connection of shown) gauge.remove({ connection });
    shown.clear();
    for (const { connection, hints } of unreadHints.list()) {
      gauge.set({ connection }, hints);
      shown.add(connection);
    }
  });
}
