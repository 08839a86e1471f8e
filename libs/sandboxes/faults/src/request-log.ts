/** One request as the sandbox saw it; bodies are not kept. */
export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly operation: string | null;
  /** Type of the fault that struck, or null. */
  readonly fault: string | null;
  /** Status answered; null while unanswered or when the connection was cut. */
  readonly status: number | null;
  readonly durationMs: number | null;
}

export interface RequestLog {
  /** Returns the function that records the answer. */
  begin(request: Pick<LoggedRequest, 'method' | 'path' | 'operation' | 'fault'>): (status: number | null) => void;
  list(): readonly LoggedRequest[];
  clear(): void;
}

/** Keeps the last `limit` requests. */
export function createRequestLog(limit = 1000, now: () => number = Date.now): RequestLog {
  let entries: Entry[] = [];
  return {
    begin: (request) => {
      const entry: Entry = { ...request, startedMs: now(), status: null, durationMs: null };
      // Cut back now and then: to do it for each request would copy the whole log each time.
      if (entries.length >= 2 * limit) entries = entries.slice(-limit);
      entries.push(entry);
      return (status) => {
        if (entry.durationMs !== null) return;
        entry.status = status;
        entry.durationMs = now() - entry.startedMs;
      };
    },
    list: () =>
      entries.slice(-limit).map(({ startedMs, ...request }) => ({ ...request, at: new Date(startedMs).toISOString() })),
    clear: () => {
      entries = [];
    },
  };
}

interface Entry extends Omit<LoggedRequest, 'at'> {
  readonly startedMs: number;
  status: number | null;
  durationMs: number | null;
}
