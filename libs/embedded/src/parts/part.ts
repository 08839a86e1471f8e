import type { OwnedChild } from '../processes/child.ts';
import type { Reaper } from '../processes/reaper.ts';

/** A further listener of the broker; clients that use it are sent to the advertised port. */
export interface KafkaListener {
  port: number;
  /** Where clients of this listener connect to, e.g. a proxy in front of it. */
  advertisedPort: number;
}

/** What a part needs to start. */
export interface PartContext {
  /** The part keeps its data here between runs. */
  dataDir: string;
  logDir: string;
  port: number;
  /** Kafka's further listeners. */
  kafkaListeners: readonly KafkaListener[];
  reaper: Reaper;
  /** Aborted when another part failed: there is nothing left to start for. */
  signal: AbortSignal;
  onProgress: (text: string) => void;
}

/** A running part. */
export interface RunningPart {
  child: OwnedChild;
  /** What clients connect to. */
  address: string;
}
