import type { mongo } from 'mongoose';
import { type Delivery, searchTerm } from '../states/delivery.ts';
import { type Message, type MessageFacts, storedState } from '../states/message.ts';
import type { LedgerStore } from '../store/collections.ts';
import { deliveryFloor, timeIdFloor, timeOfMessageId } from '../store/documents.ts';
import type { DeliveriesQuery, MessagesQuery } from './delivery.schemas.ts';
import { findFewMessagesByDelivery, findMessagesByDelivery } from './messages-by-delivery.ts';
import type { DeliveryRow } from './views.ts';

type Filter<T> = mongo.Filter<T>;

/** Where a page begins: behind this sort key; null for the first. */
type After = readonly string[] | null;

/** Newest first, one row more than the page holds. All values are validated strings, so a query cannot inject an operator. */
export async function findDeliveries(store: LedgerStore, query: DeliveriesQuery, after: After): Promise<DeliveryRow[]> {
  const filter: Filter<Delivery> = {
    ...(query.state === undefined ? {} : { state: { $in: query.state } }),
    ...(query.entity === undefined ? {} : { entity: query.entity }),
    ...(query.flow === undefined ? {} : { flow: query.flow }),
    ...(query.from === undefined ? {} : { from: query.from }),
    ...(query.to === undefined ? {} : { to: query.to }),
    ...(query.sourceId === undefined ? {} : { sourceId: query.sourceId }),
    ...(query.eventId === undefined ? {} : { eventId: query.eventId }),
    ...(query.fingerprint === undefined ? {} : { fingerprint: query.fingerprint }),
    ...numbered(query.number),
    ...termsOf(query),
    ...within(query, after, deliveryFloor),
  };
  return store.deliveries
    .find(filter, { projection: { attempts: 0 } })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .toArray();
}

export async function findMessages(store: LedgerStore, query: MessagesQuery, after: After): Promise<MessageFacts[]> {
  const filter: Filter<Message> = {
    ...(query.state === undefined ? {} : { state: storedState(query.state) }),
    ...(query.open === 'true' ? { fingerprint: { $gt: '' }, repairedByVersion: null } : {}),
    ...(query.entity === undefined ? {} : { entity: query.entity }),
    ...(query.connection === undefined ? {} : { connection: query.connection }),
    ...(query.sourceId === undefined ? {} : { sourceId: query.sourceId }),
    ...(query.eventId === undefined ? {} : { eventId: query.eventId }),
    ...numbered(query.number),
    ...termsOf(query),
    ...within(query, after, timeIdFloor),
  };
  const limit = query.limit + 1;
  if (query.flow === undefined && query.deliveryState === undefined) {
    return store.messages
      .find(filter, { projection: { bytes: 0, headers: 0 } })
      .sort({ _id: -1 })
      .limit(limit)
      .toArray();
  }
  // A record that could not become an event has no delivery.
  if (query.state === 'unmapped' || query.state === 'dead-letter') return [];
  const { $lt: below } = (filter._id ?? {}) as { $lt?: string };
  const find = query.open === 'true' ? findFewMessagesByDelivery : findMessagesByDelivery;
  return find(store, {
    messages: filter,
    deliveries: deliveriesOfMessages(query),
    below: below === undefined ? null : deliveryFloor(timeOfMessageId(below) + 1),
    limit,
  });
}

/** Derives conditions on a message's deliveries from those on the message. */
function deliveriesOfMessages(query: MessagesQuery): Filter<Delivery> {
  return {
    ...(query.flow === undefined ? {} : { flow: query.flow }),
    ...(query.deliveryState === undefined ? {} : { state: { $in: query.deliveryState } }),
    ...(query.entity === undefined ? {} : { entity: query.entity }),
    ...(query.connection === undefined ? {} : { from: query.connection }),
    ...(query.sourceId === undefined ? {} : { sourceId: query.sourceId }),
    ...(query.eventId === undefined ? {} : { eventId: query.eventId }),
    ...(query.since === undefined ? {} : { _id: { $gte: deliveryFloor(Date.parse(query.since)) } }),
    ...termsOf(query),
  };
}

export async function findDeliveriesOf(
  store: LedgerStore,
  messages: readonly MessageFacts[],
): Promise<Map<string, DeliveryRow[]>> {
  const eventIds = messages.map((message) => message.eventId).filter((id): id is string => id !== null);
  const found = new Map<string, DeliveryRow[]>();
  if (eventIds.length === 0) return found;
  for await (const delivery of store.deliveries.find({ eventId: { $in: eventIds } }, { projection: { attempts: 0 } })) {
    const list = found.get(delivery.eventId) ?? [];
    list.push(delivery);
    found.set(delivery.eventId, list);
  }
  return found;
}

/** Every search term must be among a row's terms, whose index finds it. */
function termsOf(query: { q?: string | undefined; number?: string | undefined; sourceId?: string | undefined }) {
  const terms = [query.q, query.number, query.sourceId].filter(
    (term): term is string => term !== undefined && term !== '',
  );
  return terms.length === 0 ? {} : { $and: terms.map((term) => ({ refs: searchTerm(term) })) };
}

/** By the business number only (a target's number may be the same), with or without its `#`. */
function numbered(number: string | undefined): { number?: { $in: string[] } } {
  return number === undefined || number === '' ? {} : { number: { $in: [number, `#${number}`] } };
}

/** Rows in a time range and after the cursor. Ids begin with the time of publication, so their own index bounds both. */
function within(
  query: { since?: string | undefined; until?: string | undefined },
  after: After,
  floor: (atMs: number) => string,
): { _id?: { $gte?: string; $lt?: string } } {
  const until = query.until === undefined ? [] : [floor(Date.parse(query.until))];
  const [lowest] = [...until, ...(after ?? [])].sort();
  if (lowest === undefined && query.since === undefined) return {};
  return {
    _id: {
      ...(query.since === undefined ? {} : { $gte: floor(Date.parse(query.since)) }),
      ...(lowest === undefined ? {} : { $lt: lowest }),
    },
  };
}
