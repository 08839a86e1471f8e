/** V8's counts for one script since the recording began. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
  }[];
}

/** A process whose calls are counted. */
export interface Recording {
  /** The calls since the start, or since the last `take`; counting restarts at zero. */
  take(): Promise<readonly ScriptCoverage[]>;
  end(): void;
}

/**
 * Counts from now on which functions a process calls: over the inspector, so that its start and earlier work do not count.
 * @param port that of its `--inspect`
 */
export async function recordCalls(port: number): Promise<Recording> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  const answers = new Map<number, (result: unknown) => void>();
  let sent = 0;
  const { promise: ended, reject: breakOff } = Promise.withResolvers<never>();
  ended.catch(() => {});
  socket.addEventListener('close', () => breakOff(new Error(`the process behind port ${port} ended`)));
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) answers.get(id)?.(result);
  });
  const opened = new Promise((resolve) => socket.addEventListener('open', resolve));
  const call = (method: string, params: object = {}): Promise<unknown> => {
    sent += 1;
    const id = sent;
    const answer = new Promise<unknown>((resolve) => answers.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    return Promise.race([answer, ended]);
  };
  await Promise.race([opened, ended]);
  await call('Profiler.enable');
  await call('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  return {
    take: async () => ((await call('Profiler.takePreciseCoverage')) as { result: readonly ScriptCoverage[] }).result,
    end: () => socket.close(),
  };
}
