import { type Clock, WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { backoffMs, spreadMs } from '@entrepot/service-kit/backoff';
import { isStoreUnavailable } from '@entrepot/store';

const RETRY = { firstMs: 100, longestMs: 5_000 } as const;

/**
 * True for an infrastructure error (Kafka, MongoDB, schema registry): retry for ever, never report it against the
 * record.
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
  /** Called after each failed try. */
  onRetry(error: unknown, delayMs: number): void;
}

/**
 * Retries `work` with growing delay while it fails with infrastructure errors. The record waits; it is never given up.
 * @throws the signal's reason when aborted; any other error of `work` immediately
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
