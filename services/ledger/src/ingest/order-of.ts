import type { BrokerRecord } from '@entrepot/broker';
import { UNMAPPED_TOPIC } from '@entrepot/canonical';

/**
 * What must be taken in one after the other. Events and reports need no order among records: what they change in one document is handed
 * over in the order of the log, so that routing and attempts that wait together cost one write. Unmapped records do: each first looks
 * whether the one before it is still open.
 */
export function orderOf({ topic, partition, offset, key }: BrokerRecord): string {
  return topic === UNMAPPED_TOPIC && key !== null ? `${topic}|${key}` : `${topic}|${partition}|${offset}`;
}
