import type { BrokerRecord } from '@entrepot/broker';
import { describeDeadLetter } from '@entrepot/canonical';
import type { Outages } from '../lane/holds.ts';
import type { Reports } from '../ports.ts';
import type { NotADelivery } from '../records.ts';

interface DeadLetterParts {
  readonly reports: Reports;
  readonly outages: Outages;
  readonly observe: { unreadable(record: BrokerRecord, why: NotADelivery): void };
}

/**
 * Reports a lane record that is no delivery as a dead letter. The ledger has no delivery for it, but it may hold a
 * customer's data, so the report names its topic, partition and offset. Resolves when the report is acknowledged;
 * rejects only when `signal` aborts.
 */
export async function reportDeadLetter(
  { reports, outages, observe }: DeadLetterParts,
  record: BrokerRecord,
  why: NotADelivery,
  signal: AbortSignal,
): Promise<void> {
  const report = describeDeadLetter(record, why.message, why.advice);
  await outages.waitOut(() => reports.send(record.key, report), signal);
  observe.unreadable(record, why);
}
