import type { Broker } from '@entrepot/broker';
import { bulkLaneTopic, laneGroupId, laneTopic } from '@entrepot/canonical';
import type { Store } from '@entrepot/store';
import type { LanePlace } from './lane-sender.ts';

export function findLane(store: Store, id: string): LanePlace | null {
  const connection = store.connections.find(id);
  if (connection === null || connection.lanePartition === null) return null;
  return { vendor: connection.vendor, partition: connection.lanePartition };
}

export async function committedLaneOffset(broker: Broker, topic: string, partition: number): Promise<bigint | null> {
  const vendor = topic.split('.').at(-1) ?? '';
  const committed = await broker.committedOffsets(laneGroupId(vendor), topic);
  return committed.get(partition) ?? null;
}

/** Records in a target connection's lanes that its sink has not passed. */
export async function countLaneBacklog(broker: Broker, store: Store, id: string): Promise<number> {
  const lane = findLane(store, id);
  if (lane === null) return 0;
  let backlog = 0n;
  for (const topic of [laneTopic(lane.vendor), bulkLaneTopic(lane.vendor)]) {
    const end = (await broker.endOffsets(topic)).get(lane.partition) ?? 0n;
    backlog += end - ((await committedLaneOffset(broker, topic, lane.partition)) ?? 0n);
  }
  return Number(backlog);
}
