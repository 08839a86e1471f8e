import { type Answer, type HttpResponse } from '@entrepot/vendor-kit';

/** What Service Layer v2 sends, as far as we read it. Names are SAP's own. */

export interface SapEntity {
  readonly '@odata.etag'?: string;
  readonly [property: string]: unknown;
}

export interface SapList {
  readonly value: readonly SapEntity[];
  readonly '@odata.nextLink'?: string;
}

export interface SapLogin {
  readonly SessionId?: string;
  readonly Version?: string;
  /** Idle minutes after which the session expires. */
  readonly SessionTimeout?: number;
}

/** Error of either version: v2 has `code` as text and `message` as text, v1 a number and `{lang, value}`. */
export interface SapErrorBody {
  readonly error?: {
    readonly code?: string | number;
    readonly message?: string | { readonly value?: string };
  };
}

export interface SapError {
  /** As text in both versions; null when the body is not Service Layer's (Apache's HTML). */
  readonly code: string | null;
  readonly message: string;
}

/** Reads an error body of v1 or v2. */
export function readSapError(text: string): SapError {
  let body: SapErrorBody;
  try {
    body = JSON.parse(text) as SapErrorBody;
  } catch {
    return { code: null, message: '' };
  }
  const error = body?.error;
  if (error === undefined || error === null) return { code: null, message: '' };
  const message = typeof error.message === 'object' && error.message !== null ? error.message.value : error.message;
  return { code: error.code === undefined ? null : String(error.code), message: message ?? '' };
}

/** First value of a header. */
export function readHeader({ headers }: Pick<HttpResponse, 'headers'>, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** A failed answer, and the request it answers. */
export interface SapFailure {
  readonly response: Answer;
  /** For messages, e.g. "creating order shop/1". */
  readonly action: string;
  /** A success status from another system: a page where SAP gives JSON, a location, or nothing by 204. */
  readonly foreign?: true;
}

/** What is wrong with an answer; null for a success. */
export function readFailure(response: HttpResponse, action: string): SapFailure | null {
  if (!isSuccess(response)) return { response, action };
  // Only the start is checked; the reader of the answer finds out whether it is complete.
  const isOwn = response.status === 204 || /^\s*\{/.test(response.text) || readHeader(response, 'location') !== null;
  return isOwn ? null : { response, action, foreign: true };
}

export function isSuccess({ status }: Pick<HttpResponse, 'status'>): boolean {
  return status >= 200 && status < 300;
}
