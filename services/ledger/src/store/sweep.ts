import type { Logger } from '@entrepot/service-kit';
import type { Message } from '../states/message.ts';
import type { LedgerStore, OperationState } from './collections.ts';
import { timeIdFloor } from './documents.ts';
import { CURRENT_OF_RECORD } from './indexes.ts';

const MS_PER_DAY = 86_400_000;
const EVERY_MS = 3_600_000;
const GROUP = 500;

export interface Retention {
  /** Days to keep messages after the end of their last delivery; their deliveries and operations go with them. */
  readonly messageDays: number;
  /** Days to keep audit entries. */
  readonly auditDays: number;
}

/** Removes expired documents every hour. Links never expire. */
export function startSweep(
  store: LedgerStore,
  retention: Retention,
  log: Logger,
  now: () => Date,
): { stop(): Promise<void> } {
  let round: Promise<void> = Promise.resolve();
  let stopped = false;
  const timer = setInterval(() => {
    const before = (days: number) => new Date(now().getTime() - days * MS_PER_DAY);
    round = sweep(store, before(retention.messageDays), () => stopped).then(
      async (removed) => {
        await sweepAudit(store, before(retention.auditDays));
        if (removed > 0) log.info({ removed }, 'messages past their retention removed');
      },
      (error: unknown) => log.warn({ err: error }, 'retention sweep failed; it is tried again in an hour'),
    );
  }, EVERY_MS);
  timer.unref();
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await round;
    },
  };
}

/** @returns how many messages were removed */
export async function sweep(store: LedgerStore, before: Date, isStopped: () => boolean = () => false): Promise<number> {
  let removed = 0;
  let after = '';
  while (!isStopped()) {
    const group = await store.messages
      .find(
        { _id: { $gt: after }, at: { $lt: before } },
        { projection: { eventId: 1, state: 1, repairedByVersion: 1, entity: 1, connection: 1, sourceId: 1, at: 1 } },
      )
      .sort({ _id: 1 })
      .limit(GROUP)
      .toArray();
    const last = group.at(-1);
    if (last === undefined) break;
    after = last._id;
    const eventIds = group.map((message) => message.eventId).filter((id): id is string => id !== null);
    const needed = new Set(
      await store.deliveries.distinct('eventId', {
        eventId: { $in: eventIds },
        $or: [{ endedAt: null }, { endedAt: { $gte: before } }],
      }),
    );
    const expired = group.filter((message) =>
      message.state === 'unmapped'
        ? message.repairedByVersion !== null
        : message.eventId === null || !needed.has(message.eventId),
    );
    const expiredEvents = expired.map((message) => message.eventId).filter((id): id is string => id !== null);
    await handDown(store, expired, expiredEvents);
    await store.deliveries.deleteMany({ eventId: { $in: expiredEvents } });
    const { deletedCount } = await store.messages.deleteMany({ _id: { $in: expired.map((message) => message._id) } });
    removed += deletedCount;
  }
  const ended: OperationState[] = ['succeeded', 'failed'];
  await store.operations.deleteMany({ _id: { $lt: timeIdFloor(before.getTime()) }, state: { $in: ended } });
  return removed;
}

/** A record's oldest message shows when it was first seen: before it is removed, the newest remaining delivery takes over that time. */
async function handDown(
  store: LedgerStore,
  leaving: readonly Pick<Message, 'entity' | 'connection' | 'sourceId' | 'at'>[],
  expiredEvents: readonly string[],
): Promise<void> {
  const firstSeen = new Map<string, Date>();
  for (const { entity, connection, sourceId, at } of leaving) {
    const name = `${entity}|${connection}|${sourceId}`;
    const known = firstSeen.get(name);
    if (known === undefined || at < known) firstSeen.set(name, at);
  }
  const staying = await store.deliveries
    .find(
      {
        current: true,
        from: { $in: [...new Set(leaving.map(({ connection }) => connection))] },
        sourceId: { $in: [...new Set(leaving.map(({ sourceId }) => sourceId))] },
        firstSeenAt: null,
        eventId: { $nin: [...expiredEvents] },
      },
      { projection: { entity: 1, from: 1, sourceId: 1 }, hint: CURRENT_OF_RECORD },
    )
    .toArray();
  await Promise.all(
    staying.map(async ({ _id, entity, from, sourceId }) => {
      const at = firstSeen.get(`${entity}|${from}|${sourceId}`);
      if (at === undefined) return;
      await store.changes.deliveries.update(_id, (current) =>
        current === null || current.firstSeenAt !== null ? current : { ...current, firstSeenAt: at },
      );
    }),
  );
}

/** @returns how many entries were removed */
export async function sweepAudit(store: LedgerStore, before: Date): Promise<number> {
  const { deletedCount } = await store.audit.deleteMany({ _id: { $lt: timeIdFloor(before.getTime()) } });
  return deletedCount;
}
