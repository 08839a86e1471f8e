import type { Exchange } from '@entrepot/canonical';
import type { Masker } from '@entrepot/service-kit/masking';
import type { Dispatcher, Pool } from 'undici';
import { VendorError } from '../vendor-error.ts';

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header keeps all its values (`set-cookie`). */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

interface ExchangeRequest {
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
  beforeSend(timeoutMs: number): void;
}

type ExchangeResult =
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
      const { path, method, body } = request;
      pool.dispatch({ path, method, body, headers: request.headers }, handler);
    } catch (error) {
      end({ outcome: 'failed', sent, status, error });
    }
  });
}

/** Bodies are cut here; enough for any order, small enough for a Kafka record. */
const EVIDENCE_LIMIT_CHARS = 16 * 1024;

/** An exchange as it went over the wire, secrets included. */
interface RawExchange extends Omit<Exchange, 'requestBody'> {
  readonly requestBody: string | Buffer | null;
}

/**
 * An exchange as evidence. It is masked and cut only when it is read: nearly all exchanges (reads of successful
 * attempts) are dropped unread, and searching each body for secrets would cost more than the rest of the exchange.
 */
export function describeEvidence(exchange: RawExchange, masker: Masker): Exchange {
  const { url, requestBody, responseBody, ...facts } = exchange;
  return {
    ...facts,
    get url() {
      return masker.mask(url);
    },
    get requestBody() {
      return requestBody === null ? null : showBody(requestBody.toString(), masker);
    },
    get responseBody() {
      return responseBody === null ? null : showBody(responseBody, masker);
    },
  };
}

/** A body as evidence. */
export function showBody(body: string, masker: Masker): string {
  return masker.cut(body, EVIDENCE_LIMIT_CHARS);
}

/** What was asked when JSON was due. */
export interface JsonQuestion {
  /** For messages, e.g. "logging in". */
  readonly action: string;
  /** True for an answer to a write: whether it was done is then unknown. */
  readonly isWrite?: boolean;
  /** What else than JSON is due. */
  readonly due?: string;
  readonly code?: string;
}

/** An answer, or the part of one; parts carry no headers. */
export type Answer = Pick<HttpResponse, 'status' | 'text'> & Partial<Pick<HttpResponse, 'headers'>>;

/** Page and words shown of what came instead of JSON. */
const LOOKED_AT_CHARS = 8_192;
const SHOWN_CHARS = 160;

/**
 * The object of a JSON answer.
 * @throws VendorError `unavailable`, code `not-json`: another system answered, or the answer is incomplete. That is no
 *   verdict on the record, and it is transient
 */
export function readJson<T extends object>(vendor: string, masker: Masker, answer: Answer, question: JsonQuestion): T {
  const contentType = readContentType(answer);
  // A content type that declares a page decides, even where the text could be parsed.
  if (contentType === null || JSON_TYPE.test(contentType)) {
    try {
      const value: unknown = JSON.parse(answer.text.replace(/^\uFEFF/, ''));
      if (typeof value === 'object' && value !== null) return value as T;
    } catch {
      // Thrown below; the parser's own message would quote the text unmasked.
    }
  }
  throw describeForeign(vendor, masker, answer, question);
}

/** True when the text holds a JSON object or list: what vendors answer, and pages do not. */
export function holdsJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** The error of an answer that is not the vendor's own. */
export function describeForeign(vendor: string, masker: Masker, answer: Answer, question: JsonQuestion): VendorError {
  const { action, isWrite = false, due = 'JSON', code = 'not-json' } = question;
  const words = showBeginning(masker, answer.text);
  const facts = `HTTP ${answer.status}, content type ${readContentType(answer) ?? 'not told'}`;
  const begins = words === '' ? '' : `; it begins: "${words}"`;
  return new VendorError(
    REFUSALS_OF_ONE_REQUEST.has(answer.status) ? 'unexpected' : 'unavailable',
    `${vendor} gave an answer that is no ${due} (${action}; ${facts}): ${guessCause(answer)}${begins}`,
    {
      code,
      httpStatus: answer.status,
      answerUnknown: isWrite,
      advice: `Find out what stands between Entrepot and ${vendor}, and check the address of the connection; work goes on by itself once the vendor answers again.`,
    },
  );
}

/** Statuses that refuse this one request: its form, its size. */
const REFUSALS_OF_ONE_REQUEST: ReadonlySet<number> = new Set([400, 405, 413, 414, 415, 422, 431]);

const JSON_TYPE = /^\s*(?:application|text)\/(?:[\w.-]+\+)?json\b/i;

function guessCause({ status, text, headers }: Answer): string {
  const trimmed = text.trim();
  if (status >= 300 && status < 400) {
    const location = headers?.location;
    return `it leads elsewhere${location === undefined ? '' : ` (${originOf(String(location))})`}, as the sign-in of a guest network or of a proxy does`;
  }
  if (trimmed === '') return 'it is empty, so most likely something in between cut it off or answers in its place';
  if (/^[{[]/.test(trimmed)) {
    return holdsJson(text)
      ? 'it is marked as something else, so most likely something in between answers in its place'
      : 'it begins as JSON and cannot be read to its end, so most likely something in between cut it off';
  }
  return 'most likely the page of a proxy, a firewall or a guest network in between';
}

/** Without path and query, which may carry anything. */
function originOf(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : 'another path';
}

function readContentType({ headers }: Answer): string | null {
  const value = headers?.['content-type'];
  return (Array.isArray(value) ? value[0] : value)?.slice(0, 100) ?? null;
}

/** The first words that a reader of the page would see, fit to be quoted. Masked before tags are taken out and the rest is cut. */
function showBeginning(masker: Masker, text: string): string {
  const words = masker
    .mask(text.slice(0, LOOKED_AT_CHARS))
    .replace(/<(script|style)\b[\s\S]*?(?:<\/\1>|$)/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('"', "'")
    .trim();
  return words.length <= SHOWN_CHARS ? words : `${words.slice(0, SHOWN_CHARS)}…`;
}
