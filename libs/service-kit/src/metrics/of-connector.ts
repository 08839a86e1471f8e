import { type MetricDeclaration, VENDOR_ERRORS } from './declaration.ts';

const CONNECTOR = ['connector'] as const;
/** How a state was read, as events name it. */
const VIA = ['UNKNOWN', 'HINT', 'POLL', 'BACKFILL', 'REFRESH', 'FILE'] as const;
/** Kinds of operations on a source. */
const OPERATIONS = ['sync', 'backfill', 'sweep'] as const;

/** Metrics of connectors. */
export const CONNECTOR_METRICS = {
  entrepot_hints_accepted_total: {
    kind: 'counter',
    unit: 'hints',
    help: 'Hints of webhooks put on the inbox',
    labels: { connection: 'connection' },
    by: CONNECTOR,
  },
  entrepot_webhooks_rejected_total: {
    kind: 'counter',
    unit: 'webhooks',
    help: 'Webhooks refused, by reason',
    labels: {
      connection: 'connection',
      reason: [
        'forged',
        'method',
        'not-ready',
        'poll-only',
        'busy',
        'too-large',
        'too-slow',
        'broken-off',
        'malformed',
        'kafka',
        'inactive',
        'unknown-connection',
      ],
    },
    by: CONNECTOR,
  },
  entrepot_webhooks_repeated_total: {
    kind: 'counter',
    unit: 'webhooks',
    help: 'Webhooks known already, acknowledged without further work',
    labels: { connection: 'connection' },
    by: CONNECTOR,
  },
  entrepot_webhook_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Webhook received to acknowledged',
    labels: { connection: 'connection' },
    by: CONNECTOR,
  },
  entrepot_fetch_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'One call that reads records',
    labels: { connection: 'connection', entity: 'entity', outcome: ['ok', 'closed', 'bug', ...VENDOR_ERRORS] },
    by: CONNECTOR,
  },
  entrepot_published_total: {
    kind: 'counter',
    unit: 'versions',
    help: 'Versions published, by what led to the read',
    labels: { connection: 'connection', entity: 'entity', via: VIA },
    by: CONNECTOR,
  },
  entrepot_unchanged_total: {
    kind: 'counter',
    unit: 'reads',
    help: 'Reads that showed nothing new, by what led to them',
    labels: { connection: 'connection', entity: 'entity', via: VIA },
    by: CONNECTOR,
  },
  entrepot_echoes_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Published states that are our own writes coming back: no delivery to the connection that they came from',
    labels: { connection: 'connection', entity: 'entity' },
    by: CONNECTOR,
  },
  entrepot_unmapped_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Records that could not become events',
    labels: { connection: 'connection', entity: 'entity' },
    by: CONNECTOR,
  },
  entrepot_hint_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Hint received to its record published',
    labels: { entity: 'entity' },
    by: CONNECTOR,
  },
  entrepot_poll_failures_total: {
    kind: 'counter',
    unit: 'polls',
    help: 'Polls that ended with an error',
    labels: { connection: 'connection', entity: 'entity', kind: ['other', ...VENDOR_ERRORS] },
    by: CONNECTOR,
  },
  entrepot_poll_age_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    help: 'Since the last completed poll by this process',
    labels: { connection: 'connection', entity: 'entity' },
    by: CONNECTOR,
  },
  entrepot_connection_held: {
    kind: 'gauge',
    unit: '1 or 0',
    help: '1 while calls to the connection wait: it fails, throttles or refuses the credentials',
    labels: { connection: 'connection' },
    by: CONNECTOR,
  },
  entrepot_webhook_subscriptions_missing: {
    kind: 'gauge',
    unit: 'subscriptions',
    help: 'Webhook subscriptions that the vendor does not have, at the last look',
    labels: { connection: 'connection' },
    by: CONNECTOR,
  },
  entrepot_webhook_subscriptions_made_total: {
    kind: 'counter',
    unit: 'subscriptions',
    help: 'Webhook subscriptions made because they were missing',
    labels: { connection: 'connection' },
    by: CONNECTOR,
  },
  entrepot_confirmations_total: {
    kind: 'counter',
    unit: 'confirmations',
    help: 'Documents that deliveries wait for, read with our reference and passed to their lane',
    labels: { connection: 'connection', entity: 'entity' },
    by: CONNECTOR,
  },
  entrepot_republished_total: {
    kind: 'counter',
    unit: 'states',
    help: 'States found in an older schema after an upgrade, by what became of them',
    labels: { entity: 'entity', result: ['republished', 'passed', 'refused', 'unreadable', 'failed'] },
    by: CONNECTOR,
  },
  entrepot_republish_remaining: {
    kind: 'gauge',
    unit: 'records',
    help: 'Records of entity topics still to be looked at for states in an older schema',
    labels: { entity: 'entity' },
    by: CONNECTOR,
  },
  entrepot_operations_running: {
    kind: 'gauge',
    unit: '1',
    help: '1 for each operation on a source that this process runs',
    labels: { connection: 'connection', entity: 'entity', kind: OPERATIONS },
    by: CONNECTOR,
  },
  entrepot_operation_age_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    help: 'Since an operation that this process runs was asked for',
    labels: { connection: 'connection', entity: 'entity', kind: OPERATIONS },
    by: CONNECTOR,
  },
  entrepot_operation_records_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Records that operations on a source have done, by what became of them',
    labels: {
      connection: 'connection',
      entity: 'entity',
      kind: OPERATIONS,
      result: ['published', 'unchanged', 'unmapped', 'not-found'],
    },
    by: CONNECTOR,
  },
} as const satisfies Record<string, MetricDeclaration>;
