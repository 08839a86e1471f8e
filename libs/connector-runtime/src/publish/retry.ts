import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreUnavailable } from '@entrepot/store';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/**
 * True for errors of our own parts (Kafka, MongoDB, schema registry): no fault of the record, over some day, and nothing to tell anybody
 * about the record.
 */
export function isInfrastructureError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'PublishUnavailable' || isStoreUnavailable(error)) return true;
  return 'retriable' in error && error.retriable === true;
}

/** How time passes between tries. */
export interface Pacing {
  /** Waits; rejects with the signal's reason when aborted. */
  pause(delayMs: number, signal: AbortSignal): Promise<void>;
  /** Between 0 and 1: spreads what would otherwise come back all at once. */
  jitter(): number;
}

export interface RetryOptions {
  readonly pacing?: Pacing;
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
  { signal, onRetry, pacing = REAL_PACING }: RetryOptions,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isInfrastructureError(error)) throw error;
      const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** tries) * (0.75 + pacing.jitter() / 2);
      onRetry(error, delayMs);
      await pacing.pause(delayMs, signal);
    }
  }
}

/** A timer of Node that is to wait longer fires at once (its docs of `setTimeout`). */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Waits, at most 24 days: who waits for a yearly poll looks again then. Rejects with the signal's reason when aborted. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await sleep(Math.min(delayMs, LONGEST_TIMER_MS), undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

export const REAL_PACING: Pacing = { pause, jitter: Math.random };
