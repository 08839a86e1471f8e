import type { OwnedChild } from '../processes/child.ts';
import type { Reaper } from '../processes/reaper.ts';

/** What a part needs to start. */
export interface PartContext {
  /** The part keeps its data here between runs. */
  dataDir: string;
  logDir: string;
  port: number;
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
