import type { Masker } from '@entrepot/service-kit/masking';
import { type Dispatcher, Pool } from 'undici';
import { validateBaseUrl } from '../address/base-url.ts';
import { createGuardedLookup } from '../address/lookup.ts';
import type { CallContext } from '../call.ts';
import { describeEvidence, learnFromHeaders } from '../masking.ts';
import type { VendorError } from '../vendor-error.ts';
import {
  type Answer,
  describeFailure,
  describeForeign,
  type Failure,
  type HttpResponse,
  type JsonQuestion,
} from './failures.ts';

export interface HttpClientOptions {
  /** For messages, e.g. `Shopify`. */
  readonly name: string;
  /** Scheme, host, port and a path before every request's own. Checked by `validateBaseUrl`. */
  readonly baseUrl: string;
  /** What the base URL may resolve to besides public addresses: the connection's setting. Default: nothing. */
  readonly allowedAddresses?: readonly string[];
  /**
   * Certificate authority of this connection (PEM), instead of the system's: for ERPs with certificates of their own.
   */
  readonly ca?: string;
  /** Longest wait for a socket, and again from sending to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A larger answer is given up with `unexpected`. */
  readonly maxResponseBytes: number;
  /** Maximum of open sockets; further requests queue. Default 32. */
  readonly maxConnections?: number;
  /** Knows the connection's secrets; learns the credentials of each request. */
  readonly masker: Masker;
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Begins with `/`; appended to the base URL's path. May carry a query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | null;
  /** Instead of the client's. */
  readonly timeoutMs?: number;
  readonly call: CallContext;
  /** What is being done, for error messages, e.g. "creating order shop/1001". */
  readonly describe?: string;
  /** True for a POST that only reads (GraphQL query): no answer is no doubt then. Default: GET and HEAD only. */
  readonly readOnly?: boolean;
}

export interface HttpClient {
  /**
   * Sends one request, once: follows no redirect, retries nothing, and returns every status as an answer (the vendor
   * lib judges it).
   *
   * `call.beforeSend(timeoutMs)` runs synchronously with a connected socket in hand, immediately before undici writes
   * the request's first byte to it. An error it throws is passed on, and nothing has been sent. After that the kernel
   * decides: bytes may wait in the socket's send buffer.
   *
   * @throws VendorError `unavailable` (refused, reset, TLS, forbidden address, aborted), `timeout`, `unexpected`
   *   (answer over the cap). `answerUnknown` is true when the request may have reached the vendor and is not a read.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * The object of an answer that must be JSON.
   * @throws VendorError `unavailable`, code `not-json`, in words, when it is anything else
   */
  readJson<T extends object>(answer: Answer, question: JsonQuestion): T;
  /** {@link readJson}'s error, for an answer that is known to be none of the vendor's. */
  describeForeign(answer: Answer, question: JsonQuestion): VendorError;
  readonly masker: Masker;
  /** Closes idle sockets immediately, and the others when their answers have arrived. */
  close(): Promise<void>;
}

/**
 * How long an idle socket waits for the next request. A server's announced idle timeout is used, less a margin: a write
 * to a socket that is being closed is in doubt. Firewalls drop idle sockets silently, so none waits longer than a
 * minute. A server that announces nothing may close at any time.
 */
const IDLE_SOCKETS = { keepAliveTimeout: 4_000, keepAliveTimeoutThreshold: 2_000, keepAliveMaxTimeout: 60_000 };

/** One client per connection: its own sockets, certificates and limits. @throws InvalidBaseUrl */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const allowed = options.allowedAddresses ?? [];
  const base = validateBaseUrl(options.baseUrl, allowed);
  const pool = new Pool(base.origin, {
    connections: options.maxConnections ?? 32,
    pipelining: 1,
    allowH2: false,
    ...IDLE_SOCKETS,
    // Our own deadline below covers waiting, sending and the whole answer; undici's timers would only cover parts, coarsely.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      lookup: createGuardedLookup(allowed),
      timeout: options.timeoutMs,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    },
  });

  return {
    request: (request) => {
      if (!request.path.startsWith('/')) throw new TypeError(`path must begin with "/", got "${request.path}"`);
      return send(pool, base, options, request);
    },
    readJson: <T extends object>(answer: Answer, question: JsonQuestion) =>
      readJson<T>(options.name, options.masker, answer, question),
    describeForeign: (answer, question) => describeForeign(options.name, options.masker, answer, question),
    masker: options.masker,
    close: () => pool.close(),
  };
}

async function send(pool: Pool, base: URL, options: HttpClientOptions, request: HttpRequest): Promise<HttpResponse> {
  const path = base.pathname === '/' ? request.path : base.pathname + request.path;
  learnFromHeaders(options.masker, request.headers ?? {});
  const startedAtMs = Date.now();
  const startedAt = performance.now();
  const record = (status: number | null, text: string | null): void => {
    request.call.record(
      describeEvidence(
        {
          method: request.method,
          url: base.origin + path,
          status,
          requestBody: request.body ?? null,
          responseBody: text,
          startedAtMicros: startedAtMs * 1000,
          durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
        },
        options.masker,
      ),
    );
  };
  const { timeoutMs = options.timeoutMs } = request;
  const leave = await admit(request);
  const result = await exchange(pool, path, request, {
    timeoutMs,
    maxResponseBytes: options.maxResponseBytes,
  }).finally(leave);
  if (result.outcome === 'answered') {
    record(result.status, result.text);
    return { status: result.status, headers: result.headers, text: result.text };
  }
  if (result.sent) record(result.status, null);
  if (result.outcome === 'refused-by-caller') throw result.error;
  throw describeFailure(result, {
    vendor: options.name,
    action: request.describe ?? `${request.method} ${request.path.split('?')[0]}`,
    readOnly: request.readOnly ?? (request.method === 'GET' || request.method === 'HEAD'),
    timeoutMs,
    maxResponseBytes: options.maxResponseBytes,
  });
}

/** Waits for the connection's budget, which no timeout of a request bounds. */
async function admit({ call }: HttpRequest): Promise<() => void> {
  try {
    return await call.admit();
  } catch (error) {
    if (!call.signal.aborted) throw error;
    // The exchange ends as aborted before anything is sent.
    return () => {};
  }
}

interface Limits {
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

type ExchangeResult =
  | { outcome: 'answered'; status: number; headers: HttpResponse['headers']; text: string }
  | { outcome: 'refused-by-caller'; sent: false; status: null; error: unknown }
  | (Failure & { readonly status: number | null });

/**
 * One HTTP exchange on a pool. Uses `dispatch`, the call below `undici.request`, because only its `onRequestStart` says when a socket
 * is in hand and nothing has been written yet: what `beforeSend` throws there keeps the request from being sent. The deadline runs
 * twice: while waiting for a socket, and anew from the moment of sending to the last byte. Never rejects.
 */
function exchange(pool: Pool, path: string, request: HttpRequest, limits: Limits): Promise<ExchangeResult> {
  const { signal } = request.call;
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | null = null;
    let sent = false;
    let ended = false;
    let status: number | null = null;
    let headers: HttpResponse['headers'] = {};
    let sizeBytes = 0;
    const chunks: Buffer[] = [];

    const end = (result: ExchangeResult): void => {
      if (ended) return;
      ended = true;
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const giveUp = (outcome: 'timeout' | 'aborted' | 'too-large', error: Error): void => {
      end({ outcome, sent, status, error });
      controller?.abort(error);
    };
    const onAbort = (): void => giveUp('aborted', new Error('aborted by the caller'));
    const deadline = setTimeout(
      () => giveUp('timeout', new Error(sent ? 'no complete answer in time' : 'no socket in time')),
      limits.timeoutMs,
    );
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (given) => {
        controller = given;
        // Given up while queued: the throw makes undici drop the request unsent.
        if (ended) throw new Error('no longer wanted');
        try {
          request.call.beforeSend(limits.timeoutMs);
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
        if (sizeBytes > limits.maxResponseBytes) return giveUp('too-large', new Error('answer over the limit'));
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        const encoding = headers['content-encoding'];
        if (encoding !== undefined && encoding !== 'identity') {
          // Never requested: this client sends no accept-encoding, so that the cap on an answer's size is a cap on
          // memory.
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
      const { method, body = null, headers: sentHeaders = {} } = request;
      pool.dispatch({ path, method, body, headers: sentHeaders }, handler);
    } catch (error) {
      end({ outcome: 'failed', sent, status, error });
    }
  });
}

const JSON_TYPE = /^\s*(?:application|text)\/(?:[\w.-]+\+)?json\b/i;

/**
 * The object of a JSON answer.
 * @throws VendorError `unavailable`, code `not-json`: another system answered, or the answer is incomplete. That is no
 *   verdict on the record, and it is transient
 */
export function readJson<T extends object>(vendor: string, masker: Masker, answer: Answer, question: JsonQuestion): T {
  const given = answer.headers?.['content-type'];
  const contentType = Array.isArray(given) ? given[0] : given;
  // A content type that declares a page decides, even where the text could be parsed.
  if (contentType === undefined || JSON_TYPE.test(contentType)) {
    try {
      const value: unknown = JSON.parse(answer.text.replace(/^\uFEFF/, ''));
      if (typeof value === 'object' && value !== null) return value as T;
    } catch {
      // Thrown below; the parser's own message would quote the text unmasked.
    }
  }
  throw describeForeign(vendor, masker, answer, question);
}
