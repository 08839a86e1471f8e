import type { Logger } from '@entrepot/service-kit';
import type { TopicPartition, Undecodable } from '../consumption.ts';
import type { DispatcherTrouble } from '../dispatcher/index.ts';
import { messageOf } from '../kafkajs/errors.ts';

const LEVELS = {
  'handler-threw': 'error',
  'listener-threw': 'error',
  'report-failed': 'warn',
  'conflate-failed': 'warn',
  // Refused during a rebalance as it should be; the next one says more.
  'commit-failed': 'debug',
} as const satisfies Record<DispatcherTrouble['kind'], 'error' | 'warn' | 'debug'>;

/** Logs what the dispatcher handled by itself; never a record's contents. */
export function logTrouble(log: Logger, { kind, record, error }: DispatcherTrouble): void {
  const place =
    record === undefined ? {} : { topic: record.topic, partition: record.partition, offset: record.offset.toString() };
  log[LEVELS[kind]]({ err: error, ...place }, `${kind.replace('-', ' ')}: ${messageOf(error)}`);
}

/** Logs that a batch which cannot be decoded holds its partition, and that the partition is read again. */
export function logUndecodable(
  log: Logger,
  { topic, partition }: TopicPartition,
  undecodable: Undecodable | null,
): void {
  if (undecodable === null) {
    log.info({ topic, partition }, 'the partition is read on');
    return;
  }
  log.error(
    { topic, partition, offset: undecodable.offset.toString() },
    `a batch cannot be decoded, and its partition is held: ${undecodable.cause}`,
  );
}
