import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request to a vendor's API, with its whole body. */
export interface VendorRequest {
  readonly method: string;
  /** Below the vendor's mount point, still encoded, without the query. */
  readonly path: string;
  /** As it came, without `?`. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** UTF-8; empty when there is none. */
  readonly body: string;
  readonly socket: Socket;
}

/** Answers with a text in one piece; `contentType` holds where `headers` name none. */
export function answerText(
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!response.hasHeader('content-type')) response.setHeader('content-type', `${contentType}; charset=utf-8`);
  response.end(text);
}

/** Answers with a value as JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answerText(response, status, 'application/json', JSON.stringify(value), headers);
}

/** A request as text, like debugging output: as received, encoded for URLs, and in base64. */
export function repeatRequest({ method, path, query, headers, body }: VendorRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  const request = [`${method} ${path}${query === '' ? '' : `?${query}`}`, ...lines, '', body].join('\n');
  return `The request was: ${request} / ${encodeURIComponent(request)} / ${Buffer.from(request).toString('base64')}`;
}
