import type { Delivery } from '../states/delivery.ts';
import { searchTerms } from '../states/search-terms.ts';
import { release, supersede } from '../states/transitions.ts';
import type { LedgerStore } from '../store/collections.ts';
import { OPEN_OF_RECORD, SEARCH, WAITING } from '../store/indexes.ts';
import { GatheredLookup, groupBy } from './gathered-lookup.ts';

interface OpenDelivery {
  readonly _id: string;
  readonly version: number;
}

type OfRecord = Pick<Delivery, 'flow' | 'from' | 'sourceId'>;

/** Moves deliveries for the sake of others: older ones that are overtaken, waiting ones whose wait has ended. */
export class AffectedDeliveries {
  private readonly store: LedgerStore;
  private readonly now: () => Date;
  private readonly openOf: GatheredLookup<Delivery, readonly OpenDelivery[]>;
  private readonly overtakenBy: GatheredLookup<Delivery, number>;
  private readonly waitingFor: GatheredLookup<string, readonly string[]>;

  constructor(store: LedgerStore, now: () => Date) {
    this.store = store;
    this.now = now;
    this.openOf = new GatheredLookup((deliveries) => this.findOpen(deliveries));
    this.overtakenBy = new GatheredLookup((deliveries) => this.findOvertaking(deliveries));
    this.waitingFor = new GatheredLookup((keys) => this.findWaiting(keys));
  }

  /** Ends older open deliveries of the same record on the same flow. */
  async overtakeOlder(delivery: Delivery, reason: string): Promise<void> {
    const open = await this.openOf.ask(delivery);
    const older = open.filter(({ version }) => version < delivery.version);
    await Promise.all(
      older.map(({ _id }) =>
        this.store.changes.deliveries.update(_id, (current) =>
          current === null ? null : supersede(current, delivery.version, reason, this.now()),
        ),
      ),
    );
  }

  /**
   * Ends a delivery that an attempt left open, if a newer one of the same record on the same flow was told before it: reports that waited
   * for the database come in any order. To be called when the delivery is written, so that one of the two sees the other.
   */
  async giveWayToNewer(delivery: Delivery): Promise<void> {
    const version = await this.overtakenBy.ask(delivery);
    if (version <= delivery.version) return;
    const reason = `a newer version (${version}) was dealt with before this attempt was told`;
    await this.store.changes.deliveries.update(delivery._id, (current) =>
      current === null ? null : supersede(current, version, reason, this.now()),
    );
  }

  /** Makes due what waits for a key. @returns how many did */
  async releaseWaiting(key: string): Promise<number> {
    const waiting = await this.waitingFor.ask(key);
    await Promise.all(waiting.map((id) => this.release(id)));
    return waiting.length;
  }

  async release(deliveryId: string): Promise<void> {
    await this.store.changes.deliveries.update(deliveryId, (current) =>
      current === null ? null : release(current, this.now()),
    );
  }

  private async findOpen(deliveries: readonly Delivery[]): Promise<(delivery: Delivery) => readonly OpenDelivery[]> {
    const found = await Promise.all(
      groupBy(deliveries, ({ flow, from }) => `${flow}|${from}`).map((group) => {
        const { flow, from } = group[0] as Delivery;
        const sourceId = { $in: [...new Set(group.map((delivery) => delivery.sourceId))] };
        const projection = { flow: 1, from: 1, sourceId: 1, version: 1 } as const;
        return this.store.deliveries
          .find({ from, sourceId, flow, endedAt: null }, { projection, hint: OPEN_OF_RECORD })
          .toArray();
      }),
    );
    const byRecord = new Map<string, OpenDelivery[]>();
    for (const open of found.flat()) byRecord.set(nameOf(open), [...(byRecord.get(nameOf(open)) ?? []), open]);
    return (delivery: Delivery) => byRecord.get(nameOf(delivery)) ?? [];
  }

  /** The newest version of each record that overtakes older ones: it was tried, or its flow does not want it. */
  private async findOvertaking(deliveries: readonly Delivery[]): Promise<(delivery: Delivery) => number> {
    const found = await Promise.all(
      groupBy(deliveries, ({ flow, from }) => `${flow}|${from}`).map((group) => {
        const { flow, from } = group[0] as Delivery;
        const sourceId = { $in: [...new Set(group.map((delivery) => delivery.sourceId))] };
        const tried = { attemptCount: { $gt: 0 }, state: { $ne: 'superseded' as const } };
        const notWanted = { state: { $in: ['skipped', 'echo'] as const } };
        const projection = { _id: 0, flow: 1, from: 1, sourceId: 1, version: 1 } as const;
        return this.store.deliveries
          .find(
            { refs: { $in: searchTerms(sourceId.$in) }, from, sourceId, flow, $or: [tried, notWanted] },
            { projection, hint: SEARCH },
          )
          .toArray();
      }),
    );
    const newest = new Map<string, number>();
    for (const one of found.flat()) newest.set(nameOf(one), Math.max(newest.get(nameOf(one)) ?? 0, one.version));
    return (delivery: Delivery) => newest.get(nameOf(delivery)) ?? 0;
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

function nameOf({ flow, from, sourceId }: OfRecord): string {
  return `${flow}|${from}|${sourceId}`;
}
