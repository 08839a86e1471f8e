import type { BrokerRecord } from '@entrepot/broker';
import {
  bulkLaneTopic,
  type EntityName,
  type EntityOf,
  type EventHeaders,
  eventKey,
  parseEventHeaders,
  parseLaneHeaders,
} from '@entrepot/canonical';
import { type Codec, type Delivery, Undecodable } from '../ports.ts';

/** A record on a lane that no router or ledger of ours can have written: it belongs to no delivery. */
export class NotADelivery extends Error {
  override readonly name = 'NotADelivery';
}

/**
 * Reads a lane record.
 * @throws NotADelivery when its headers name no delivery or no event
 */
export function readDelivery(record: BrokerRecord, vendor: string): Delivery {
  const lane = parseLaneHeaders(record.headers);
  if (lane === null) throw new NotADelivery('it has no sound headers of a lane');
  const event = readEvent(record);
  return {
    lane,
    event,
    value: record.value ?? Buffer.alloc(0),
    record: { topic: record.topic, partition: record.partition, offset: record.offset.toString() },
    key: eventKey(event.connection, event.sourceId),
    bulk: record.topic === bulkLaneTopic(vendor),
  };
}

function readEvent(record: BrokerRecord): EventHeaders {
  try {
    return parseEventHeaders(record.headers);
  } catch (error) {
    throw new NotADelivery(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads the record of an event. Of whom headers and content speak must be the same: the one names the document in the target, the other fills it.
 * @throws Undecodable when it cannot be read, or is another record's
 * @throws Outage when the schema registry cannot be reached
 */
export async function readEntityOf(codec: Codec, event: EventHeaders, value: Buffer): Promise<EntityOf<EntityName>> {
  const entity: EntityOf<EntityName> = await codec.decode(event.entity, value);
  const { source } = entity;
  if (source.connection === event.connection && source.id === event.sourceId) return entity;
  const whose = `${event.connection}/${event.sourceId}`;
  throw new Undecodable('invalid-headers', `Its headers are of ${whose}, its content is of another record`);
}
