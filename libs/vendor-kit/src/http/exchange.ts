import type { Dispatcher, Pool } from 'undici';

export interface ExchangeRequest {
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
  beforeSend(timeoutMs: number): void;
}

export type ExchangeResult =
  | { outcome: 'answered'; status: number; headers: Record<string, string | string[] | undefined>; text: string }
  | { outcome: 'refused-by-caller'; sent: false; status: null; error: unknown }
  | { outcome: 'timeout' | 'aborted' | 'too-large' | 'failed'; sent: boolean; status: number | null; error: unknown };

/**
 * One HTTP exchange on a pool. Uses `dispatch`, the call below `undici.request`, because only its `onRequestStart` says when a socket
 * is in hand and nothing has been written yet: what `beforeSend` throws there keeps the request from being sent. The deadline runs
 * twice: while waiting for a socket, and anew from the moment of sending to the last byte. Never rejects.
 */
export function exchange(pool: Pool, request: ExchangeRequest): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | null = null;
    let sent = false;
    let ended = false;
    let status: number | null = null;
    let headers: Record<string, string | string[] | undefined> = {};
    let sizeBytes = 0;
    const chunks: Buffer[] = [];

    const end = (result: ExchangeResult): void => {
      if (ended) return;
      ended = true;
      clearTimeout(deadline);
      request.signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const giveUp = (outcome: 'timeout' | 'aborted' | 'too-large', error: Error): void => {
      end({ outcome, sent, status, error });
      controller?.abort(error);
    };
    const onAbort = (): void => giveUp('aborted', new Error('aborted by the caller'));
    const deadline = setTimeout(
      () => giveUp('timeout', new Error(sent ? 'no complete answer in time' : 'no socket in time')),
      request.timeoutMs,
    );
    if (request.signal.aborted) return onAbort();
    request.signal.addEventListener('abort', onAbort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (given) => {
        controller = given;
        // Given up while queued: the throw makes undici drop the request unsent.
        if (ended) throw new Error('no longer wanted');
        try {
          request.beforeSend(request.timeoutMs);
        } catch (error) {
          end({ outcome: 'refused-by-caller', sent: false, status: null, error });
          throw error;
        }
        sent = true;
        deadline.refresh();
      },
      onResponseStart: (_controller, statusCode, answered) => {
        status = statusCode;
        headers = answered;
      },
      onResponseData: (_controller, chunk) => {
        sizeBytes += chunk.length;
        if (sizeBytes > request.maxResponseBytes) return giveUp('too-large', new Error('answer over the limit'));
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        const encoding = headers['content-encoding'];
        if (encoding !== undefined && encoding !== 'identity') {
          // Never asked for: this client sends no accept-encoding, so that the cap on an answer's size is a cap on memory.
          return end({
            outcome: 'failed',
            sent,
            status,
            error: new Error(`answered in content-encoding ${String(encoding)}, which was not asked for`),
          });
        }
        const text = chunks.length === 1 ? (chunks[0] as Buffer).toString() : Buffer.concat(chunks).toString();
        end({ outcome: 'answered', status: status ?? 0, headers, text });
      },
      onResponseError: (_controller, error) => end({ outcome: 'failed', sent, status, error }),
    };
    try {
      const { path, method, body } = request;
      pool.dispatch({ path, method, body, headers: request.headers }, handler);
    } catch (error) {
      end({ outcome: 'failed', sent, status, error });
    }
  });
}
