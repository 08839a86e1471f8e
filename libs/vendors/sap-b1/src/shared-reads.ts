import { type CallContext, VendorError } from '@entrepot/vendor-kit';

/**
 * Shares concurrent reads of the same key: the first caller makes the read, the others wait for its result. A failure
 * is not shared: each caller then reads alone, so that it has its own evidence, and one lost answer counts as one
 * failure for the circuit breaker.
 */
export interface SharedReads<Value> {
  /**
   * @param read made under the first caller's call
   * @throws VendorError what the caller's own read threw
   */
  read(key: string, call: CallContext, read: (call: CallContext) => Promise<Value>): Promise<Value>;
}

export function createSharedReads<Value>(): SharedReads<Value> {
  const underWay = new Map<string, Promise<Value>>();
  return {
    async read(key, call, read) {
      const shared = underWay.get(key);
      if (shared === undefined) {
        const value = read(call).finally(() => underWay.delete(key));
        underWay.set(key, value);
        return value;
      }
      try {
        return await waitFor(shared, call.signal);
      } catch (error) {
        if (call.signal.aborted) throw error;
        return read(call);
      }
    },
  };
}

/** @throws VendorError `unavailable` when the signal aborts first, else what the promise throws */
async function waitFor<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const stopped = () =>
    new VendorError('unavailable', 'Stopped before SAP answered another caller', { code: 'aborted' });
  if (signal.aborted) throw stopped();
  const abort = Promise.withResolvers<never>();
  const onAbort = (): void => abort.reject(stopped());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, abort.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
