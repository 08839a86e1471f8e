import { CONFIRMATION_OVERDUE } from '@entrepot/canonical';
import { createGroupedReader, type GroupedReader, withDeadline } from '@entrepot/store';
import type { mongo } from 'mongoose';
import { type Delivery, searchTerms } from '../states/delivery.ts';
import type { Message, RecordFacts, RecordMessage } from '../states/message.ts';
import { release, supersede } from '../states/transitions.ts';
import type { LedgerStore, Operation } from '../store/collections.ts';
import {
  CURRENT_OF_RECORD,
  OPEN_OF_RECORD,
  OPEN_TROUBLE,
  OVERDUE,
  SEARCH,
  TROUBLED_RECORD,
  WAITING,
} from '../store/indexes.ts';

/** The driver can wait for ever for a connection that broke at the wrong moment; one such read must not block all others. */
const DEADLINE_MS = 10_000;

/** Answers single questions with one query for all that gathered while the previous query ran. */
function gatherLookups<Q, A>(answerAll: (questions: readonly Q[]) => Promise<(question: Q) => A>): GroupedReader<Q, A> {
  return createGroupedReader({
    readBatch: (questions) => withDeadline(answerAll(questions), DEADLINE_MS),
    maxUnderWay: 1,
  });
}

type OtherVersion = Pick<Delivery, '_id' | 'version'>;

/** Changes deliveries as a consequence of others: ends older ones as superseded, releases waiting ones. */
export class AffectedDeliveries {
  private readonly store: LedgerStore;
  private readonly now: () => Date;
  private readonly openOf: GroupedReader<Delivery, readonly OtherVersion[]>;
  private readonly retiredBy: GroupedReader<Delivery, void>;
  private readonly overtakenBy: GroupedReader<Delivery, number>;
  private readonly waitingFor: GroupedReader<string, readonly string[]>;

  constructor(store: LedgerStore, now: () => Date) {
    this.store = store;
    this.now = now;
    this.openOf = gatherLookups((deliveries) => this.findOpen(deliveries));
    this.retiredBy = gatherLookups((deliveries) => this.retireOlder(deliveries));
    this.overtakenBy = gatherLookups((deliveries) => this.findOvertaking(deliveries));
    this.waitingFor = gatherLookups((keys) => this.findWaiting(keys));
  }

  /** Ends older open deliveries of the same record on the same flow. */
  async overtakeOlder(delivery: Delivery, reason: string): Promise<void> {
    const open = await this.openOf.read(delivery);
    const older = open.filter(({ version }) => version < delivery.version);
    await Promise.all(older.map(({ _id }) => this.supersede(_id, delivery.version, reason)));
  }

  /**
   * Ends a delivery that an attempt left open, if a newer one of the same record on the same flow was reported before it: reports that
   * waited for the database arrive in any order. Call it after the delivery is written, so that one of the two sees the other.
   */
  async giveWayToNewer(delivery: Delivery): Promise<void> {
    const version = await this.overtakenBy.read(delivery);
    if (version <= delivery.version) return;
    const reason = `a newer version (${version}) was dealt with before this attempt was told`;
    await this.supersede(delivery._id, version, reason);
  }

  /**
   * Marks the newest version alone as current for the record on its flow. Call it for a new delivery after it is written: of two versions
   * reported concurrently, one sees the other.
   */
  keepNewestCurrent(delivery: Delivery): Promise<void> {
    return this.retiredBy.read(delivery);
  }

  private async supersede(deliveryId: string, byVersion: number, reason: string): Promise<void> {
    let dropped: string | null = null;
    await this.store.changes.deliveries.update(deliveryId, (current) => {
      dropped = current?.outstanding?.operationId ?? null;
      return current === null ? null : supersede(current, byVersion, reason, this.now());
    });
    if (dropped === null) return;
    // Perhaps no further attempt will end it.
    await this.store.changes.operations.update(dropped, (operation) =>
      operation === null || hasEnded(operation) || waitsForSource(operation)
        ? operation
        : { ...operation, state: 'succeeded', result: reason, updatedAt: this.now() },
    );
  }

  /** Makes deliveries due that wait for a key. @returns how many */
  async releaseWaiting(key: string): Promise<number> {
    const waiting = await this.waitingFor.read(key);
    await Promise.all(waiting.map((id) => this.release(id)));
    return waiting.length;
  }

  /** Makes deliveries due that failed because a record they need was not confirmed in time. @returns how many */
  async releaseOverdue(keys: readonly string[]): Promise<number> {
    const overdue = await this.store.deliveries
      .find(
        { state: 'failed', reasonCode: CONFIRMATION_OVERDUE, waitingKeys: { $in: [...keys] } },
        { projection: { _id: 1 }, hint: OVERDUE },
      )
      .toArray();
    await Promise.all(overdue.map(({ _id }) => this.release(_id)));
    return overdue.length;
  }

  async release(deliveryId: string): Promise<void> {
    await this.store.changes.deliveries.update(deliveryId, (current) =>
      current === null ? null : release(current, this.now()),
    );
  }

  private async findOpen(deliveries: readonly Delivery[]): Promise<(delivery: Delivery) => readonly OtherVersion[]> {
    const open = await this.findOfRecords(deliveries, () => ({ endedAt: null }), OPEN_OF_RECORD);
    return (delivery) => open.get(nameFlowRecord(delivery)) ?? [];
  }

  /** Without reading them whole: their attempts may be megabytes. */
  private async retireOlder(deliveries: readonly Delivery[]): Promise<() => void> {
    const current = await this.findOfRecords(deliveries, () => ({ current: true }), CURRENT_OF_RECORD);
    const older = [...current.values()].flatMap((versions) => versions.toSorted(byVersion).slice(0, -1));
    if (older.length > 0) {
      const _id = { $in: older.map((version) => version._id) };
      await this.store.deliveries.updateMany({ _id }, { $set: { current: false }, $inc: { revision: 1 } });
    }
    return () => {};
  }

  /** The newest version of each record that supersedes older ones: it was tried, or its flow skipped it. */
  private async findOvertaking(deliveries: readonly Delivery[]): Promise<(delivery: Delivery) => number> {
    const tried = { attemptCount: { $gt: 0 }, state: { $ne: 'superseded' as const } };
    const notWanted = { state: { $in: ['skipped', 'echo'] as const } };
    const overtaking = await this.findOfRecords(
      deliveries,
      (sourceIds) => ({ refs: { $in: searchTerms(sourceIds) }, $or: [tried, notWanted] }),
      SEARCH,
    );
    return (delivery) => Math.max(0, ...(overtaking.get(nameFlowRecord(delivery)) ?? []).map(({ version }) => version));
  }

  /** Deliveries of the same records on the same flows, by {@link nameFlowRecord}; one query a flow. */
  private async findOfRecords(
    deliveries: readonly Delivery[],
    narrowed: (sourceIds: readonly string[]) => mongo.Filter<Delivery>,
    hint: string,
  ): Promise<ReadonlyMap<string, readonly OtherVersion[]>> {
    const groups = Map.groupBy(deliveries, ({ flow, from }) => `${flow}|${from}`);
    const found = await Promise.all(
      [...groups.values()].map((group) => {
        const { flow, from } = group[0] as Delivery;
        const sourceIds = [...new Set(group.map((delivery) => delivery.sourceId))];
        const projection = { flow: 1, from: 1, sourceId: 1, version: 1 } as const;
        return this.store.deliveries
          .find({ ...narrowed(sourceIds), from, sourceId: { $in: sourceIds }, flow }, { projection, hint })
          .toArray();
      }),
    );
    return Map.groupBy(found.flat(), nameFlowRecord);
  }

  private async findWaiting(keys: readonly string[]): Promise<(key: string) => readonly string[]> {
    const wanted = [...new Set(keys)];
    const found = await this.store.deliveries
      .find({ state: 'waiting', waitingKeys: { $in: wanted } }, { projection: { waitingKeys: 1 }, hint: WAITING })
      .toArray();
    const byKey = new Map<string, string[]>();
    for (const { _id, waitingKeys } of found) {
      for (const key of waitingKeys) byKey.set(key, [...(byKey.get(key) ?? []), _id]);
    }
    return (key: string) => byKey.get(key) ?? [];
  }
}

function byVersion(a: OtherVersion, b: OtherVersion): number {
  return a.version - b.version || (a._id < b._id ? -1 : 1);
}

function nameFlowRecord({ flow, from, sourceId }: Pick<Delivery, 'flow' | 'from' | 'sourceId'>): string {
  return `${flow}|${from}|${sourceId}`;
}

function hasEnded({ state }: Operation): boolean {
  return state === 'succeeded' || state === 'failed';
}

/** The source's answer ends it, with a more precise result. */
function waitsForSource({ mode, state }: Operation): boolean {
  return mode === 'refresh' && state === 'requested';
}

/** A good event, with the facts that find its record's earlier messages. */
type GoodEvent = Pick<Message, '_id' | 'entity' | 'connection' | 'sourceId' | 'at'> & { readonly version: number };

/**
 * Trouble of a record (unmapped, unreadable): marked as repaired by a later good event. Few events have such a past: one read for many
 * events finds them, and only those are written to. (One write per event, mostly without effect, would limit the ledger to a thousand
 * events a second.)
 */
export class TroubledMessages {
  private readonly store: LedgerStore;
  private readonly lookup: GroupedReader<GoodEvent, boolean>;

  constructor(store: LedgerStore) {
    this.store = store;
    this.lookup = gatherLookups((events) => this.findTroubled(events));
  }

  /**
   * Resolves when every earlier trouble of the record is marked, if the event is good.
   * @throws the error of MongoDB; the caller may repeat the call
   */
  async close({ _id, entity, connection, sourceId, version, error, at }: RecordFacts): Promise<void> {
    if (version === null || error !== null) return;
    const event = { _id, entity, connection, sourceId, version, at };
    if (await this.lookup.read(event)) await this.mark(event);
  }

  /** One open message per record, however often a poll finds it still invalid: it shows the newest reason. */
  async note(message: RecordMessage): Promise<void> {
    const { entity, connection, sourceId } = message;
    const open = await this.store.messages.findOne(
      { entity, connection, sourceId, state: 'unmapped', ...OPEN_TROUBLE },
      { projection: { _id: 1 } },
    );
    const stored = await this.store.changes.messages.update(open?._id ?? message._id, (current) =>
      current === null || (current.repairedByVersion === null && current.at < message.at)
        ? { ...message, _id: current?._id ?? message._id }
        : current,
    );
    await this.closeIfNewerIsGood({ ...(stored ?? message), entity });
  }

  /**
   * The good version may have been ingested before the trouble was reported: topics are read concurrently. Call it after the trouble is
   * written, so that one of the two sees the other.
   */
  async closeIfNewerIsGood({ entity, connection, sourceId, at }: RecordFacts): Promise<void> {
    const newest = await this.store.messages
      .find(
        { refs: { $in: searchTerms([sourceId]) }, entity, connection, sourceId, state: 'published' },
        { projection: { bytes: 0, headers: 0 }, hint: SEARCH },
      )
      .sort({ version: -1, _id: -1 })
      .limit(1)
      .next();
    if (newest === null || newest.error !== null || newest.at <= at) return;
    await this.close({ ...newest, entity });
  }

  /** @returns whether an event's record has open trouble */
  private async findTroubled(events: readonly GoodEvent[]): Promise<(event: GoodEvent) => boolean> {
    const groups = Map.groupBy(events, ({ entity, connection }) => `${entity}|${connection}`);
    const found = await Promise.all(
      [...groups.values()].map((group) => {
        const { entity, connection } = group[0] as GoodEvent;
        const sourceId = { $in: [...new Set(group.map((event) => event.sourceId))] };
        const projection = { _id: 0, entity: 1, connection: 1, sourceId: 1 } as const;
        return this.store.messages
          .find({ entity, connection, sourceId, ...OPEN_TROUBLE }, { projection, hint: TROUBLED_RECORD })
          .toArray();
      }),
    );
    const troubled = new Set(found.flat().map(nameRecord));
    return (event) => troubled.has(nameRecord(event));
  }

  private async mark({ _id, entity, connection, sourceId, version, at }: GoodEvent): Promise<void> {
    await this.store.messages.updateMany(
      { _id: { $ne: _id }, entity, connection, sourceId, ...OPEN_TROUBLE, at: { $lte: at } },
      { $set: { repairedByVersion: version }, $inc: { revision: 1 } },
    );
  }
}

function nameRecord({ entity, connection, sourceId }: Pick<Message, 'entity' | 'connection' | 'sourceId'>): string {
  return `${entity}|${connection}|${sourceId}`;
}
