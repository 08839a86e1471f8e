import type { BrokerRecord } from '@entrepot/broker';
import type { EntityName, RoutingDecision } from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { Logger, Metrics } from '@entrepot/service-kit';
import type { DeliveryObserver } from '../delivery/deliver.ts';
import type { CallName, CallOutcome } from '../lane/access.ts';
import type { Lane, LaneState } from '../lane/lane.ts';

const LANE_STATES: readonly LaneState['state'][] = ['starting', 'running', 'held', 'needs-attention'];
const CIRCUIT_STATES = ['closed', 'half-open', 'open'] as const;

export interface SinkObserver extends DeliveryObserver {
  routed(decision: RoutingDecision['result'] | 'unreadable' | 'no-flow', entity: EntityName | null): void;
  called(connection: string, operation: CallName, outcome: CallOutcome, durationMs: number): void;
}

/** Metrics and log lines of a sink. Log lines carry event, delivery and trace, never the record's content. */
export function createObserver(metrics: Metrics, log: Logger, clock: Pick<Clock, 'nowMicros'>): SinkObserver {
  const routed = metrics.counter('entrepot_sink_routed_total');
  const attempts = metrics.counter('entrepot_sink_attempts_total');
  const duration = metrics.histogram('entrepot_sink_attempt_seconds');
  const age = metrics.histogram('entrepot_sink_delivery_seconds');
  const calls = metrics.histogram('entrepot_sink_call_seconds');
  const unreadable = metrics.counter('entrepot_sink_unreadable_total');
  return {
    routed: (result, entity) => routed.inc({ entity: entity ?? 'unknown', result }),
    called: (connection, operation, outcome, ms) => calls.observe({ connection, operation, outcome }, ms / 1_000),
    ended(delivery, result, durationMs) {
      const { event, lane } = delivery;
      const labels = { connection: lane.to, entity: event.entity };
      attempts.inc({ ...labels, outcome: result.outcome });
      duration.observe(labels, durationMs / 1_000);
      if (lane.attempt === 1) age.observe(labels, Math.max(0, clock.nowMicros() - event.publishedAtMicros) / 1_000_000);
      const facts = {
        eventId: event.eventId,
        deliveryId: lane.deliveryId,
        traceparent: event.traceparent ?? undefined,
        connection: lane.to,
        entity: event.entity,
        attempt: lane.attempt,
        outcome: result.outcome,
        code: result.error?.code ?? undefined,
        durationMs: Math.round(durationMs),
      };
      if (result.outcome === 'failed' || result.outcome === 'mismatch') log.warn(facts, 'delivery needs a person');
      else log.info(facts, 'delivery attempted');
    },
    held({ event, lane }, why) {
      const facts = { eventId: event.eventId, deliveryId: lane.deliveryId, connection: lane.to, err: why };
      log.debug(facts, 'delivery is begun anew');
    },
    unreadable(record: BrokerRecord, why) {
      const { topic, partition, offset } = record;
      unreadable.inc({ topic });
      log.error(
        { topic, partition, offset: offset.toString(), reason: why.message },
        'lane record belongs to no delivery',
      );
    },
  };
}

/** State of each lane and its breaker, one series a state, 1 for the current one. */
export function observeLanes(metrics: Metrics, lanes: () => readonly Lane[]): void {
  metrics.gauge('entrepot_sink_lane_state', (gauge) => {
    for (const lane of lanes()) {
      const { state } = lane.state;
      for (const each of LANE_STATES) gauge.set({ connection: lane.connection, state: each }, each === state ? 1 : 0);
    }
  });
  metrics.gauge('entrepot_sink_breaker_state', (gauge) => {
    for (const lane of lanes()) {
      for (const each of CIRCUIT_STATES)
        gauge.set({ connection: lane.connection, state: each }, each === lane.circuitState ? 1 : 0);
    }
  });
}
