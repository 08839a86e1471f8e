import type { BrokerRecord } from '@entrepot/broker';
import type { Logger } from '@entrepot/service-kit';
import type { ConnectorMetrics } from '../metrics.ts';
import type { RecordSync } from '../publish/record-sync.ts';
import { ConnectionClosed } from '../sources/record-reader.ts';
import { parseInboxMessage } from './inbox-message.ts';

export interface HintHandlerOptions {
  readonly sync: RecordSync;
  readonly log: Logger;
  readonly metrics: ConnectorMetrics;
  nowMicros(): number;
}

/** Handles one record of the inbox: resolves when what it tells of is published, known, or reported as unmapped. */
export function createHintHandler({
  sync,
  log,
  metrics,
  nowMicros,
}: HintHandlerOptions): (record: BrokerRecord, signal: AbortSignal) => Promise<void> {
  return async (record, signal) => {
    const message = parseInboxMessage(record.value);
    if (message === null) {
      log.error(
        { topic: record.topic, partition: record.partition, offset: String(record.offset) },
        'inbox record is not a hint: passed over',
      );
      return;
    }
    const { connection, entity, sourceId, cause, receivedAtMicros } = message;
    const traceparent = record.headers.traceparent ?? null;
    try {
      const work = sync.sync({ connection, entity, sourceId }, { via: 'HINT', snapshot: false, traceparent, cause });
      const outcome = await untilAborted(work, signal);
      metrics.hintLatency(entity, Math.max(0, nowMicros() - receivedAtMicros) / 1e6);
      log.debug({ connection, entity, sourceId, cause, traceparent, ...outcome }, 'hint followed');
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      // Switched on again, the connection's polls go on from their cursor: what the hint tells of is found then.
      log.info({ connection, entity, cause }, 'hint dropped: its connection is switched off');
    }
  };
}

/** The partition may be lost while a record waits for its vendor; the next owner reads the hint again. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
