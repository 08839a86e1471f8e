import { type Clock, WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { backoffMs, spreadMs } from '@entrepot/service-kit/backoff';
import { isStoreUnavailable } from '@entrepot/store';

const RETRY = { firstMs: 100, longestMs: 5_000 } as const;

/**
 * True for errors of our own parts (Kafka, MongoDB, schema registry): no fault of the record, over some day, and nothing to tell anybody
 * about the record.
 */
export function isInfrastructureError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'PublishUnavailable' || isStoreUnavailable(error)) return true;
  return 'retriable' in error && error.retriable === true;
}

export interface RetryOptions {
  readonly clock?: Pick<Clock, 'sleep'>;
  /** Between 0 and 1. */
  readonly random?: () => number;
  readonly signal: AbortSignal;
  /** Told of each failed try. */
  onRetry(error: unknown, delayMs: number): void;
}

/**
 * Does `work` until it no longer fails by infrastructure, with growing delay. A record waits here; it is never given up.
 * @throws the signal's reason when aborted; any other error of `work` at once
 */
export async function holdWhileUnavailable<T>(
  work: () => Promise<T>,
  { signal, onRetry, clock = WALL_CLOCK, random = Math.random }: RetryOptions,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isInfrastructureError(error)) throw error;
      const delayMs = spreadMs(backoffMs(RETRY, failures), random());
      onRetry(error, delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
}

/** The partition may be lost while a record waits for its vendor; the next owner reads the hint again. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
