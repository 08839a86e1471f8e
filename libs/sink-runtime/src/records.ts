import type { BrokerRecord } from '@entrepot/broker';
import {
  bulkLaneTopic,
  describeRecord,
  type EntityName,
  type EntityOf,
  type ErrorDetail,
  type EventHeaders,
  entityOfTopic,
  eventKey,
  InvalidEventHeaders,
  laneQueue,
  parseEventHeaders,
  parseFacts,
  parseLaneHeaders,
  parseLaneKey,
  type RecordFacts,
} from '@entrepot/canonical';
import { type Codec, type Delivery, Undecodable } from './ports.ts';
import { describeHeaders } from './problems.ts';

/** Reads the headers of a record of an entity topic; `problem`: they are none of ours, or of another entity. */
export function readEvent(record: BrokerRecord): EventHeaders | { readonly problem: ErrorDetail } {
  try {
    const event = parseEventHeaders(record.headers);
    const entity = entityOfTopic(record.topic);
    if (entity === event.entity) return event;
    return { problem: describeHeaders(`its headers say ${event.entity}, its topic is of ${entity ?? 'no entity'}`) };
  } catch (error) {
    if (!(error instanceof InvalidEventHeaders)) throw error;
    return { problem: describeHeaders(error.message) };
  }
}

/** What a record's headers say of it, else the record itself: releases before 0.2 wrote less. @throws Undecodable · Outage */
export async function readFacts(
  event: EventHeaders,
  record: BrokerRecord,
  readEntity: () => Promise<EntityOf<EntityName>>,
): Promise<RecordFacts> {
  return parseFacts(event.entity, record.headers) ?? describeRecord(event.entity, await readEntity());
}

/**
 * Reads the record of an event. Headers and content must name the same record: the headers select the document in the
 * target, the content fills it.
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

/** A record on a lane that belongs to no delivery, and confirms none. */
export class NotADelivery extends Error {
  override readonly name = 'NotADelivery';
  /** What to do where one of ours may have written it; undefined where none can. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}

/**
 * Reads a lane record.
 * @throws NotADelivery when its headers name no delivery or no event
 */
export function readDelivery(record: BrokerRecord, vendor: string): Delivery {
  const lane = parseLaneHeaders(record.headers);
  if (lane === null) throw new NotADelivery('it has no sound headers of a lane');
  const event = readLaneEvent(record);
  return {
    lane,
    event,
    value: record.value ?? Buffer.alloc(0),
    record: { topic: record.topic, partition: record.partition, offset: record.offset.toString() },
    key: eventKey(event.connection, event.sourceId),
    queue: parseLaneKey(record.headers) ?? laneQueue(event.connection, event),
    bulk: record.topic === bulkLaneTopic(vendor),
  };
}

function readLaneEvent(record: BrokerRecord): EventHeaders {
  try {
    return parseEventHeaders(record.headers);
  } catch (error) {
    throw new NotADelivery(error instanceof Error ? error.message : String(error));
  }
}
