import { type CallContext, VendorError } from '@entrepot/vendor-kit';

/** Reads that callers who want the same at the same time share: the first makes it, the others wait for what it gives. */
export interface SharedReads<Value> {
  /**
   * @param read made under the call of whoever comes first
   * @throws VendorError what the read threw. What ended only because its maker was stopped (its signal, its lease) concerns nobody else: the
   *   next caller makes the read then.
   */
  read(key: string, call: CallContext, read: (call: CallContext) => Promise<Value>): Promise<Value>;
}

interface UnderWay<Value> {
  readonly maker: AbortSignal;
  readonly value: Promise<Value>;
}

export function createSharedReads<Value>(): SharedReads<Value> {
  const underWay = new Map<string, UnderWay<Value>>();
  return {
    async read(key, call, read) {
      for (;;) {
        const shared = underWay.get(key);
        if (shared === undefined) {
          const value = read(call).finally(() => underWay.delete(key));
          underWay.set(key, { maker: call.signal, value });
          return value;
        }
        try {
          return await waitFor(shared.value, call.signal);
        } catch (error) {
          if (call.signal.aborted || (error instanceof VendorError && !shared.maker.aborted)) throw error;
        }
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

export interface RememberedReadOptions<Value> {
  read(call: CallContext): Promise<Value>;
  /** How long what was read is believed. */
  keptMs(value: Value): number;
  now(): number;
}

/** A read whose value is remembered for a while and, as long as it is under way, shared. */
export function rememberRead<Value>({
  read,
  keptMs,
  now,
}: RememberedReadOptions<Value>): (call: CallContext) => Promise<Value> {
  const shared = createSharedReads<Value>();
  let known: { readonly value: Value; readonly untilMs: number } | null = null;
  const readAnew = async (call: CallContext): Promise<Value> => {
    const value = await read(call);
    known = { value, untilMs: now() + keptMs(value) };
    return value;
  };
  return async (call) => (known !== null && now() < known.untilMs ? known.value : shared.read('', call, readAnew));
}
