import type { CounterMetric, GaugeMetric, Metrics } from '@entrepot/service-kit';

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
