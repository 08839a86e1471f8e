import type {
  ConsumptionLimits,
  ConsumptionOptions,
  PartitionState,
  TopicPartition,
  Undecodable,
} from '../consumption.ts';
import type { BrokerRecord } from '../record.ts';

export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint;
}

/** Everything the dispatcher does to the outside, injected, so that it runs as pure code over a simulated clock and broker. */
export interface DispatcherPorts {
  /** Calls `run` once after `delayMs`, unless the returned function is called first. */
  schedule(delayMs: number, run: () => void): () => void;
  /** Stops fetching a partition. Fetches under way may still arrive. */
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /**
   * Commits offsets under the group generation that belongs to `epoch`; must reject, and change nothing, when that generation is over.
   * Called for one set of offsets at a time.
   */
  commit(epoch: number, offsets: readonly PartitionOffset[]): Promise<void>;
}

export type DispatcherOptions = Pick<
  ConsumptionOptions,
  'handler' | 'onBug' | 'keyOf' | 'latestWins' | 'onConflated' | 'commitIntervalMs' | 'onCommitted' | 'restingTopics'
> & {
  readonly limits?: Partial<ConsumptionLimits>;
  /** Called for every trouble that the dispatcher handles by itself: a handler that threw, a report or commit that failed and is tried again. */
  readonly onTrouble?: (trouble: DispatcherTrouble) => void;
  /** Called when a batch that cannot be decoded holds a partition, and (null) when the partition is read again. */
  readonly onUndecodable?: (place: TopicPartition, undecodable: Undecodable | null) => void;
};

export interface DispatcherTrouble {
  readonly kind: 'handler-threw' | 'report-failed' | 'conflate-failed' | 'commit-failed' | 'listener-threw';
  readonly record?: BrokerRecord;
  readonly error: unknown;
}

/** A fetched run of records of one partition. */
export interface FetchedBatch extends TopicPartition {
  /** Offset the fetch asked for. */
  readonly fetchedOffset: bigint;
  /** Last offset the batch covers, deleted and control records included. */
  readonly lastOffset: bigint;
  /** What lies behind it and cannot be decoded: the partition is not read on. */
  readonly undecodable: Undecodable | null;
  readonly count: number;
  recordAt(index: number): BrokerRecord;
  /** End of the log when the batch was read. */
  readonly highWatermark: bigint;
}

/**
 * `taken`: read on from `next` (less than the whole batch when its room in the queue is used up; the partition is paused then).
 * `unassigned`, `unpositioned`: not ours (any more), or its start is not known yet; forget the batch. `misplaced`: the fetch began elsewhere
 * than at `expected`; forget the batch and read from there.
 */
export type AcceptResult =
  | { readonly kind: 'taken'; readonly next: bigint }
  | { readonly kind: 'unassigned' }
  | { readonly kind: 'unpositioned' }
  | { readonly kind: 'misplaced'; readonly expected: bigint };

export interface DispatcherState {
  readonly epoch: number;
  readonly running: number;
  readonly waiting: number;
  readonly partitions: readonly PartitionState[];
}

export const DEFAULT_LIMITS: ConsumptionLimits = {
  maxConcurrent: 1024,
  maxConcurrentPerPartition: 128,
  maxQueuedRecords: 20_000,
  maxQueuedBytes: 32 * 1024 * 1024,
  maxFetchBytes: 4 * 1024 * 1024,
  minFetchBytes: 1,
  maxFetchWaitMs: 100,
};

export const DEFAULT_COMMIT_INTERVAL_MS = 200;

/** First and longest wait between two tries to report a bug or a conflated record. */
export const REPORT_RETRY = { firstMs: 100, longestMs: 10_000 } as const;
