import type { LabelsOf, Metrics } from '@entrepot/service-kit';
import type { ConsumptionState } from '../consumption.ts';
import type { DispatcherTrouble } from '../dispatcher/index.ts';

const STATUSES: readonly ConsumptionState['status'][] = ['joining', 'consuming', 'rebalancing', 'crashed', 'stopped'];

type Place = LabelsOf<'entrepot_consumer_lag_records'>;
type PartitionState = ConsumptionState['partitions'][number];

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
  const crashes = metrics.counter('entrepot_consumer_crashes_total');
  const troubles = metrics.counter('entrepot_dispatcher_troubles_total');
  const lost = metrics.counter('entrepot_consumer_lost_offsets_total');
  const resets = metrics.counter('entrepot_consumer_out_of_range_total');
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
  metrics.gauge('entrepot_consumer_status', (gauge) => {
    for (const state of states.values()) {
      const { groupId: group, status: current } = state();
      for (const status of STATUSES) gauge.set({ group, status }, status === current ? 1 : 0);
    }
  });
  const eachPartition = (tell: (place: Place, state: PartitionState) => void): void => {
    for (const state of states.values()) {
      const { groupId: group, partitions } = state();
      for (const of of partitions) tell({ group, topic: of.topic, partition: of.partition }, of);
    }
  };
  metrics.gauge('entrepot_consumer_lag_records', (gauge) =>
    eachPartition((place, { lag }) => {
      if (lag !== null) gauge.set(place, Number(lag));
    }),
  );
  metrics.gauge('entrepot_dispatcher_waiting_records', (gauge) =>
    eachPartition((place, { waiting }) => gauge.set(place, waiting)),
  );
  metrics.gauge('entrepot_dispatcher_running_handlers', (gauge) =>
    eachPartition((place, { running }) => gauge.set(place, running)),
  );
}
