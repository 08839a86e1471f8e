import { isSecretName, type Masker } from '@entrepot/service-kit/masking';
import { Pool } from 'undici';
import { validateBaseUrl } from '../address/base-url.ts';
import { createGuardedLookup } from '../address/lookup.ts';
import type { CallContext } from '../call.ts';
import { VendorError } from '../vendor-error.ts';
import {
  type Answer,
  describeEvidence,
  describeForeign,
  exchange,
  type HttpResponse,
  type JsonQuestion,
  readJson,
} from './exchange.ts';

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
  const result = await exchange(pool, {
    path,
    method: request.method,
    headers: request.headers ?? {},
    body: request.body ?? null,
    timeoutMs: request.timeoutMs ?? options.timeoutMs,
    maxResponseBytes: options.maxResponseBytes,
    signal: request.call.signal,
    beforeSend: (timeoutMs) => request.call.beforeSend(timeoutMs),
  });
  if (result.outcome === 'answered') {
    record(result.status, result.text);
    return { status: result.status, headers: result.headers, text: result.text };
  }
  if (result.sent) record(result.status, null);
  if (result.outcome === 'refused-by-caller') throw result.error;
  throw describeFailure(result, options, request);
}

function describeFailure(
  failure: { outcome: 'timeout' | 'aborted' | 'too-large' | 'failed'; sent: boolean; error: unknown },
  options: HttpClientOptions,
  request: HttpRequest,
): VendorError {
  const readOnly = request.readOnly ?? (request.method === 'GET' || request.method === 'HEAD');
  const init = { answerUnknown: failure.sent && !readOnly, cause: failure.error };
  const action = request.describe === undefined ? `${request.method} ${request.path.split('?')[0]}` : request.describe;
  const timeoutMs = request.timeoutMs ?? options.timeoutMs;
  switch (failure.outcome) {
    case 'timeout':
      return failure.sent
        ? new VendorError('timeout', `${options.name} did not answer within ${timeoutMs} ms (${action})`, {
            ...init,
            code: 'timeout',
          })
        : new VendorError(
            'timeout',
            `No connection to ${options.name} became free within ${timeoutMs} ms (${action})`,
            {
              ...init,
              code: 'connect-timeout',
            },
          );
    case 'aborted':
      return new VendorError('unavailable', `Stopped before ${options.name} answered (${action})`, {
        ...init,
        code: 'aborted',
      });
    case 'too-large':
      return new VendorError(
        'unexpected',
        `${options.name} answered more than ${options.maxResponseBytes} bytes (${action})`,
        {
          ...init,
          code: 'response-too-large',
          advice: 'Ask for smaller pages, or raise the limit of the connection.',
        },
      );
    case 'failed':
      return describeNetworkError(failure.error, options, action, init);
  }
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection before it answered',
  EPIPE: 'closed the connection before it answered',
  UND_ERR_SOCKET: 'closed the connection before it answered',
  ENOTFOUND: 'cannot be found: its host name does not resolve',
  EAI_AGAIN: 'cannot be found: name resolution does not answer',
  EHOSTUNREACH: 'cannot be reached: no route to the host',
  ENETUNREACH: 'cannot be reached: no route to the network',
  UND_ERR_CONNECT_TIMEOUT: 'did not accept the connection in time',
  ETIMEDOUT: 'did not accept the connection in time',
};

function describeNetworkError(
  error: unknown,
  options: HttpClientOptions,
  action: string,
  init: { answerUnknown: boolean; cause: unknown },
): VendorError {
  const { code, name, message } = readError(error);
  if (name === 'ForbiddenAddress') {
    const advice = "Correct the connection's URL or the name's DNS entry, or name the address in its allowedAddresses.";
    return new VendorError('unavailable', message, { ...init, code: 'forbidden-address', advice });
  }
  const words = NETWORK_WORDS[code];
  if (words !== undefined) {
    const kind = code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT' ? 'timeout' : 'unavailable';
    return new VendorError(kind, `${options.name} ${words} (${action})`, { ...init, code });
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER|ALTNAME/i.test(code)) {
    const advice = "Give the certificate authority in the connection's settings, or correct the host name.";
    return new VendorError('unavailable', `${options.name}: the TLS certificate is not trusted: ${message}`, {
      ...init,
      code,
      advice,
    });
  }
  return new VendorError('unavailable', `${options.name} could not be asked: ${message} (${action})`, {
    ...init,
    code,
  });
}

function readError(error: unknown): { code: string; name: string; message: string } {
  const first = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  if (!(first instanceof Error)) return { code: 'unknown', name: 'Error', message: String(first) };
  const { code } = first as NodeJS.ErrnoException;
  return { code: code ?? first.name, name: first.name, message: first.message };
}

/** Shorter parts of a header (a scheme, a path, a node's number) are no secrets. */
const SHORTEST_CREDENTIAL = 8;

/** Learns the credentials that a request's headers carry: the vendor may repeat them in its answer. */
function learnFromHeaders(masker: Masker, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) if (isSecretName(name)) learnCredentials(masker, value);
}

/** Learns the credentials in a header's value: `B1SESSION=…; ROUTEID=…`, `Bearer …`, a bare token. */
export function learnCredentials(masker: Masker, value: string): void {
  for (const part of value.split(/[;,\s]+/)) {
    const credential = /^[\w.-]+=(?=[^=])/.test(part) ? part.slice(part.indexOf('=') + 1) : part;
    if (credential.length >= SHORTEST_CREDENTIAL) masker.learn(credential);
  }
}
