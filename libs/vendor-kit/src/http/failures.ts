import type { Masker } from '@entrepot/service-kit/masking';
import { VendorError } from '../vendor-error.ts';

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header keeps all its values (`set-cookie`). */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
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

/** An exchange without an answer. */
export interface Failure {
  readonly outcome: 'timeout' | 'aborted' | 'too-large' | 'failed';
  /** True when the request may have reached the vendor. */
  readonly sent: boolean;
  readonly error: unknown;
}

/** What was asked, for messages. */
export interface Attempted {
  readonly vendor: string;
  readonly action: string;
  readonly readOnly: boolean;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

export function describeFailure(failure: Failure, attempted: Attempted): VendorError {
  const { vendor, action, readOnly, timeoutMs, maxResponseBytes } = attempted;
  const init = { answerUnknown: failure.sent && !readOnly, cause: failure.error };
  switch (failure.outcome) {
    case 'timeout':
      return failure.sent
        ? new VendorError('timeout', `${vendor} did not answer within ${timeoutMs} ms (${action})`, {
            ...init,
            code: 'timeout',
          })
        : new VendorError('timeout', `No connection to ${vendor} became free within ${timeoutMs} ms (${action})`, {
            ...init,
            code: 'connect-timeout',
          });
    case 'aborted':
      return new VendorError('unavailable', `Stopped before ${vendor} answered (${action})`, {
        ...init,
        code: 'aborted',
      });
    case 'too-large':
      return new VendorError('unexpected', `${vendor} answered more than ${maxResponseBytes} bytes (${action})`, {
        ...init,
        code: 'response-too-large',
        advice: 'Ask for smaller pages, or raise the limit of the connection.',
      });
    case 'failed':
      return describeNetworkError(failure.error, vendor, action, init);
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
  vendor: string,
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
    return new VendorError(kind, `${vendor} ${words} (${action})`, { ...init, code });
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER|ALTNAME/i.test(code)) {
    const advice = "Give the certificate authority in the connection's settings, or correct the host name.";
    return new VendorError('unavailable', `${vendor}: the TLS certificate is not trusted: ${message}`, {
      ...init,
      code,
      advice,
    });
  }
  return new VendorError('unavailable', `${vendor} could not be asked: ${message} (${action})`, {
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

/** Page and words shown of what came instead of JSON. */
const LOOKED_AT_CHARS = 8_192;
const SHOWN_CHARS = 160;

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
