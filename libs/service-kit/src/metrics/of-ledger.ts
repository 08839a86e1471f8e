import type { MetricDeclaration } from './declaration.ts';

const LEDGER = ['ledger'] as const;

/** Metrics of the ledger. */
export const LEDGER_METRICS = {
  entrepot_ledger_ingested_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Records taken into the ledger',
    labels: { kind: ['event', 'routed', 'attempt', 'confirmed', 'lane', 'command', 'unmapped', 'stray'] },
    by: LEDGER,
  },
  entrepot_ledger_unreadable_reports_total: {
    kind: 'counter',
    unit: 'reports',
    help: 'Reports that could not be read',
    labels: { topic: 'topic' },
    by: LEDGER,
  },
  entrepot_ledger_lane_appends_total: {
    kind: 'counter',
    unit: 'deliveries',
    help: 'Deliveries sent to a lane again',
    labels: { to: 'connection', mode: ['automatic', 'as-is', 'refresh'] },
    by: LEDGER,
  },
  entrepot_deliveries_open: {
    kind: 'gauge',
    unit: 'deliveries',
    help: 'Deliveries that have not ended, by state',
    labels: {
      state: [
        'pending',
        'accepted',
        'retrying',
        'waiting',
        'in-doubt',
        'mismatch',
        'failed',
        'delivered',
        'verified',
        'unchanged',
        'echo',
        'skipped',
        'superseded',
        'discarded',
        'resolved',
      ],
    },
    by: LEDGER,
  },
  entrepot_hints_unread: {
    kind: 'gauge',
    unit: 'hints',
    help: 'Hints that came longer ago than `ENTREPOT_UNREAD_HINT_SECONDS` and are not read, whether the connector runs or not',
    labels: { connection: 'connection' },
    by: LEDGER,
  },
  entrepot_api_requests_total: {
    kind: 'counter',
    unit: 'requests',
    help: 'Admin API requests',
    labels: { method: 'method', route: 'route', status: 'status' },
    by: LEDGER,
  },
} as const satisfies Record<string, MetricDeclaration>;
