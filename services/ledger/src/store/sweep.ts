import type { Logger } from '@entrepot/service-kit';
import type { LedgerStore } from './collections.ts';

const MS_PER_DAY = 86_400_000;
const EVERY_MS = 3_600_000;
const GROUP = 500;

/** Removes, every hour, messages whose last delivery ended longer ago than the retention, with their deliveries. Links never expire. */
export function startSweep(store: LedgerStore, retentionDays: number, log: Logger): { stop(): Promise<void> } {
  let round: Promise<void> = Promise.resolve();
  let stopped = false;
  const timer = setInterval(() => {
    round = sweep(store, new Date(Date.now() - retentionDays * MS_PER_DAY), () => stopped).then(
      (removed) => {
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
        { projection: { eventId: 1, state: 1, repairedByVersion: 1 } },
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
        : message.eventId !== null && !needed.has(message.eventId),
    );
    const expiredEvents = expired.map((message) => message.eventId).filter((id): id is string => id !== null);
    await store.deliveries.deleteMany({ eventId: { $in: expiredEvents } });
    const { deletedCount } = await store.messages.deleteMany({ _id: { $in: expired.map((message) => message._id) } });
    removed += deletedCount;
  }
  await store.records.deleteMany({ updatedAt: { $lt: before }, status: { $in: ['imported', 'not-wanted'] } });
  return removed;
}
