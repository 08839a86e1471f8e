import type { GaugeMetric, Metrics } from '@entrepot/service-kit';
import type { ConsumptionState } from '../consumption.ts';
import type { DispatcherTrouble } from '../dispatcher/index.ts';

const STATUSES: readonly ConsumptionState['status'][] = ['joining', 'consuming', 'rebalancing', 'crashed', 'stopped'];

export interface ConsumptionMetrics {
  crashed(): void;
  trouble(kind: DispatcherTrouble['kind']): void;
  outOfRange(topic: string, lost: number): void;
  close(): void;
}

/** Consumptions by the metrics they report to: one gauge serves all of a process. */
const reporting = new WeakMap<Metrics, Map<string, () => ConsumptionState>>();

export function createConsumptionMetrics(
  metrics: Metrics,
  group: string,
  state: () => ConsumptionState,
): ConsumptionMetrics {
  let states = reporting.get(metrics);
  if (states === undefined) {
    states = new Map();
    reporting.set(metrics, states);
    declareGauges(metrics, states);
  }
  const all = states;
  // Several consumptions of a process may share a group (many lanes): each reports its own partitions.
  const name = `${group} ${Math.random()}`;
  all.set(name, state);
  const crashes = metrics.counter('entrepot_consumer_crashes_total', 'Consumers that stopped and were made anew', [
    'group',
  ]);
  const troubles = metrics.counter(
    'entrepot_dispatcher_troubles_total',
    'Handlers that threw, reports and commits tried again',
    ['group', 'kind'],
  );
  const lost = metrics.counter(
    'entrepot_consumer_lost_offsets_total',
    'Offsets deleted from Kafka before they were read',
    ['group', 'topic'],
  );
  const resets = metrics.counter('entrepot_consumer_out_of_range_total', 'Positions outside the log', [
    'group',
    'topic',
  ]);
  return {
    crashed: () => crashes.inc({ group }),
    trouble: (kind) => troubles.inc({ group, kind }),
    outOfRange: (topic, count) => {
      resets.inc({ group, topic });
      if (count > 0) lost.inc({ group, topic }, count);
    },
    close: () => void all.delete(name),
  };
}

function declareGauges(metrics: Metrics, states: Map<string, () => ConsumptionState>): void {
  const each = (set: (state: ConsumptionState) => void) => () => {
    for (const state of states.values()) set(state());
  };
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[],
    set: (gauge: GaugeMetric, state: ConsumptionState) => void,
  ): void => {
    metrics.gauge(name, help, labels, (it) => each((state) => set(it, state))());
  };
  gauge(
    'entrepot_consumer_status',
    '1 for the state the consumer is in',
    ['group', 'status'],
    (it, { groupId, status }) => {
      for (const other of STATUSES) it.set({ group: groupId, status: other }, other === status ? 1 : 0);
    },
  );
  const places = ['group', 'topic', 'partition'] as const;
  gauge(
    'entrepot_consumer_lag_records',
    'Offsets not finished yet, by the last known end of the log',
    places,
    (it, { groupId, partitions }) => {
      for (const { topic, partition, lag } of partitions)
        if (lag !== null) it.set({ group: groupId, topic, partition }, Number(lag));
    },
  );
  gauge(
    'entrepot_dispatcher_waiting_records',
    'Records waiting for a handler',
    places,
    (it, { groupId, partitions }) => {
      for (const { topic, partition, waiting } of partitions) it.set({ group: groupId, topic, partition }, waiting);
    },
  );
  gauge('entrepot_dispatcher_running_handlers', 'Handlers running', places, (it, { groupId, partitions }) => {
    for (const { topic, partition, running } of partitions) it.set({ group: groupId, topic, partition }, running);
  });
}
