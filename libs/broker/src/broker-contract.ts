import type { TopicDeclaration } from '@entrepot/canonical';
import type { Logger, Metrics } from '@entrepot/service-kit';
import type { Consumption, ConsumptionOptions, TopicPartition, Undecodable, UnfinishedRecords } from './consumption.ts';
import type { Publisher } from './record.ts';

export interface BrokerOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The largest record, see `BROKER_CONFIG`; topics are made to take it. Default 4 MiB. */
  readonly maxRecordBytes?: number;
  readonly ssl?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

export interface PublisherOptions {
  /** How long `send` keeps trying before it rejects with `PublishUnavailable`. Default 120 000. */
  readonly deadlineMs?: number;
  /** For who writes lanes: takes the headers of a lane beside a record of the largest size. */
  readonly writesLanes?: boolean;
  /** Most records in one request. Default 1 000. */
  readonly maxBatchRecords?: number;
}

export interface BrokerHealth {
  readonly ok: boolean;
  readonly detail?: string;
}

/** A partition that is not read on: the batch at `offset` cannot be decoded. Its neighbours go on. */
export interface HeldPartition extends TopicPartition, Undecodable {
  readonly groupId: string;
}

export interface Broker {
  /**
   * Makes topics as declared; may be called any number of times, by several processes at the same time. Missing ones are created (replication
   * factor = min(3, brokers)), differing configuration is set; each takes the largest record (`max.message.bytes`, which is only ever raised). The partition count of an existing topic is left alone: fewer than
   * declared is an error, because keys hash onto partitions; more is a lane topic that grew.
   */
  ensureTopics(declarations: readonly TopicDeclaration[]): Promise<void>;
  /** Grows a topic to at least `count` partitions (lane topics only: their records carry their partition). Never shrinks. */
  ensurePartitions(topic: string, count: number): Promise<void>;
  /**
   * Deletes what lies below an offset, of many partitions in one call (delivered lane records). An offset below the start of the log does nothing.
   * @param below partition → first offset that is kept
   * @throws Error naming the partitions that do not exist, when those of the others are deleted; what kafkajs throws when Kafka refuses some
   */
  deleteRecordsBelow(topic: string, below: ReadonlyMap<number, bigint>): Promise<void>;
  /** First unfinished offset of each partition as a group last committed it; partitions it never committed are left out. */
  committedOffsets(groupId: string, topic: string): Promise<ReadonlyMap<number, bigint>>;
  /**
   * What a group has not finished of records written before a time, with up to `most` records of each partition; the group may run or not,
   * and keeps its position. Records are read only where offsets say that there are some, which takes seconds then.
   */
  readUnfinished(
    groupId: string,
    topic: string,
    options: { readonly beforeMs: number; readonly most: number },
  ): Promise<UnfinishedRecords>;
  /** End of each partition's log: the offset the next record will get. Empty when there is no such topic. */
  endOffsets(topic: string): Promise<ReadonlyMap<number, bigint>>;
  /** A new idempotent, batching publisher with its own connection; one per process is usual. */
  publisher(options?: PublisherOptions): Promise<Publisher>;
  /** Starts consuming. Never dies for good: a crashed consumer is made anew with growing delay. */
  consume(options: ConsumptionOptions): Consumption;
  /** Kafka answers and no consumption is crashed or silent; causes, and held partitions, are in the detail. Readiness, cheap. */
  health(): BrokerHealth;
  /** Partitions that a person must know of. Each is read again every few seconds; no record is skipped. */
  heldPartitions(): HeldPartition[];
  /** Stops consumptions and publishers, then disconnects. */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}
