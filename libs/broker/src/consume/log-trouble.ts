import type { Logger } from '@entrepot/service-kit';
import type { DispatcherTrouble } from '../dispatcher/index.ts';
import { messageOf } from '../kafkajs/errors.ts';

const LEVELS = {
  'handler-threw': 'error',
  'listener-threw': 'error',
  'report-failed': 'warn',
  'collapse-failed': 'warn',
  // Refused during a rebalance as it should be; the next one tells more.
  'commit-failed': 'debug',
} as const satisfies Record<DispatcherTrouble['kind'], 'error' | 'warn' | 'debug'>;

/** Tells what the dispatcher dealt with itself; never a record's contents. */
export function logTrouble(log: Logger, { kind, record, error }: DispatcherTrouble): void {
  const place =
    record === undefined ? {} : { topic: record.topic, partition: record.partition, offset: record.offset.toString() };
  log[LEVELS[kind]]({ err: error, ...place }, `${kind.replace('-', ' ')}: ${messageOf(error)}`);
}
