import type { BrokerRecord } from '@entrepot/broker';
import { isConfirmation } from '@entrepot/canonical';
import { endAttempt, failAttempt } from '../attempt/outcomes.ts';
import type { Delivery } from '../ports.ts';
import { detailOfBug } from '../problems.ts';
import { NotADelivery, readDelivery } from '../records.ts';
import { reportDeadLetter } from './dead-letter.ts';
import { type DeliverParts, deliverRecord, Handling } from './deliver.ts';

/**
 * Accounts for a record that the dispatcher conflated with a later one: superseded if the later one is newer, delivered
 * otherwise. Rejects when `signal` aborts: continuing after the partition is lost would take the lane from its new
 * owner.
 */
export async function settleConflated(
  parts: DeliverParts,
  record: BrokerRecord,
  by: BrokerRecord,
  signal: AbortSignal,
): Promise<void> {
  const dropped = tryRead(record, parts.vendor);
  const later = tryRead(by, parts.vendor);
  // Not a delivery: the record that replaced it does not account for it.
  if (dropped === null) return deliverRecord(parts, record, signal);
  // The same delivery twice (a router that was killed after appending): the other copy accounts for both.
  if (later !== null && later.lane.deliveryId === dropped.lane.deliveryId) return;
  if (later !== null && later.event.version > dropped.event.version) {
    const handling = new Handling(parts, dropped, new AbortController().signal);
    return handling.tell(endAttempt('superseded', { supersededBy: later.event.version }));
  }
  // What came later is not newer (a replay out of order): the link's version decides between the two, not their place in the queue.
  await deliverRecord(parts, record, signal);
}

function tryRead(record: BrokerRecord, vendor: string): Delivery | null {
  try {
    return readDelivery(record, vendor);
  } catch (error) {
    if (error instanceof NotADelivery) return null;
    throw error;
  }
}

/** Reports a record whose handling threw: a bug of ours, shown as a failed delivery; a confirmation as a dead letter. */
export async function reportBug(parts: DeliverParts, record: BrokerRecord, error: unknown): Promise<void> {
  const detail = detailOfBug(error);
  try {
    const delivery = readDelivery(record, parts.vendor);
    const handling = new Handling(parts, delivery, new AbortController().signal);
    await handling.tell(failAttempt(detail));
  } catch (failure) {
    if (!(failure instanceof NotADelivery)) throw failure;
    const why = isConfirmation(record.headers) ? new NotADelivery(detail.message, detail.advice ?? undefined) : failure;
    await reportDeadLetter(parts, record, why, new AbortController().signal);
  }
}
