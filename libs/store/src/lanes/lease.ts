/** A lease as its holder sees it: its end is counted on the monotonic clock from before the call was sent, so never too late. */
export interface Lease {
  readonly owner: string;
  /** When it ends, milliseconds from now; negative when it has ended. */
  remainingMs(): number;
  /** True when the lease still runs after `timeoutMs`: a request with that timeout may be sent. */
  outlives(timeoutMs: number): boolean;
}
