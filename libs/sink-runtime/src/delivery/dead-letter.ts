import type { BrokerRecord } from '@entrepot/broker';
import { describeDeadLetter } from '@entrepot/canonical';
import type { DeliverParts } from './deliver.ts';
import type { NotADelivery } from './read-delivery.ts';

/**
 * Accounts for a lane record that is no delivery: it has no place among the ledger's deliveries, but it is somebody's data, and is told by
 * its own place. Resolves when the report is acknowledged; rejects only when `signal` aborts.
 */
export async function reportDeadLetter(
  { reports, outages, observe }: Pick<DeliverParts, 'reports' | 'outages' | 'observe'>,
  record: BrokerRecord,
  why: NotADelivery,
  signal: AbortSignal,
): Promise<void> {
  const report = describeDeadLetter(record, why.message);
  await outages.waitOut(() => reports.send(record.key, report), signal);
  observe.unreadable(record, why);
}
