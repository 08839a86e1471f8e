import type { mongo } from 'mongoose';
import { FAILING_STATES } from '../states/delivery.ts';
import type { LedgerStore } from './collections.ts';

/**
 * Lower bound of times in partial indexes. Filters are comparisons and not `$type`, because MongoDB uses a partial index only where the
 * query says as much as its filter: the timers' queries repeat the bound.
 */
export const LONG_AGO = new Date(0);

/** What open trouble is, for messages: queries say the same, so that they find the small index of it. */
export const OPEN_TROUBLE = { fingerprint: { $gt: '' }, repairedByVersion: null } as const;

/** Index of open deliveries by record and flow; named in the query, as nothing but a trial would tell the planner how small it is. */
export const OPEN_OF_RECORD = 'open';
export const WAITING = 'waiting';
export const DUE_AT = 'due-at';
/** Index of times that no timer asks for; empty but for what an older release left. */
export const NEVER_DUE = 'never-due';
/** Index of what people search by; a record's source id is among it. */
export const SEARCH = 'search';
export const FAILURE_GROUPS = 'failure-groups';
export const TROUBLED_RECORD = 'troubled-record';

type Indexed = 'messages' | 'deliveries' | 'records' | 'operations' | 'audit' | 'tokens';

/** Each entry is paid for by every event or report: what only few documents need is a partial index. */
const INDEXES: Readonly<Record<Indexed, mongo.IndexDescription[]>> = {
  messages: [
    { key: { eventId: 1 }, name: 'event' },
    { key: { refs: 1, _id: -1 }, name: SEARCH },
    {
      key: { 'record.topic': 1, 'record.partition': 1, connection: 1, routedBy: 1 },
      name: 'routing-of-connection',
    },
    {
      key: { entity: 1, connection: 1, sourceId: 1 },
      name: TROUBLED_RECORD,
      partialFilterExpression: OPEN_TROUBLE,
    },
    { key: { fingerprint: 1, _id: -1 }, name: 'troubled', partialFilterExpression: OPEN_TROUBLE },
  ],
  deliveries: [
    { key: { state: 1, _id: -1 }, name: 'state' },
    { key: { flow: 1, _id: -1 }, name: 'flow' },
    { key: { refs: 1, _id: -1 }, name: SEARCH },
    { key: { eventId: 1 }, name: 'event' },
    {
      key: { from: 1, sourceId: 1, flow: 1, version: 1 },
      name: OPEN_OF_RECORD,
      partialFilterExpression: { endedAt: null },
    },
    { key: { nextAttemptAt: 1 }, name: DUE_AT, partialFilterExpression: { nextAttemptAt: { $gt: LONG_AGO } } },
    {
      key: { nextAttemptAt: 1, _id: 1 },
      name: NEVER_DUE,
      partialFilterExpression: { nextAttemptAt: { $lte: LONG_AGO } },
    },
    { key: { waitingKeys: 1 }, name: WAITING, partialFilterExpression: { state: 'waiting' } },
    {
      key: { 'outstanding.sinceMs': 1 },
      name: 'outstanding-since',
      partialFilterExpression: { 'outstanding.sinceMs': { $gt: 0 } },
    },
    {
      key: { fingerprint: 1, _id: -1 },
      name: 'failures-by-cause',
      partialFilterExpression: { fingerprint: { $gt: '' } },
    },
    {
      // Holds all that counting the groups needs, so that no failed delivery is read for it.
      key: { fingerprint: 1, state: 1, updatedAt: 1, _id: 1 },
      name: FAILURE_GROUPS,
      partialFilterExpression: { fingerprint: { $gt: '' }, state: { $in: [...FAILING_STATES] } },
    },
  ],
  records: [
    { key: { entity: 1, status: 1, updatedAt: -1, _id: 1 }, name: 'status' },
    { key: { refs: 1 }, name: SEARCH },
  ],
  operations: [{ key: { deliveryId: 1, _id: -1 }, name: 'delivery' }],
  audit: [{ key: { subject: 1, _id: -1 }, name: 'subject' }],
  tokens: [{ key: { hash: 1 }, name: 'hash', unique: true }],
};

/** Of earlier releases: nothing asks by them any more, and each write would still pay for them. */
const OUTDATED: readonly { readonly of: Indexed; readonly name: string }[] = [
  { of: 'messages', name: 'record' },
  { of: 'records', name: 'newest' },
];
const NAMESPACE_NOT_FOUND = 26;
const INDEX_NOT_FOUND = 27;

/** Makes the indexes that lists, timers and ingest need. */
export async function createIndexes(collections: Pick<LedgerStore, Indexed>): Promise<void> {
  const names = Object.keys(INDEXES) as Indexed[];
  await Promise.all(names.map((name) => collections[name].createIndexes(INDEXES[name])));
  for (const { of, name } of OUTDATED) {
    await collections[of].dropIndex(name).catch((error: { code?: unknown }) => {
      if (error.code !== INDEX_NOT_FOUND && error.code !== NAMESPACE_NOT_FOUND) throw error;
    });
  }
}
