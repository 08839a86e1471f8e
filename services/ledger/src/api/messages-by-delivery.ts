import type { mongo } from 'mongoose';
import type { Delivery } from '../states/delivery.ts';
import type { Message, MessageFacts } from '../states/message.ts';
import type { LedgerStore } from '../store/collections.ts';
import { timeIdFloor, timeOfDeliveryId } from '../store/documents.ts';

/** Deliveries read by the first query: few, since these mostly fill a page. */
const FIRST_LOOK = 100;
const NEXT_LOOKS = 1_000;

export interface MessagesByDelivery {
  readonly messages: mongo.Filter<Message>;
  readonly deliveries: mongo.Filter<Delivery>;
  /** Exclusive upper bound: ids of deliveries published later than any wanted message are not below it. */
  readonly below: string | null;
  readonly limit: number;
}

/**
 * Messages with at least one matching delivery, newest first. It walks deliveries and reads their messages: the other way round, a state of
 * few deliveries would read all messages. Both kinds of id begin with the time of publication.
 */
export async function findMessagesByDelivery(store: LedgerStore, wanted: MessagesByDelivery): Promise<MessageFacts[]> {
  const found = new Map<string, MessageFacts>();
  let { below } = wanted;
  for (let look = FIRST_LOOK; ; look = NEXT_LOOKS) {
    const deliveries = await store.deliveries
      .find(below === null ? wanted.deliveries : { $and: [wanted.deliveries, { _id: { $lt: below } }] }, {
        projection: { eventId: 1 },
      })
      .sort({ _id: -1 })
      .limit(look)
      .toArray();
    const eventId = { $in: [...new Set(deliveries.map((delivery) => delivery.eventId))] };
    for (const message of await store.messages
      .find({ $and: [wanted.messages, { eventId }] }, { projection: { bytes: 0, headers: 0 } })
      .toArray()) {
      found.set(message._id, message);
    }
    const newestFirst = [...found.values()].sort((a, b) => (a._id < b._id ? 1 : -1));
    const last = deliveries.at(-1);
    if (last === undefined || deliveries.length < look) return newestFirst.slice(0, wanted.limit);
    // Messages of the last delivery's own millisecond may have deliveries that are not read yet.
    const floor = timeIdFloor(timeOfDeliveryId(last._id) + 1);
    const complete = newestFirst.filter(({ _id }) => _id >= floor);
    if (complete.length >= wanted.limit) return complete.slice(0, wanted.limit);
    below = last._id;
  }
}

/** The same when only few messages match at all (those in open trouble): it walks these and looks up their deliveries. */
export async function findFewMessagesByDelivery(
  store: LedgerStore,
  wanted: MessagesByDelivery,
): Promise<MessageFacts[]> {
  const found: MessageFacts[] = [];
  for (let below: string | null = null; ; ) {
    const messages: MessageFacts[] = await store.messages
      .find(below === null ? wanted.messages : { $and: [wanted.messages, { _id: { $lt: below } }] }, {
        projection: { bytes: 0, headers: 0 },
      })
      .sort({ _id: -1 })
      .limit(NEXT_LOOKS)
      .toArray();
    const eventId = { $in: messages.map((message) => message.eventId).filter((id) => id !== null) };
    const delivered = new Set(await store.deliveries.distinct('eventId', { $and: [wanted.deliveries, { eventId }] }));
    found.push(...messages.filter((message) => message.eventId !== null && delivered.has(message.eventId)));
    const last = messages.at(-1);
    if (last === undefined || messages.length < NEXT_LOOKS || found.length >= wanted.limit)
      return found.slice(0, wanted.limit);
    below = last._id;
  }
}
