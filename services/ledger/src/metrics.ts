import type { CounterMetric, GaugeMetric, Metrics } from '@entrepot/service-kit';

export interface LedgerMetrics {
  readonly ingested: CounterMetric;
  readonly unreadableReports: CounterMetric;
  readonly attempts: CounterMetric;
  readonly laneAppends: CounterMetric;
  readonly requests: CounterMetric;
  readonly openDeliveries: GaugeMetric;
}

export function createLedgerMetrics(metrics: Metrics): LedgerMetrics {
  return {
    ingested: metrics.counter('entrepot_ledger_ingested_total', 'Records taken into the ledger', ['kind']),
    unreadableReports: metrics.counter('entrepot_ledger_unreadable_reports_total', 'Reports that could not be read', [
      'topic',
    ]),
    attempts: metrics.counter('entrepot_attempts_total', 'Attempts by how they ended', ['outcome', 'to', 'entity']),
    laneAppends: metrics.counter('entrepot_ledger_lane_appends_total', 'Deliveries sent to a lane again', [
      'to',
      'mode',
    ]),
    requests: metrics.counter('entrepot_api_requests_total', 'Admin API requests', ['method', 'route', 'status']),
    openDeliveries: metrics.gauge('entrepot_deliveries_open', 'Deliveries that have not ended, by state', ['state']),
  };
}
