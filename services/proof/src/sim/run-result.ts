export interface RunResult {
  readonly seed: number;
  /** Empty = every promise was kept. */
  readonly faults: readonly string[];
  readonly kills: number;
  readonly stops: number;
  readonly deliveries: number;
  readonly writes: number;
  /** On the run's own clock. */
  readonly seconds: number;
}

/** Whether a fault contains one of these words. */
export function isFaultOf(fault: string, words: readonly string[]): boolean {
  return words.some((word) => fault.includes(word));
}

/** Whether one of a run's faults contains one of these words. */
export function hasFault({ faults }: RunResult, words: readonly string[]): boolean {
  return faults.some((fault) => isFaultOf(fault, words));
}
