/** One Kafka record as handlers see it. */
export interface BrokerRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  readonly value: Buffer | null;
  /** Header values as UTF-8 strings; of repeated headers the last. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Broker timestamp, milliseconds UTC. */
  readonly timestampMs: number;
}

export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Fixed partition (lanes); otherwise murmur2 over the key. */
  readonly partition?: number;
}

export interface RecordCoordinates {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * Handles one record. Resolving finishes it (its offset may then be committed, once all before it are finished). A handler that must
 * hold simply waits; the dispatcher pauses the partition when its queues are full. `signal` aborts when the partition is lost or the
 * consumer stops: the handler rejects, the record stays unfinished and is read again by the next owner.
 */
export type RecordHandler = (record: BrokerRecord, signal: AbortSignal) => Promise<void>;

/** Sends records. `send` resolves when Kafka has acknowledged the record (acks=all), with its coordinates. */
export interface Publisher {
  send(topic: string, record: OutgoingRecord): Promise<RecordCoordinates>;
  /** Waits for all that was sent, then disconnects. */
  close(): Promise<void>;
}
