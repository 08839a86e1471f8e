import { type MetricDeclaration, VENDOR_ERRORS } from './declaration.ts';

const SINK = ['sink'] as const;

/** Metrics of sinks. */
export const SINK_METRICS = {
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
      operation: ['companyProfile', 'match', 'find', 'poll', 'read', 'create', 'update', 'fence'],
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
  entrepot_sink_confirmed_total: {
    kind: 'counter',
    unit: 'confirmations',
    help: "Documents that the target's own connector read with our reference, by what the link had of them",
    labels: {
      connection: 'connection',
      entity: 'entity',
      result: ['confirmed', 'repeated', 'unknown', 'contradicting'],
    },
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
} as const satisfies Record<string, MetricDeclaration>;
