import type { Logger } from '@entrepot/service-kit';
import { backoffMs } from '@entrepot/service-kit/backoff';
import type { Kafka, Message, Producer } from 'kafkajs';
import { PublisherClosed, PublishUnavailable, RecordTooLarge } from '../errors.ts';
import { isTooLarge, messageOf } from '../kafkajs/errors.ts';
import type { OutgoingRecord, RecordCoordinates } from '../record.ts';

/** Framing of a record beside key, value and headers, generously. */
const RECORD_FRAMING_BYTES = 64;
const HEADER_FRAMING_BYTES = 10;

/** A record between `send` and its acknowledgement. */
export class Pending {
  readonly topic: string;
  readonly message: Message;
  readonly bytes: number;
  readonly sentAtMs: number;
  readonly promise: Promise<RecordCoordinates>;
  /** Partition once chosen; kept over retries, so that a retried request is the same request. */
  partition: number | null;
  /** The records it is sent with. */
  batch: readonly Pending[] = [];
  inFlight = false;
  settled = false;
  private resolve!: (coordinates: RecordCoordinates) => void;
  private reject!: (error: Error) => void;

  constructor(topic: string, record: OutgoingRecord, nowMs: number) {
    this.topic = topic;
    this.message = {
      key: record.key,
      value: record.value,
      ...(record.headers === undefined ? {} : { headers: { ...record.headers } }),
    };
    this.partition = record.partition ?? null;
    this.bytes = measure(record);
    this.sentAtMs = nowMs;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  acknowledge(offset: bigint): void {
    if (this.settled) return;
    this.settled = true;
    this.resolve({ topic: this.topic, partition: this.partition ?? 0, offset: offset.toString() });
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.reject(error);
  }

  expire(deadlineMs: number, cause: unknown): void {
    this.fail(new PublishUnavailable(this.topic, deadlineMs, this.inFlight, cause));
  }
}

function measure({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_FRAMING_BYTES + (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0);
  for (const [name, text] of Object.entries(headers ?? {})) {
    bytes += HEADER_FRAMING_BYTES + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return bytes;
}

const RETRY = { firstMs: 100, longestMs: 1_000 } as const;

/** Thrown inside a request whose records have all passed their deadline, so that it is not repeated any more. */
class BatchAbandoned extends Error {
  override readonly name = 'BatchAbandoned';
  readonly retriable = false;
}

/** kafkajs reads metadata anew and tries again on an error of this name: the partition was added a moment ago. */
class PartitionNotSeenYet extends Error {
  override readonly name = 'KafkaJSMetadataNotLoaded';
}

export interface SenderOptions {
  readonly kafka: Kafka;
  readonly log: Logger;
}

/**
 * Sends one batch after the other through an idempotent producer. A request is repeated unchanged for as long as one of its records
 * wants it; after any other end the producer is replaced: a new batch under the old sequence number could be taken for a repetition of the
 * old one and silently dropped.
 */
export class Sender {
  private readonly options: SenderOptions;
  private readonly pendingOf = new WeakMap<Message, Pending>();
  private producer: Producer | null = null;
  private keyless = 0;
  private closed = false;
  /** Last reason for not getting through, for the error of records that expire meanwhile. */
  lastError: unknown = null;

  constructor(options: SenderOptions) {
    this.options = options;
  }

  /** Resolves when every record of the batch is settled or has passed its deadline. Never rejects. */
  async deliver(batch: readonly Pending[]): Promise<void> {
    for (let failures = 1; batch.some((pending) => !pending.settled); failures += 1) {
      try {
        const producer = await this.connect();
        if (batch.every(({ settled }) => settled)) return;
        for (const pending of batch) pending.inFlight = true;
        this.acknowledge(batch, await producer.sendBatch({ acks: -1, topicMessages: this.groupByTopic(batch) }));
        this.lastError = null;
        return;
      } catch (error) {
        this.lastError = error;
        await this.replaceProducer();
        if (isTooLarge(error)) return this.deliverOneByOne(batch, error);
        if (error instanceof BatchAbandoned || (error as { cause?: unknown }).cause instanceof BatchAbandoned) return;
        this.options.log.warn(
          { err: error, records: batch.length },
          `Kafka refused a batch, trying again: ${messageOf(error)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, backoffMs(RETRY, failures)));
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.replaceProducer();
  }

  /** Kafka does not say which record was too large: each goes alone (those of other partitions perhaps twice). */
  private async deliverOneByOne(batch: readonly Pending[], error: unknown): Promise<void> {
    const [only, ...others] = batch;
    if (only !== undefined && others.length === 0) {
      this.options.log.warn(
        { err: error, topic: only.topic, bytes: only.bytes },
        'the topic refuses a record for its size',
      );
      only.fail(new RecordTooLarge(only.topic, only.bytes, null));
      return;
    }
    for (const pending of batch) if (!pending.settled) await this.deliver([pending]);
  }

  private async connect(): Promise<Producer> {
    if (this.producer !== null) return this.producer;
    const producer = this.options.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // kafkajs repeats for as long as it is asked for; the partitioner below ends it.
      retry: { retries: Number.MAX_SAFE_INTEGER, initialRetryTime: RETRY.firstMs, maxRetryTime: RETRY.longestMs },
      createPartitioner: () => (request) =>
        this.choosePartition(request.message as Message, request.partitionMetadata.length),
    });
    await producer.connect();
    if (this.closed) {
      await producer.disconnect();
      throw new PublisherClosed();
    }
    this.producer = producer;
    return producer;
  }

  private async replaceProducer(): Promise<void> {
    const { producer } = this;
    this.producer = null;
    await producer
      ?.disconnect()
      .catch((error: unknown) => this.options.log.debug({ err: error }, 'disconnecting a producer failed'));
  }

  private choosePartition(message: Message, partitions: number): number {
    const pending = this.pendingOf.get(message);
    if (pending === undefined) throw new Error('a message without its record: this is a bug of the publisher');
    if (pending.batch.every(({ settled }) => settled))
      throw new BatchAbandoned('every record of the batch has passed its deadline');
    if (pending.partition === null) {
      this.keyless += 1;
      pending.partition =
        typeof message.key === 'string' ? partitionOfKey(message.key, partitions) : this.keyless % partitions;
    }
    if (pending.partition >= partitions)
      throw new PartitionNotSeenYet(`topic ${pending.topic} has no partition ${pending.partition} yet`);
    return pending.partition;
  }

  private groupByTopic(batch: readonly Pending[]): { topic: string; messages: Message[] }[] {
    const byTopic = new Map<string, Message[]>();
    for (const pending of batch) {
      pending.batch = batch;
      this.pendingOf.set(pending.message, pending);
      const messages = byTopic.get(pending.topic);
      if (messages === undefined) byTopic.set(pending.topic, [pending.message]);
      else messages.push(pending.message);
    }
    return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
  }

  /** Kafka answers the offset of the first record of each partition; the others follow it in the order sent. */
  private acknowledge(
    batch: readonly Pending[],
    answers: readonly { topicName: string; partition: number; baseOffset?: string }[],
  ): void {
    const next = new Map(
      answers.map(({ topicName, partition, baseOffset }) => [`${topicName}/${partition}`, BigInt(baseOffset ?? -1)]),
    );
    for (const pending of batch) {
      const place = `${pending.topic}/${pending.partition}`;
      const offset = next.get(place) ?? -1n;
      next.set(place, offset + 1n);
      pending.acknowledge(offset);
    }
  }
}

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * 32-bit murmur2 as Kafka's Java client computes it (org.apache.kafka.common.utils.Utils), signed. Any Kafka client with the
 * `murmur2` partitioner then finds a key in the same partition.
 */
export function murmur2(data: Buffer): number {
  const { length } = data;
  let hash = SEED ^ length;
  const tail = length & ~3;
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(data.readInt32LE(at), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const rest = length - tail;
  if (rest === 3) hash ^= (data[tail + 2] as number) << 16;
  if (rest >= 2) hash ^= (data[tail + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (data[tail] as number), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) | 0;
}

/** Partition of a keyed record, as Java's default partitioner chooses it. */
export function partitionOfKey(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}
