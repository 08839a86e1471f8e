import type { Broker } from '@entrepot/broker';
import { bulkLaneTopic, laneTopic } from '@entrepot/canonical';
import type { Connection, Store } from '@entrepot/store';
import type { Configuration } from '../ports.ts';
import { withDatabase } from './adapters.ts';

export interface SinkConfiguration extends Configuration {
  /** Target connections of this vendor on a lane partition. */
  connectionsOn(partition: number): readonly string[];
  /** Highest number of lane partitions that any connection needs. */
  countPartitions(): number;
  /** Grows the lane topics to what the connections need. */
  growLanes(): Promise<void>;
}

/** Connections and flows of one vendor's sink, from the store's live snapshots. */
export function createConfiguration(
  store: Store,
  broker: Pick<Broker, 'ensurePartitions'>,
  vendor: string,
): SinkConfiguration {
  let grownTo = 0;

  function targets(): Connection[] {
    return store.connections.snapshot().filter((connection) => connection.vendor === vendor);
  }

  function countPartitions(): number {
    return Math.max(0, ...targets().map(({ lanePartition }) => (lanePartition ?? -1) + 1));
  }

  async function growTo(count: number): Promise<void> {
    if (count <= grownTo) return;
    await broker.ensurePartitions(laneTopic(vendor), count);
    await broker.ensurePartitions(bulkLaneTopic(vendor), count);
    grownTo = count;
  }

  return {
    connection: (id) => store.connections.find(id),
    flow: (id) => store.flows.find(id),
    flowsFrom: (entity, from) =>
      store.flows
        .snapshot()
        .filter((flow) => flow.entity === entity && flow.from === from)
        .filter((flow) => store.connections.find(flow.to)?.vendor === vendor),
    onConnectionChange: (listener) => store.connections.onChange(({ before, after }) => listener(before, after)),
    open: (id) => withDatabase(() => store.connections.open(id)),
    setAttention: (id, attention) => withDatabase(() => store.connections.setAttention(id, attention)),
    async lanePartition(id) {
      const known = store.connections.find(id)?.lanePartition ?? null;
      const partition = known ?? (await withDatabase(() => store.connections.assignLanePartition(id)));
      await growTo(partition + 1);
      return partition;
    },
    connectionsOn: (partition) =>
      targets().flatMap(({ id, lanePartition }) => (lanePartition === partition ? [id] : [])),
    countPartitions,
    growLanes: () => growTo(countPartitions()),
  };
}
