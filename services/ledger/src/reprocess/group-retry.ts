import { notFound, Problem } from '../problem.ts';
import { FAILING_STATES } from '../states/delivery.ts';
import { refreshRecord } from './refresh-record.ts';
import type { RequestPorts } from './request-ports.ts';
import { type RetryRequest, requestRetry } from './requests.ts';

/** Maximum of deliveries that one request for a group starts; call again for the rest. */
export const GROUP_RETRY_MOST = 500;
const SIDE_BY_SIDE = 25;

export interface GroupRetry {
  readonly started: number;
  /** Already in progress, or ended meanwhile. */
  readonly leftOut: number;
  /** Not started by this call: call again. */
  readonly remaining: number;
}

/**
 * Retries the deliveries of a failure group on the bulk lane; records that could not be mapped or read are fetched again.
 * @throws Problem 404 when the group has no open member
 */
export async function retryGroup(ports: RequestPorts, fingerprint: string, request: RetryRequest): Promise<GroupRetry> {
  const { store } = ports;
  const open = { fingerprint, state: { $in: [...FAILING_STATES] } };
  const total = await store.deliveries.countDocuments(open);
  if (total === 0) return refreshGroup(ports, fingerprint, request);
  // Those in progress are still failed: selecting them again would keep the rest from being reached.
  const ids = await store.deliveries
    .find({ ...open, outstanding: null }, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .limit(GROUP_RETRY_MOST)
    .toArray();
  const idle =
    ids.length < GROUP_RETRY_MOST ? ids.length : await store.deliveries.countDocuments({ ...open, outstanding: null });
  const started = await countStarted(ids, ({ _id }) => requestRetry(ports, _id, { ...request, bulk: true }));
  return {
    started,
    leftOut: ids.length - started + Math.max(0, total - idle),
    remaining: Math.max(0, idle - ids.length),
  };
}

async function refreshGroup(ports: RequestPorts, fingerprint: string, request: RetryRequest): Promise<GroupRetry> {
  const records = await ports.store.messages
    .aggregate<{ _id: { entity: string; connection: string; sourceId: string } }>([
      { $match: { fingerprint, repairedByVersion: null } },
      { $group: { _id: { entity: '$entity', connection: '$connection', sourceId: '$sourceId' } } },
      { $sort: { _id: 1 } },
    ])
    .toArray();
  if (records.length === 0) throw notFound('failure group with open failures', fingerprint);
  const now = records.slice(0, GROUP_RETRY_MOST);
  const started = await countStarted(now, ({ _id }) =>
    refreshRecord(ports, _id as Parameters<typeof refreshRecord>[1], request.requestedBy),
  );
  return { started, leftOut: now.length - started, remaining: records.length - now.length };
}

/** @returns how many were not refused */
async function countStarted<T>(items: readonly T[], start: (item: T) => Promise<unknown>): Promise<number> {
  let started = 0;
  for (let index = 0; index < items.length; index += SIDE_BY_SIDE) {
    const ends = await Promise.allSettled(items.slice(index, index + SIDE_BY_SIDE).map(start));
    for (const end of ends) {
      if (end.status === 'fulfilled') started += 1;
      else if (!(end.reason instanceof Problem) || end.reason.status !== 409) throw end.reason;
    }
  }
  return started;
}
