import type { BrokerRecord } from '@entrepot/broker';
import { ENTITY_TRAITS, entityOfType } from '@entrepot/canonical';
import { type DeliverParts, deliverRecord, reportSuperseded } from '../delivery/deliver.ts';
import { NotADelivery, readDelivery } from '../delivery/lane-record.ts';
import type { Delivery } from '../ports.ts';

/** The key of what must run sequentially: everything of one source record and entity, for one target. */
export function laneKey(record: BrokerRecord): string {
  return `${record.headers.entrepot_to ?? record.partition}|${record.headers.ce_type ?? ''}|${record.key ?? record.offset}`;
}

/**
 * The conflation key of a record when only the newest waiting version matters, else null. Not conflated: retries and
 * reprocessed records (an older version may come last, on purpose), entities whose records are separate documents, and
 * republished states, which replace no other.
 */
export function latestWinsKey(record: BrokerRecord): string | null {
  const {
    entrepot_attempt: attempt,
    entrepot_operation: operation,
    ce_type: type,
    entrepot_repeats: repeats,
  } = record.headers;
  const entity = entityOfType(type ?? '');
  const conflates = entity !== null && ENTITY_TRAITS[entity].conflates;
  return conflates && repeats === undefined && attempt === '1' && operation === undefined ? laneKey(record) : null;
}

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
    await reportSuperseded(parts, dropped, later.event.version);
    return;
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
