/**
 * Allowed values of a label. A list: one of these values. A name: a kind of which an installation has a bounded number (see {@link
 * LABEL_KINDS}). Never the id of a record or message, nor anything from a stranger: each value is a series for ever.
 */
export type LabelKind = readonly string[] | keyof typeof LABEL_KINDS;

/** Why each kind has a bounded number of values. */
export const LABEL_KINDS = {
  connection: 'one for each connection that an admin has made; a gauge drops it when the connection is removed',
  entity: 'one for each canonical schema',
  topic: 'one for each topic of the catalogue',
  group: 'one for each consumer group: some for each service',
  partition: 'one for each partition of a topic',
  route: 'one for each pattern of a path of the API, not the path',
  method: 'one for each method of HTTP',
  status: 'one for each status of HTTP',
} as const;

export type MeteredService = 'connector' | 'sink' | 'ledger';

export interface MetricDeclaration {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What is counted, or the unit of the number. Durations are in seconds. */
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelKind>>;
  /** The services that expose it. */
  readonly by: readonly MeteredService[];
}

const ALL = ['connector', 'sink', 'ledger'] as const;
const CONNECTOR = ['connector'] as const;
const SINK = ['sink'] as const;
const LEDGER = ['ledger'] as const;

const VENDOR_ERRORS = [
  'unavailable',
  'timeout',
  'throttled',
  'unauthorized',
  'rejected',
  'conflict',
  'notFound',
  'unexpected',
] as const;
/** How a state was read, as events name it. */
const VIA = ['UNKNOWN', 'HINT', 'POLL', 'BACKFILL', 'REFRESH', 'FILE'] as const;
const PLACE = { group: 'group', topic: 'topic', partition: 'partition' } as const;

/**
 * All metrics of all services; each service takes its own from here by name. `deploy/METRICS.md` is generated from it, `deploy/prometheus`
 * reads it.
 */
export const METRICS = {
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
  entrepot_sink_routed_total: {
    kind: 'counter',
    unit: 'decisions',
    help: 'Routing decisions',
    labels: { entity: 'entity', result: ['matched', 'skipped', 'echo', 'unreadable', 'no-flow'] },
    by: SINK,
  },
  entrepot_sink_attempts_total: {
    kind: 'counter',
    unit: 'attempts',
    help: 'Attempts by how they ended',
    labels: {
      connection: 'connection',
      entity: 'entity',
      outcome: [
        'delivered',
        'verified',
        'unchanged',
        'superseded',
        'discarded',
        'resolved',
        'accepted',
        'retrying',
        'waiting',
        'in-doubt',
        'mismatch',
        'failed',
      ],
    },
    by: SINK,
  },
  entrepot_sink_attempt_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Lane record taken up to outcome acknowledged',
    labels: { connection: 'connection', entity: 'entity' },
    by: SINK,
  },
  entrepot_sink_delivery_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Event published to outcome acknowledged, first attempts',
    labels: { connection: 'connection', entity: 'entity' },
    by: SINK,
  },
  entrepot_sink_call_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Operations against the target',
    labels: {
      connection: 'connection',
      operation: ['companyProfile', 'match', 'find', 'read', 'create', 'update', 'fence'],
      outcome: ['ok', 'error', ...VENDOR_ERRORS],
    },
    by: SINK,
  },
  entrepot_sink_unreadable_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Lane records that could not be read',
    labels: { topic: 'topic' },
    by: SINK,
  },
  entrepot_sink_lane_state: {
    kind: 'gauge',
    unit: '1 or 0',
    help: 'State of a lane (1 = current)',
    labels: { connection: 'connection', state: ['starting', 'running', 'held', 'needs-attention'] },
    by: SINK,
  },
  entrepot_sink_breaker_state: {
    kind: 'gauge',
    unit: '1 or 0',
    help: 'State of a breaker (1 = current)',
    labels: { connection: 'connection', state: ['closed', 'half-open', 'open'] },
    by: SINK,
  },
  entrepot_ledger_ingested_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Records taken into the ledger',
    labels: { kind: ['event', 'routed', 'attempt', 'lane', 'command', 'unmapped', 'stray'] },
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
  entrepot_api_requests_total: {
    kind: 'counter',
    unit: 'requests',
    help: 'Admin API requests',
    labels: { method: 'method', route: 'route', status: 'status' },
    by: LEDGER,
  },
  entrepot_records_decoded_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Avro records decoded: the largest part of what a record costs a service',
    labels: { entity: 'entity' },
    by: ALL,
  },
  entrepot_published_records_total: {
    kind: 'counter',
    unit: 'records',
    help: 'Records sent to Kafka, by what became of them',
    labels: { topic: 'topic', outcome: ['acknowledged', 'failed'] },
    by: ALL,
  },
  entrepot_publish_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'From send to acknowledgement by all replicas',
    labels: { topic: 'topic' },
    by: ALL,
  },
  entrepot_consumer_status: {
    kind: 'gauge',
    unit: '1 or 0',
    help: '1 for the state the consumer is in',
    labels: { group: 'group', status: ['joining', 'consuming', 'rebalancing', 'crashed', 'stopped'] },
    by: ALL,
  },
  entrepot_consumer_lag_records: {
    kind: 'gauge',
    unit: 'records',
    help: 'Offsets not finished yet, by the last known end of the log',
    labels: PLACE,
    by: ALL,
  },
  entrepot_consumer_crashes_total: {
    kind: 'counter',
    unit: 'crashes',
    help: 'Consumers that stopped and were made anew',
    labels: { group: 'group' },
    by: ALL,
  },
  entrepot_consumer_lost_offsets_total: {
    kind: 'counter',
    unit: 'offsets',
    help: 'Offsets deleted from Kafka before they were read',
    labels: { group: 'group', topic: 'topic' },
    by: ALL,
  },
  entrepot_consumer_out_of_range_total: {
    kind: 'counter',
    unit: 'positions',
    help: 'Positions outside the log',
    labels: { group: 'group', topic: 'topic' },
    by: ALL,
  },
  entrepot_dispatcher_waiting_records: {
    kind: 'gauge',
    unit: 'records',
    help: 'Records waiting for a handler',
    labels: PLACE,
    by: ALL,
  },
  entrepot_dispatcher_running_handlers: {
    kind: 'gauge',
    unit: 'handlers',
    help: 'Handlers running',
    labels: PLACE,
    by: ALL,
  },
  entrepot_dispatcher_troubles_total: {
    kind: 'counter',
    unit: 'troubles',
    help: 'Handlers that threw, reports and commits tried again',
    labels: {
      group: 'group',
      kind: ['handler-threw', 'report-failed', 'conflate-failed', 'commit-failed', 'listener-threw'],
    },
    by: ALL,
  },
} as const satisfies Record<string, MetricDeclaration>;

export type MetricName = keyof typeof METRICS;
type Labels<N extends MetricName> = (typeof METRICS)[N]['labels'];
type ValueOf<Kind> = Kind extends readonly string[] ? Kind[number] : Kind extends 'partition' ? number : string;

/** The labels of a metric: where the catalogue lists a label's values, no other is accepted. */
export type LabelsOf<N extends MetricName> = { readonly [Label in keyof Labels<N>]: ValueOf<Labels<N>[Label]> };
/** The metrics of one kind. */
export type NameOf<Kind extends MetricDeclaration['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends Kind ? N : never;
}[MetricName];

/** The metrics that a service exposes, beside the process' memory, event loop and garbage collection. */
export function listMetrics(service: MeteredService): MetricName[] {
  const declared: [string, MetricDeclaration][] = Object.entries(METRICS);
  return declared.flatMap(([name, { by }]) => (by.includes(service) ? [name as MetricName] : [])).sort();
}
