import type { BrokerRecord } from '@entrepot/broker';
import { bulkLaneTopic, type EventHeaders, eventKey, parseEventHeaders, parseLaneHeaders } from '@entrepot/canonical';
import type { Delivery } from '../ports.ts';

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
