import type { Publisher } from '@entrepot/broker';
import type { Delivery } from '../states/delivery.ts';
import type { LedgerStore } from '../store/collections.ts';

/** `finishing`: a create may be in flight; nothing after it is sent. `closed`: the delivery was closed the other way before. */
export type LinkMarking = 'marked' | 'finishing' | 'closed';

export interface RequestPorts {
  readonly store: LedgerStore;
  readonly publisher: Publisher;
  /** Vendor of a connection, null when the connection is gone. */
  vendorOf(connection: string): string | null;
  /** Sends a claimed delivery to its lane. */
  send(delivery: Delivery): Promise<Delivery | null>;
  /** Sets the mark on the link that a sink reads before sending. */
  markLink(delivery: Delivery, kind: 'discarded' | 'resolved', by: string, reason: string): Promise<LinkMarking>;
  /** Removes the mark, before a retry. */
  clearMark(delivery: Delivery): Promise<void>;
  now(): Date;
}
