import type { mongo } from 'mongoose';
import type { z } from 'zod';
import type { Delivery } from '../states/delivery.ts';
import type { Message } from '../states/message.ts';
import type { LedgerStore } from '../store/collections.ts';
import type { deliveriesQuery, messagesQuery } from './delivery.schemas.ts';
import { parseCursor } from './paging.ts';

type Filter<T> = mongo.Filter<T>;

/** Newest first, one row more than the page holds. All values are validated strings: no operator can be smuggled in. */
export async function findDeliveries(store: LedgerStore, query: z.infer<typeof deliveriesQuery>): Promise<Delivery[]> {
  const filter: Filter<Delivery> = {
    ...(query.state === undefined ? {} : { state: { $in: query.state } }),
    ...(query.entity === undefined ? {} : { entity: query.entity }),
    ...(query.flow === undefined ? {} : { flow: query.flow }),
    ...(query.from === undefined ? {} : { from: query.from }),
    ...(query.to === undefined ? {} : { to: query.to }),
    ...(query.sourceId === undefined ? {} : { sourceId: query.sourceId }),
    ...(query.eventId === undefined ? {} : { eventId: query.eventId }),
    ...(query.fingerprint === undefined ? {} : { fingerprint: query.fingerprint }),
    ...searched(query.q),
    ...numbered(query.number),
    ...between('createdAt', query.since, query.until),
    ...before(query.cursor),
  };
  return store.deliveries
    .find(filter)
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .toArray() as Promise<Delivery[]>;
}

export async function findMessages(store: LedgerStore, query: z.infer<typeof messagesQuery>): Promise<Message[]> {
  const filter: Filter<Message> = {
    ...(query.state === undefined ? {} : { state: query.state }),
    ...(query.open === 'true' ? { state: 'unmapped', repairedByVersion: null } : {}),
    ...(query.entity === undefined ? {} : { entity: query.entity }),
    ...(query.connection === undefined ? {} : { connection: query.connection }),
    ...(query.sourceId === undefined ? {} : { sourceId: query.sourceId }),
    ...(query.eventId === undefined ? {} : { eventId: query.eventId }),
    ...searched(query.q),
    ...numbered(query.number),
    ...between('at', query.since, query.until),
    ...before(query.cursor),
  };
  const wanted = { limit: query.limit + 1, flow: query.flow, states: query.deliveryState };
  if (wanted.flow === undefined && wanted.states === undefined) {
    return store.messages.find(filter).sort({ _id: -1 }).limit(wanted.limit).toArray() as Promise<Message[]>;
  }
  const deliveryFilter = {
    ...(wanted.flow === undefined ? {} : { flow: wanted.flow }),
    ...(wanted.states === undefined ? {} : { state: { $in: wanted.states } }),
  };
  return store.messages
    .aggregate<Message>([
      { $match: filter },
      { $sort: { _id: -1 } },
      {
        $lookup: {
          from: 'deliveries',
          localField: 'eventId',
          foreignField: 'eventId',
          pipeline: [{ $match: deliveryFilter }, { $limit: 1 }, { $project: { _id: 1 } }],
          as: 'matching',
        },
      },
      { $match: { 'matching.0': { $exists: true } } },
      { $limit: wanted.limit },
      { $unset: 'matching' },
    ])
    .toArray();
}

export async function findDeliveriesOf(
  store: LedgerStore,
  messages: readonly Message[],
): Promise<Map<string, Delivery[]>> {
  const eventIds = messages.map((message) => message.eventId).filter((id): id is string => id !== null);
  const found = new Map<string, Delivery[]>();
  if (eventIds.length === 0) return found;
  for await (const delivery of store.deliveries.find({ eventId: { $in: eventIds } })) {
    const list = found.get(delivery.eventId) ?? [];
    list.push(delivery as Delivery);
    found.set(delivery.eventId, list);
  }
  return found;
}

function searched(q: string | undefined): { refs?: string } {
  return q === undefined || q === '' ? {} : { refs: q };
}

/** By the business number alone (a target's number may be the same), with or without its `#`; the terms' index finds it. */
function numbered(number: string | undefined): { $and?: { refs: string }[]; number?: { $in: string[] } } {
  return number === undefined || number === ''
    ? {}
    : { $and: [{ refs: number }], number: { $in: [number, `#${number}`] } };
}

function between(field: string, since: string | undefined, until: string | undefined): Record<string, unknown> {
  if (since === undefined && until === undefined) return {};
  return {
    [field]: {
      ...(since === undefined ? {} : { $gte: new Date(since) }),
      ...(until === undefined ? {} : { $lt: new Date(until) }),
    },
  };
}

function before(cursor: string | undefined): { _id?: { $lt: string } } {
  if (cursor === undefined) return {};
  return { _id: { $lt: parseCursor(cursor, 1)[0] ?? '' } };
}
