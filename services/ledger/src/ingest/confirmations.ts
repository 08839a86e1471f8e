import type { ConfirmedReport, TargetDocument } from '@entrepot/canonical';
import { type LinkedDocument, withDeadline } from '@entrepot/store';
import { confirm, findConfirmed } from '../states/confirmation.ts';
import type { Delivery } from '../states/delivery.ts';
import type { LedgerStore } from '../store/collections.ts';
import { OPEN_OF_RECORD } from '../store/indexes.ts';

export interface ConfirmationPorts {
  readonly store: LedgerStore;
  /** The documents that a record's link has. */
  linkedDocuments(target: string, entity: string, sourceKey: string): Promise<readonly LinkedDocument[]>;
  /** Wakes the scheduler: a delivery may be due now. */
  wakeScheduler(): void;
  now(): Date;
}

/** The driver can wait for ever for a connection that broke at the wrong moment. */
const DEADLINE_MS = 10_000;

/** Makes deliveries due that wait for their document, when the target's own connector has read it. */
export class Confirmations {
  private readonly ports: ConfirmationPorts;

  constructor(ports: ConfirmationPorts) {
    this.ports = ports;
  }

  async apply({ entity, connection, sourceId, to, document }: ConfirmedReport): Promise<void> {
    const open = this.ports.store.deliveries
      .find({ from: connection, sourceId, to, entity, endedAt: null }, { projection: { _id: 1 }, hint: OPEN_OF_RECORD })
      .toArray();
    await Promise.all((await withDeadline(open, DEADLINE_MS)).map(({ _id }) => this.confirm(_id, document)));
  }

  /**
   * For a delivery that awaits it: the document may have been confirmed while its acceptance was on its way here. Call it after the attempt
   * is written: of attempt and confirmation one sees the other.
   */
  async applyIfLinked(delivery: Delivery): Promise<void> {
    const { to, entity, from, sourceId, documents } = delivery;
    const linked = await this.ports.linkedDocuments(to, entity, `${from}/${sourceId}`);
    const document = findConfirmed(documents, linked);
    if (document !== null) await this.confirm(delivery._id, document);
  }

  private async confirm(id: string, document: TargetDocument): Promise<void> {
    const { store, now, wakeScheduler } = this.ports;
    await store.changes.deliveries.update(id, (current) =>
      current === null ? null : confirm(current, document, now()),
    );
    wakeScheduler();
  }
}
