import type { Exchange } from '@entrepot/canonical';

/** What accompanies every call to a vendor on behalf of one attempt. */
export interface CallContext {
  /** Aborts on shutdown or when the lane is lost. */
  readonly signal: AbortSignal;
  /**
   * Called by the HTTP client with a socket in hand, right before each request is written.
   * @throws when the writer may no longer send (its lease would not outlive `timeoutMs`); nothing has been sent then
   */
  beforeSend(timeoutMs: number): void;
  /** Receives each exchange as evidence for the operator; what is read of it is masked and cut. */
  record(exchange: Exchange): void;
}

/** A call context for reads outside an attempt: no lease, exchanges dropped. */
export function detachedCall(signal: AbortSignal): CallContext {
  return { signal, beforeSend: () => {}, record: () => {} };
}
