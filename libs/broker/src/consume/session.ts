import type { Logger } from '@entrepot/service-kit';
import type { Batch, Consumer, EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import type { ConsumptionLimits, TopicPartition } from '../consumption.ts';
import '../decode/fetch-response.ts';
import type { UndecodableMark } from '../decode/record-batches.ts';
import type { AcceptResult, FetchedBatch, PartitionOffset } from '../dispatcher/index.ts';
import { messageOf } from '../kafkajs/errors.ts';
import type { BrokerRecord } from '../record.ts';
import { assignByNumber } from './assign-by-number.ts';

/** Broker's default minimum (group.min.session.timeout.ms): a killed member's partitions are silent that long. */
export const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
/** Members notice a rebalance at their next heartbeat; the rest is slack for a busy process. */
export const REBALANCE_TIMEOUT_MS = 10_000;
/** How soon an added partition (a new lane) is noticed. */
const METADATA_MAX_AGE_MS = 5_000;
/** Between two looks at a partition whose batch could not be taken yet. */
const REFUSED_DELAY_MS = 20;

/** Events of a consumer. kafkajs calls these synchronously: they must return immediately and not throw. */
export interface SessionListener {
  onJoined(assigned: readonly TopicPartition[]): void;
  onRebalancing(): void;
  /** The coordinator has not answered for a session timeout: it may have given our partitions away. */
  onSilent(): void;
  /** The coordinator still knows us. */
  onHeartbeat(): void;
  onBatch(batch: FetchedBatch): AcceptResult;
  onEmptyBatch(topic: string, partition: number, firstOffset: bigint, lastOffset: bigint): void;
}

export interface SessionOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly log: Logger;
  readonly listener: SessionListener;
  /** A paused or idle consumer looks again after the wait; so long a resumed partition may wait, too. DECISIONS.md, "Queue room follows the work". */
  readonly limits: Pick<ConsumptionLimits, 'minFetchBytes' | 'maxFetchBytes' | 'maxFetchWaitMs'>;
  /** Numbers of the partitions held now, whatever session they are from: a member that joins again keeps them if it can. */
  readonly owned: () => readonly number[];
}

/**
 * One life of a kafkajs consumer, from connecting to its crash. It only carries batches: nothing a handler does can reach kafkajs, which
 * ends for good on a TypeError. A crash ends the session; making a new one is the consumption's part.
 */
export class ConsumerSession {
  /** Resolves with the reason when kafkajs gave up. Never rejects. */
  readonly crashed: Promise<unknown>;
  private giveUp: (reason: unknown) => void = () => undefined;
  heartbeatAtMs: number | null = null;
  fetchAtMs: number | null = null;
  private readonly options: SessionOptions;
  private readonly consumer: Consumer;
  private payload: EachBatchPayload | null = null;
  private joined = false;
  private heartbeats: NodeJS.Timeout | null = null;

  constructor(options: SessionOptions) {
    this.options = options;
    const { minFetchBytes, maxFetchBytes, maxFetchWaitMs } = options.limits;
    this.consumer = options.kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: maxFetchWaitMs,
      minBytes: minFetchBytes,
      maxBytes: maxFetchBytes,
      maxBytesPerPartition: Math.ceil(maxFetchBytes / 4),
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      partitionAssigners: [assignByNumber(options.owned)],
      // Every crash ends the session: one way to come back, ours, instead of two.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
    this.crashed = new Promise((resolve) => {
      this.giveUp = resolve;
    });
    this.listen();
  }

  /** Joins the group. Rejects when Kafka cannot be reached or a topic is missing; the session is of no use then. */
  async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [...this.options.topics], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => this.takeBatch(payload),
    });
    // The fetch loop sends heartbeats itself, unless a slow broker keeps it waiting.
    this.heartbeats = setInterval(() => this.heartbeatIfLate(), HEARTBEAT_INTERVAL_MS).unref();
  }

  pause(topic: string, partition: number): void {
    this.whileJoined(() => this.consumer.pause([{ topic, partitions: [partition] }]));
  }

  resume(topic: string, partition: number): void {
    this.whileJoined(() => this.consumer.resume([{ topic, partitions: [partition] }]));
  }

  seek({ topic, partition, offset }: PartitionOffset): void {
    this.whileJoined(() => this.consumer.seek({ topic, partition, offset: offset.toString() }));
  }

  /** Commits under the generation the consumer has at this moment; rejects when the group has moved on. */
  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (!this.joined) throw new Error('not a member of the group');
    if (this.payload === null) {
      await this.consumer.commitOffsets(
        offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset.toString() })),
      );
      return;
    }
    // Not consumer.commitOffsets: that one repeats a refused commit, by then perhaps under the next generation, which may not own the partition.
    const topics = [...new Set(offsets.map(({ topic }) => topic))];
    await this.payload.commitOffsetsIfNecessary({
      topics: topics.map((topic) => ({
        topic,
        partitions: offsets
          .filter((offset) => offset.topic === topic)
          .map(({ partition, offset }) => ({ partition, offset: offset.toString() })),
      })),
    });
  }

  /** Ends the session as a crash does. */
  abandon(reason: unknown): void {
    this.end();
    this.giveUp(reason);
  }

  /** Leaves the group and disconnects. Never rejects. */
  async stop(): Promise<void> {
    this.end();
    await this.consumer
      .disconnect()
      .catch((error: unknown) => this.options.log.debug({ err: error }, 'disconnecting a consumer failed'));
  }

  private listen(): void {
    const { consumer, options } = this;
    const { listener } = options;
    const { events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.joined = true;
      this.heartbeatAtMs = performance.now();
      const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      this.tell(() => listener.onJoined(assigned));
    });
    consumer.on(events.REBALANCING, () => this.tell(() => listener.onRebalancing()));
    consumer.on(events.HEARTBEAT, () => {
      this.heartbeatAtMs = performance.now();
      this.tell(() => listener.onHeartbeat());
    });
    consumer.on(events.FETCH, () => {
      this.fetchAtMs = performance.now();
    });
    consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0) return;
      const last = BigInt(payload.lastOffset);
      this.tell(() =>
        listener.onEmptyBatch(payload.topic, payload.partition, BigInt(payload.firstOffset ?? last), last),
      );
    });
    consumer.on(events.CRASH, ({ payload }) => {
      this.abandon(payload.error);
    });
  }

  /** kafkajs calls its listeners from the middle of its work: an error of ours would end the join or fetch that it announces. */
  private tell(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.options.log.error({ err: error }, `a consumer event was not taken: ${messageOf(error)}`);
    }
  }

  /** kafkajs throws here while it crashes; the next join says all of it anew. */
  private whileJoined(act: () => void): void {
    if (!this.joined) return;
    try {
      act();
    } catch (error) {
      this.options.log.debug({ err: error }, 'the consumer is gone');
    }
  }

  private end(): void {
    this.joined = false;
    if (this.heartbeats !== null) clearInterval(this.heartbeats);
  }

  private async takeBatch(payload: EachBatchPayload): Promise<void> {
    this.payload = payload;
    if (payload.isStale() || !payload.isRunning()) return;
    const batch = readBatch(payload.batch);
    let result: AcceptResult;
    try {
      result = this.options.listener.onBatch(batch);
    } catch (error) {
      // Must not reach kafkajs; the batch is fetched again.
      this.options.log.error(
        { err: error, topic: batch.topic, partition: batch.partition },
        `a batch could not be taken: ${messageOf(error)}`,
      );
      result = { kind: 'unassigned' };
    }
    if (result.kind === 'taken') {
      if (result.next > batch.fetchedOffset) payload.resolveOffset((result.next - 1n).toString());
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, REFUSED_DELAY_MS));
  }

  private heartbeatIfLate(): void {
    if (!this.joined || this.heartbeatAtMs === null) return;
    const sinceMs = performance.now() - this.heartbeatAtMs;
    // Also after the process itself was stopped for a while: the clock went on.
    if (sinceMs > SESSION_TIMEOUT_MS) this.tell(() => this.options.listener.onSilent());
    // A refusal (rebalance, unknown member) is seen and acted upon by the fetch loop's own heartbeat.
    if (sinceMs > 1.5 * HEARTBEAT_INTERVAL_MS) this.payload?.heartbeat().catch(() => undefined);
  }
}

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
