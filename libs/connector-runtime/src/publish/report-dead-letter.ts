import type { BrokerRecord, Publisher } from '@entrepot/broker';
import { describeDeadLetter, formatReport, UNMAPPED_TOPIC } from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import { holdWhileUnavailable } from '../waiting.ts';

/**
 * Reports a record that does not belong on its topic to the ledger as a dead letter. Resolves when Kafka has
 * acknowledged the report; waits while Kafka is away.
 */
export async function reportDeadLetter(
  record: BrokerRecord,
  why: string,
  { publisher, log }: { readonly publisher: Publisher; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const report = describeDeadLetter(record, why);
  const value = formatReport(report);
  await holdWhileUnavailable(() => publisher.send(UNMAPPED_TOPIC, { key: report.key, value }), {
    signal,
    onRetry: (err) => log.warn({ err, topic: record.topic }, 'a dead letter is not reported yet'),
  });
}
