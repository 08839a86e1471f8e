import type { GroupedReader } from '@entrepot/store';
import type { Message } from '../states/message.ts';
import type { LedgerStore } from '../store/collections.ts';
import { OPEN_TROUBLE, TROUBLED_RECORD } from '../store/indexes.ts';
import { gatherLookups } from './gathered-lookup.ts';

/** A good event, by what its record's earlier messages are found. */
type GoodEvent = Pick<Message, '_id' | 'entity' | 'connection' | 'sourceId' | 'at'> & { readonly version: number };

/**
 * Marks what could not be mapped or read of a record before as made good by a later event. Hardly any event has such a past: one read
 * for many events tells which, and only those are written to. (A write for each event, most of which change nothing, would hold the
 * ledger at a thousand events a second.)
 */
export class TroubledMessages {
  private readonly messages: LedgerStore['messages'];
  private readonly lookup: GroupedReader<GoodEvent, boolean>;

  constructor(messages: LedgerStore['messages']) {
    this.messages = messages;
    this.lookup = gatherLookups((events) => this.findTroubled(events));
  }

  /**
   * Resolves when every earlier trouble of the record is marked.
   * @throws what MongoDB throws; may be called again then
   */
  async close(event: GoodEvent): Promise<void> {
    if (await this.lookup.read(event)) await this.mark(event);
  }

  /** @returns whether an event's record has open trouble */
  private async findTroubled(events: readonly GoodEvent[]): Promise<(event: GoodEvent) => boolean> {
    const groups = Map.groupBy(events, ({ entity, connection }) => `${entity}|${connection}`);
    const found = await Promise.all(
      [...groups.values()].map((group) => {
        const { entity, connection } = group[0] as GoodEvent;
        const sourceId = { $in: [...new Set(group.map((event) => event.sourceId))] };
        const projection = { _id: 0, entity: 1, connection: 1, sourceId: 1 } as const;
        return this.messages
          .find({ entity, connection, sourceId, ...OPEN_TROUBLE }, { projection, hint: TROUBLED_RECORD })
          .toArray();
      }),
    );
    const troubled = new Set(found.flat().map(nameOf));
    return (event) => troubled.has(nameOf(event));
  }

  private async mark({ _id, entity, connection, sourceId, version, at }: GoodEvent): Promise<void> {
    await this.messages.updateMany(
      { _id: { $ne: _id }, entity, connection, sourceId, ...OPEN_TROUBLE, at: { $lte: at } },
      { $set: { repairedByVersion: version }, $inc: { revision: 1 } },
    );
  }
}

function nameOf({ entity, connection, sourceId }: Pick<Message, 'entity' | 'connection' | 'sourceId'>): string {
  return `${entity}|${connection}|${sourceId}`;
}
