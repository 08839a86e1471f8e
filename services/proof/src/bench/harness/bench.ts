import type { BenchServers } from './servers.ts';

/** One figure of one run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The direction in which the figure improves; the comparison with an older run needs it. */
  readonly better: 'more' | 'less';
  /** The product's target, for people. */
  readonly reach?: string;
  /** The same figure of the peer, measured in the same run. */
  readonly peer?: number;
  readonly note?: string;
}

export interface BenchContext {
  readonly servers: BenchServers;
  /** Short runs give an impression, full ones figures to publish. */
  readonly full: boolean;
  note(line: string): void;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly peer: string;
  run(context: BenchContext): Promise<readonly Figure[]>;
}
