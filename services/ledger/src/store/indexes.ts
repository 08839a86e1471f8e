import { CONFIRMATION_OVERDUE } from '@entrepot/canonical';
import type { mongo } from 'mongoose';
import { FAILING_STATES } from '../states/delivery.ts';

/**
 * Lower bound of times in partial indexes. Filters are comparisons instead of `$type`, because MongoDB uses a partial index only when the
 * query implies its filter: the timers' queries repeat the bound.
 */
export const LONG_AGO = new Date(0);

/** The condition of open trouble of messages: queries repeat it, so that they use its small index. */
export const OPEN_TROUBLE = { fingerprint: { $gt: '' }, repairedByVersion: null } as const;

/** Index of open deliveries by record and flow; queries name it, because the planner could only learn by a trial how small it is. */
export const OPEN_OF_RECORD = 'open';
/** Index of the deliveries that stand for their records, by record and flow. */
export const CURRENT_OF_RECORD = 'current';
/** Indexes of the documents that list rows, in the order of time. */
export const ROWS = 'rows';
export const TROUBLED_ROWS = 'troubled-rows';
export const WAITING = 'waiting';
/** Index of deliveries that failed because a record they need is overdue in its target. */
export const OVERDUE = 'overdue';
/** Index of search terms; a record's source id is one of them. */
export const SEARCH = 'search';
export const FAILURE_GROUPS = 'failure-groups';
export const TROUBLED_RECORD = 'troubled-record';

export type Indexed = 'messages' | 'deliveries' | 'records' | 'operations' | 'audit' | 'tokens' | 'laneStatus';

/** Every event or report pays for each index entry: what only few documents need is a partial index. */
export const INDEXES: Readonly<Record<Indexed, mongo.IndexDescription[]>> = {
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
    { key: { entity: 1, at: -1, _id: 1 }, name: ROWS, partialFilterExpression: { undelivered: true } },
    { key: { entity: 1, at: -1, _id: 1 }, name: TROUBLED_ROWS, partialFilterExpression: OPEN_TROUBLE },
  ],
  deliveries: [
    { key: { entity: 1, state: 1, updatedAt: -1, _id: 1 }, name: ROWS, partialFilterExpression: { current: true } },
    {
      key: { from: 1, sourceId: 1, flow: 1, version: 1 },
      name: CURRENT_OF_RECORD,
      partialFilterExpression: { current: true },
    },
    { key: { state: 1, _id: -1 }, name: 'state' },
    { key: { flow: 1, _id: -1 }, name: 'flow' },
    { key: { refs: 1, _id: -1 }, name: SEARCH },
    { key: { eventId: 1 }, name: 'event' },
    {
      key: { from: 1, sourceId: 1, flow: 1, version: 1 },
      name: OPEN_OF_RECORD,
      partialFilterExpression: { endedAt: null },
    },
    { key: { nextAttemptAt: 1 }, name: 'due-at', partialFilterExpression: { nextAttemptAt: { $gt: LONG_AGO } } },
    { key: { waitingKeys: 1 }, name: WAITING, partialFilterExpression: { state: 'waiting' } },
    {
      key: { waitingKeys: 1, reasonCode: 1 },
      name: OVERDUE,
      partialFilterExpression: { reasonCode: CONFIRMATION_OVERDUE },
    },
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
      // Holds all fields that counting the groups needs, so that no failed delivery is read for it.
      key: { fingerprint: 1, state: 1, updatedAt: 1, _id: 1 },
      name: FAILURE_GROUPS,
      partialFilterExpression: { fingerprint: { $gt: '' }, state: { $in: [...FAILING_STATES] } },
    },
  ],
  /** Rows of 0.1.0. */
  records: [],
  operations: [{ key: { deliveryId: 1, _id: -1 }, name: 'delivery' }],
  audit: [{ key: { subject: 1, _id: -1 }, name: 'subject' }],
  tokens: [{ key: { hash: 1 }, name: 'hash', unique: true }],
  laneStatus: [],
};
