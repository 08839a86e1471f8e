import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';
import type { UndecodableMark } from '../decode/record-batches.ts';
import type { FetchedBatch } from '../dispatcher/index.ts';
import type { BrokerRecord } from '../record.ts';

/** `fetchedOffset` is there in kafkajs 2.2.4 (consumer/batch.js), its types do not say so. */
export function readBatch(batch: Batch): FetchedBatch {
  const { topic, partition, messages } = batch;
  const fetched = (batch as Batch & { readonly fetchedOffset?: unknown }).fetchedOffset;
  const fetchedOffset = BigInt(String(fetched ?? batch.firstOffset() ?? -1));
  const mark = findMark(messages);
  const count = mark === null ? messages.length : messages.length - 1;
  return {
    topic,
    partition,
    fetchedOffset,
    lastOffset: mark === null ? BigInt(batch.lastOffset()) : BigInt(messages[count - 1]?.offset ?? fetchedOffset - 1n),
    count,
    undecodable: mark === null ? null : { offset: BigInt(mark.firstOffset), cause: mark.cause },
    recordAt: (index) => readRecord(topic, partition, messages[index] as KafkaMessage),
    highWatermark: BigInt(batch.highWatermark),
  };
}

function findMark(messages: readonly KafkaMessage[]): UndecodableMark['undecodable'] | null {
  const last = messages.at(-1) as Partial<UndecodableMark> | undefined;
  return last?.undecodable ?? null;
}

function readRecord(topic: string, partition: number, message: KafkaMessage): BrokerRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString() ?? null,
    value: message.value,
    headers: message.headers === undefined ? {} : readHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function readHeaders(headers: IHeaders): Record<string, string | undefined> {
  // No prototype: a header may be called __proto__.
  const read: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) read[name] = last.toString();
  }
  return read;
}
