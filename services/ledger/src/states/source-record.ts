import type { EntityName } from '@entrepot/canonical';
import type { Delivery, DeliveryState } from './delivery.ts';
import type { RecordFacts } from './message.ts';

/**
 * One source record (one order, one customer) with its state in each target: one row a record. Not stored: its messages and deliveries hold
 * all of it. `_id` = `<entity>|<connection>/<id>`.
 */
export interface SourceRecord {
  readonly _id: string;
  readonly entity: EntityName;
  readonly connection: string;
  readonly sourceId: string;
  readonly number: string | null;
  /** Newest published version; null before the first. */
  readonly version: number | null;
  readonly deleted: boolean;
  /** Set while its newest state is unmapped, or a router could not read it. */
  readonly unmapped: { readonly messageId: string; readonly message: string; readonly at: Date } | null;
  readonly targets: Readonly<Record<string, TargetStanding>>;
  /** The worst of all targets, for lists and filters. */
  readonly status: ImportStatus;
  readonly firstSeenAt: Date;
  readonly updatedAt: Date;
}

/** A delivery as a row shows it, without its attempts, which may be megabytes. */
export type ShownDelivery = Omit<Delivery, 'attempts'>;

/** State of a record on one flow: its newest delivery. */
export interface TargetStanding {
  readonly flow: string;
  readonly to: string;
  readonly deliveryId: string;
  readonly version: number;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly targetId: string | null;
  readonly targetNumber: string | null;
  readonly at: Date;
}

/** `imported`: in every target · `not-wanted`: skipped everywhere · `open`: on its way · `attention`: a person is needed. */
export const IMPORT_STATUSES = ['open', 'attention', 'imported', 'not-wanted'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

export const ATTENTION_STATES: readonly DeliveryState[] = ['failed', 'mismatch'];
export const IMPORTED_STATES: readonly DeliveryState[] = ['delivered', 'verified', 'unchanged', 'resolved', 'echo'];
export const NOT_WANTED_STATES: readonly DeliveryState[] = ['skipped', 'discarded', 'superseded'];

/** The row of a record. @param messages all of its stored messages @param deliveries all of its stored deliveries */
export function composeRecord(
  messages: readonly RecordFacts[],
  deliveries: readonly ShownDelivery[],
): SourceRecord | null {
  let row: SourceRecord | null = null;
  for (const message of messages.toSorted((a, b) => a.at.getTime() - b.at.getTime())) row = applyMessage(row, message);
  for (const delivery of deliveries.toSorted((a, b) => a.version - b.version || (a._id < b._id ? -1 : 1)))
    row = applyDelivery(row, delivery);
  if (row === null) return null;
  const firstSeen = deliveries.flatMap(({ firstSeenAt }) => firstSeenAt?.getTime() ?? []);
  return { ...row, firstSeenAt: new Date(Math.min(row.firstSeenAt.getTime(), ...firstSeen)) };
}

/** The row after a published or unmapped message; a message older than the row's state changes nothing. */
export function applyMessage(current: SourceRecord | null, message: RecordFacts): SourceRecord {
  const row = current ?? newRow(message);
  const number = message.number ?? row.number;
  if (message.state === 'unmapped') {
    if (row.unmapped !== null && row.unmapped.at >= message.at) return row;
    if (message.repairedByVersion !== null) return row;
    const unmapped = { messageId: message._id, message: message.error?.message ?? 'unmapped', at: message.at };
    return withStatus({ ...row, number, unmapped, updatedAt: later(row.updatedAt, message.at) });
  }
  if (row.version !== null && (message.version ?? 0) < row.version) return row;
  const repaired = row.unmapped !== null && row.unmapped.at <= message.at;
  const unreadable =
    message.error === null ? null : { messageId: message._id, message: message.error.message, at: message.at };
  return withStatus({
    ...row,
    number,
    version: message.version,
    deleted: message.deleted,
    unmapped: unreadable ?? (repaired ? null : row.unmapped),
    updatedAt: later(row.updatedAt, message.at),
  });
}

/** The row after a change of one of its deliveries; a delivery of an older version than the row shows changes nothing. */
export function applyDelivery(current: SourceRecord | null, delivery: ShownDelivery): SourceRecord {
  const row = current ?? newRowOfDelivery(delivery);
  const shown = row.targets[delivery.flow];
  if (shown !== undefined && shown.version > delivery.version) return row;
  // Two changes of one delivery may arrive here in either order.
  if (shown !== undefined && shown.deliveryId === delivery._id && shown.at > delivery.updatedAt) return row;
  const document = findMainDocument(delivery.documents);
  const standing: TargetStanding = {
    flow: delivery.flow,
    to: delivery.to,
    deliveryId: delivery._id,
    version: delivery.version,
    state: delivery.state,
    reason: delivery.reason,
    targetId: document?.targetId ?? shown?.targetId ?? null,
    targetNumber: document?.targetNumber ?? shown?.targetNumber ?? null,
    at: delivery.updatedAt,
  };
  return withStatus({
    ...row,
    number: delivery.number ?? row.number,
    targets: { ...row.targets, [delivery.flow]: standing },
    updatedAt: later(row.updatedAt, delivery.updatedAt),
  });
}

/** The document that stands for a record's others in a list: its first without `subId`. */
export function findMainDocument(
  documents: ShownDelivery['documents'],
): ShownDelivery['documents'][number] | undefined {
  return documents.find(({ subId }) => subId === null) ?? documents[0];
}

function recordId(entity: EntityName, connection: string, sourceId: string): string {
  return `${entity}|${connection}/${sourceId}`;
}

function withStatus(row: SourceRecord): SourceRecord {
  return { ...row, status: statusOf(row) };
}

function statusOf(row: SourceRecord): ImportStatus {
  const states = Object.values(row.targets).map((target) => target.state);
  if (row.unmapped !== null || states.some((state) => ATTENTION_STATES.includes(state))) return 'attention';
  if (states.length === 0) return 'open';
  if (states.every((state) => NOT_WANTED_STATES.includes(state))) return 'not-wanted';
  return states.every((state) => IMPORTED_STATES.includes(state) || NOT_WANTED_STATES.includes(state))
    ? 'imported'
    : 'open';
}

function newRow(message: RecordFacts): SourceRecord {
  return {
    ...blank(message.at),
    _id: recordId(message.entity, message.connection, message.sourceId),
    entity: message.entity,
    connection: message.connection,
    sourceId: message.sourceId,
    number: message.number,
  };
}

function newRowOfDelivery(delivery: ShownDelivery): SourceRecord {
  return {
    ...blank(delivery.createdAt),
    _id: recordId(delivery.entity, delivery.from, delivery.sourceId),
    entity: delivery.entity,
    connection: delivery.from,
    sourceId: delivery.sourceId,
    number: delivery.number,
  };
}

function blank(at: Date) {
  return {
    version: null,
    deleted: false,
    unmapped: null,
    targets: {},
    status: 'open' as const,
    firstSeenAt: at,
    updatedAt: at,
  };
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
