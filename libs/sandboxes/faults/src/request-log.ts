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
  /** Gives the function that notes the answer. */
  begin(request: Pick<LoggedRequest, 'method' | 'path' | 'operation' | 'fault'>): (status: number | null) => void;
  list(): readonly LoggedRequest[];
  clear(): void;
}

/** Keeps the last `limit` requests. */
export function createRequestLog(limit = 1000, now: () => number = Date.now): RequestLog {
  let requests: LoggedRequest[] = [];
  return {
    begin: (request) => {
      const startedMs = now();
      const entry = {
        ...request,
        at: new Date(startedMs).toISOString(),
        status: null as number | null,
        durationMs: null as number | null,
      };
      requests.push(entry);
      if (requests.length > limit) requests = requests.slice(-limit);
      return (status) => {
        if (entry.durationMs !== null) return;
        entry.status = status;
        entry.durationMs = now() - startedMs;
      };
    },
    list: () => requests,
    clear: () => {
      requests = [];
    },
  };
}
