import type { MetricDeclaration } from './declaration.ts';

const ALL = ['connector', 'sink', 'ledger'] as const;
const CALLERS = ['connector', 'sink'] as const;
const PLACE = { group: 'group', topic: 'topic', partition: 'partition' } as const;

/** Metrics that several services expose: decoding, publishing, consuming. */
export const SHARED_METRICS = {
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
  entrepot_budget_wait_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'How long calls waited for their place in the budget of their connection',
    labels: { connection: 'connection' },
    by: CALLERS,
  },
  entrepot_budget_places: {
    kind: 'gauge',
    unit: 'calls',
    help: "This process' share of the calls at once that the connection allows",
    labels: { connection: 'connection' },
    by: CALLERS,
  },
  entrepot_budget_waiting: {
    kind: 'gauge',
    unit: 'calls',
    help: 'Calls that wait for their place in the budget of their connection',
    labels: { connection: 'connection' },
    by: CALLERS,
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
