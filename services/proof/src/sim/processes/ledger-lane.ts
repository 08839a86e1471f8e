import { PublishUnavailable } from '@entrepot/broker';
import {
  bulkLaneTopic,
  type Coordinates,
  entityTopic,
  formatLaneHeaders,
  formatLaneKey,
  laneTopic,
  orderingKeyOf,
} from '@entrepot/canonical';
import type { Delivery, Outstanding } from '@entrepot/ledger/states';
import type { SimProcess } from '../infrastructure/process.ts';
import { publishFrom } from '../infrastructure/publish.ts';
import { readRecord, toRecord, VENDOR } from '../models/records.ts';
import type { World } from '../world/world.ts';

/** Appends the published record again to its lane, with an operator's correction if there is one; null when the broker is unavailable. */
export async function sendToLane(
  world: World,
  process: SimProcess,
  delivery: Delivery,
  outstanding: Outstanding,
  correction: string | null,
): Promise<Coordinates | null> {
  const topic = entityTopic(delivery.entity);
  const published = world.logs.all(topic).find(({ headers }) => headers.ce_id === delivery.eventId);
  if (published === undefined) throw new Error(`the event of delivery ${delivery._id} is nowhere`);
  const { flow, to, flowRevision, _id: deliveryId } = delivery;
  const { attempt, force, createAnew = [], operationId, bulk } = outstanding;
  const again = { attempt, force, createAnew, operationId, routedAtMicros: null };
  const lane = formatLaneHeaders({ deliveryId, flow, flowRevision, to, ...again });
  let { value } = published;
  const queue = formatLaneKey(delivery.from, orderingKeyOf(delivery.entity, world.decode(value as Buffer)));
  const headers = { ...(published.headers as Record<string, string>), ...queue, ...lane };
  if (correction !== null) {
    const { source, state } = readRecord(world.decode(value as Buffer));
    const corrected = toRecord(source.connection, { ...state, content: correction });
    value = world.encode({
      ...corrected,
      source: { ...corrected.source, version: source.version },
    } as typeof corrected);
    headers.entrepot_hash = `corrected-${correction}`;
  }
  const partition = world.targets.find(({ id }) => id === to)?.lane ?? 0;
  const key = `${delivery.from}/${delivery.sourceId}`;
  try {
    const place = bulk ? bulkLaneTopic(VENDOR) : laneTopic(VENDOR);
    return await publishFrom(world, process).send(place, { key, value, headers, partition });
  } catch (error) {
    if (error instanceof PublishUnavailable) return null;
    throw error;
  }
}
