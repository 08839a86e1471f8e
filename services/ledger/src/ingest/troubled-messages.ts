import { withDeadline } from '@entrepot/store';
import type { Message } from '../states/message.ts';
import type { LedgerStore } from '../store/collections.ts';

/** A good event, by what its record's earlier messages are found. */
type GoodEvent = Pick<Message, '_id' | 'entity' | 'connection' | 'sourceId' | 'at'> & { readonly version: number };

interface Waiting {
  readonly event: GoodEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The driver can wait for ever for a connection that broke at the wrong moment; one such read must not stop all others. */
const DEADLINE_MS = 10_000;
/** Events whose records are looked up by one query. */
const MOST_A_QUERY = 500;
const OPEN = { fingerprint: { $gt: '' }, repairedByVersion: null } as const;

/**
 * Marks what could not be mapped or read of a record before as made good by a later event. Hardly any event has such a past: one read
 * for all that gathered while the last one was under way tells which, and only those are written to. (A write for each event, most of
 * which change nothing, would hold the ledger at a thousand events a second.)
 */
export class TroubledMessages {
  private readonly messages: LedgerStore['messages'];
  private waiting: Waiting[] = [];
  private running = false;

  constructor(messages: LedgerStore['messages']) {
    this.messages = messages;
  }

  /** Resolves when every earlier trouble of the record is marked. @throws what MongoDB throws; may be called again then */
  close(event: GoodEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ event, resolve, reject });
      if (this.running) return;
      this.running = true;
      setImmediate(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, MOST_A_QUERY);
      try {
        const troubled = await withDeadline(this.findTroubled(group.map(({ event }) => event)), DEADLINE_MS);
        for (const { event, resolve, reject } of group) {
          if (troubled.has(nameOf(event))) this.mark(event).then(resolve, reject);
          else resolve();
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.running = false;
  }

  /** Of these events' records, those with open trouble. */
  private async findTroubled(events: readonly GoodEvent[]): Promise<Set<string>> {
    const byConnection = new Map<string, GoodEvent[]>();
    for (const event of events) {
      const name = `${event.entity}|${event.connection}`;
      const list = byConnection.get(name);
      if (list === undefined) byConnection.set(name, [event]);
      else list.push(event);
    }
    const found = await Promise.all(
      [...byConnection.values()].map((list) => {
        const { entity, connection } = list[0] as GoodEvent;
        const sourceId = { $in: [...new Set(list.map((event) => event.sourceId))] };
        const projection = { _id: 0, entity: 1, connection: 1, sourceId: 1 } as const;
        return this.messages.find({ entity, connection, sourceId, ...OPEN }, { projection }).toArray();
      }),
    );
    return new Set(found.flat().map(nameOf));
  }

  private async mark({ _id, entity, connection, sourceId, version, at }: GoodEvent): Promise<void> {
    await this.messages.updateMany(
      { _id: { $ne: _id }, entity, connection, sourceId, ...OPEN, at: { $lte: at } },
      { $set: { repairedByVersion: version }, $inc: { revision: 1 } },
    );
  }
}

function nameOf({ entity, connection, sourceId }: Pick<Message, 'entity' | 'connection' | 'sourceId'>): string {
  return `${entity}|${connection}|${sourceId}`;
}
