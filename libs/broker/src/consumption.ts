import type { BrokerRecord, RecordHandler } from './record.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Offsets of one partition, `to` not among them. */
export interface RecordRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** What a consumer group has not finished. */
export interface UnfinishedRecords {
  /**
   * From the first unfinished record of each partition on; those that are done are left out. The first of each is unfinished for
   * certain. While the group runs, later ones may be finished already: Kafka knows one position a partition. When nobody runs, all are read again.
   */
  readonly ranges: readonly RecordRange[];
  /** In the order of their partitions; fewer than the ranges hold where those hold more than was asked for. */
  readonly records: readonly BrokerRecord[];
  /** Somebody is a member of the group; false also when nothing is unfinished. */
  readonly running: boolean;
}

/** Limits of a consumption: what it holds, what runs concurrently. Everything has a default; see `DEFAULT_LIMITS`. */
export interface ConsumptionLimits {
  /** Handlers that run concurrently, over all partitions. */
  readonly maxConcurrent: number;
  /** Handlers that run concurrently for one partition, so that a slow lane cannot take every place. */
  readonly maxConcurrentPerPartition: number;
  /** Records waiting or running, over all partitions: half of it in equal parts, half to the partitions that have work. */
  readonly maxQueuedRecords: number;
  /** Bytes of the same, dealt alike. */
  readonly maxQueuedBytes: number;
  /**
   * Maximum bytes of one fetch, of a partition a quarter at most; a single larger batch comes whole. All of a fetch is decoded and held
   * together, and records without room in the queue are fetched again: of small records, no more should come than the queue takes.
   */
  readonly maxFetchBytes: number;
  /**
   * A fetch that finds less waits for more. 1: takes what is there immediately. More makes groups of records that come one by one, for a
   * handler that pays by the group, and costs each up to the wait.
   */
  readonly minFetchBytes: number;
  /** The longest wait. Members notice between fetches that one of them is gone, and a partition that was full is asked for again. */
  readonly maxFetchWaitMs: number;
}

export interface ConsumptionOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Resolves = finished. See `RecordHandler`; `signal` aborts when the partition is lost or the consumption stops. */
  readonly handler: RecordHandler;
  /**
   * Called when a handler threw without its signal being aborted, that is, for a bug or an unforeseen record. It must report the
   * record durably; when it resolves the record counts as finished. While it rejects it is called again with growing delay. Resolving with
   * `retry` has the handler itself called again, with growing delay, and the record's key and offset wait meanwhile.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most report and say nothing; they need not write `return undefined`
  readonly onBug: (record: BrokerRecord, error: unknown) => Promise<void | 'retry'>;
  /**
   * What must run one after the other. Keys are compared over all topics and partitions of the consumption (so include the connection).
   * Default: the record's key within its partition; records without a key are independent of each other.
   */
  readonly keyOf?: (record: BrokerRecord) => string;
  /**
   * Identity of the record whose newest version alone matters, or null when every version must be handled. While several versions of one
   * identity wait in one key's queue only the newest is kept; the others go to `onConflated`.
   */
  readonly latestWins?: (record: BrokerRecord) => string | null;
  /**
   * Accounts for a record dropped in favour of a newer one; when it resolves the dropped record is finished. Retried while it rejects.
   * `signal` as for the handler: once it aborts, others account for the record.
   */
  readonly onConflated?: (record: BrokerRecord, by: BrokerRecord, signal: AbortSignal) => Promise<void>;
  readonly limits?: Partial<ConsumptionLimits>;
  /**
   * Idle partitions of these topics are not fetched; their end offset is polled every second. For
   * many partitions that seldom have records, and whose records can wait two seconds.
   */
  readonly restingTopics?: readonly string[];
  /**
   * Consumers that share the topics' partitions in this process, each with these limits and its own connection. Default 1. One consumer
   * serves about 32 lane partitions well. Keys are kept apart over all of them.
   */
  readonly members?: number;
  /** How often finished offsets are committed. Default 200. */
  readonly commitIntervalMs?: number;
  /** Called after each (re)assignment, before any record of it is handled; `lost` = assigned before, not any more. */
  readonly onAssigned?: (assigned: readonly TopicPartition[], lost: readonly TopicPartition[]) => void;
  /** Called when partitions are lost (rebalance, crash, stop). Their signals are aborted by then. */
  readonly onRevoked?: (lost: readonly TopicPartition[]) => void;
  /** Called after an acknowledged commit: everything below `offset` is finished. Lanes delete what lies below. */
  readonly onCommitted?: (topic: string, partition: number, offset: bigint) => void;
}

/** A batch that cannot be decoded: its compression is not known, it is broken, or it is too large when unpacked. */
export interface Undecodable {
  /** First offset of the batch. */
  readonly offset: bigint;
  /** For people; nothing of the records is in it. */
  readonly cause: string;
}

export interface PartitionState extends TopicPartition {
  /** Paused by `pause`. */
  readonly held: boolean;
  /** Fetching stopped because its room in the queue is used up. */
  readonly full: boolean;
  /** Left out of the fetches because nothing has come for a while (`restingTopics`). */
  readonly resting: boolean;
  /** What it cannot be read past, while its neighbours go on; looked at again every few seconds. */
  readonly undecodable: Undecodable | null;
  readonly waiting: number;
  readonly running: number;
  readonly bytes: number;
  /** First unfinished offset (what a commit would say); null until the start position is known. */
  readonly committable: bigint | null;
  /** Records of the partition not finished yet, by the last known end of the log; null until known. */
  readonly lag: bigint | null;
}

export interface ConsumptionState {
  readonly groupId: string;
  readonly status: 'joining' | 'consuming' | 'rebalancing' | 'crashed' | 'stopped';
  readonly epoch: number;
  readonly partitions: readonly PartitionState[];
  readonly running: number;
  readonly waiting: number;
  /** Milliseconds since the group coordinator last answered us (join or heartbeat); null before the first. */
  readonly sinceHeartbeatMs: number | null;
  readonly sinceFetchMs: number | null;
  readonly crashes: number;
  /** Why the consumer stopped that is being made anew; null when it has joined since. */
  readonly crashCause: string | null;
}

export interface Consumption {
  readonly groupId: string;
  /** Resolves when first joined with start positions known. Never rejects: connecting is retried for ever. */
  readonly ready: Promise<void>;
  /** Stops fetching a partition and starting its waiting records; handlers already running go on. Survives rebalances. */
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  state(): ConsumptionState;
  /**
   * Starts nothing new, waits for running handlers until the deadline (default 10 s), then aborts their signals, commits what is finished and leaves the
   * group. What still waits is read again by the next owner.
   */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}
