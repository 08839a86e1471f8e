import { type DispatcherPorts, REPORT_RETRY_MS } from './contract.ts';

export interface ReportOptions {
  readonly report: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly schedule: DispatcherPorts['schedule'];
  readonly onFailure: (error: unknown) => void;
}

/** Calls `report` until it resolves (true) or `signal` aborts (false), with growing delay. */
export async function retryReport({ report, signal, schedule, onFailure }: ReportOptions): Promise<boolean> {
  for (let delayMs: number = REPORT_RETRY_MS.first; !signal.aborted; delayMs = Math.min(delayMs * 2, REPORT_RETRY_MS.longest)) {
    try {
      await report();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      onFailure(error);
    }
    await waitUnlessAborted(delayMs, signal, schedule);
  }
  return false;
}

function waitUnlessAborted(delayMs: number, signal: AbortSignal, schedule: DispatcherPorts['schedule']): Promise<void> {
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
