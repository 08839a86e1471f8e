import { backoffMs } from '@entrepot/service-kit/backoff';
import { type DispatcherPorts, REPORT_RETRY } from './contract.ts';

export interface ReportOptions<T> {
  readonly report: () => Promise<T>;
  readonly signal: AbortSignal;
  readonly schedule: DispatcherPorts['schedule'];
  readonly onFailure: (error: unknown) => void;
}

/** Calls `report`, with growing delay, until it resolves (`done`, with its answer) or `signal` aborts. */
export async function retryReport<T>({
  report,
  signal,
  schedule,
  onFailure,
}: ReportOptions<T>): Promise<{ done: boolean; answer?: T }> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return { done: true, answer: await report() };
    } catch (error) {
      if (signal.aborted) break;
      onFailure(error);
    }
    await waitUnlessAborted(backoffMs(REPORT_RETRY, failures), signal, schedule);
  }
  return { done: false };
}

export function waitUnlessAborted(
  delayMs: number,
  signal: AbortSignal,
  schedule: DispatcherPorts['schedule'],
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = schedule(delayMs, end);
    signal.addEventListener('abort', end);
  });
}
