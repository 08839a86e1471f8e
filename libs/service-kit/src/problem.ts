import type { ServerResponse } from 'node:http';

/** An answer other than 200, as RFC 9457 problem details. */
export interface Problem {
  readonly status: number;
  /** Short name of the kind of problem; absent when title and status say all. */
  readonly code?: string;
  readonly title: string;
  readonly detail: string;
  /** The requested path. */
  readonly instance?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function sendProblem(
  response: ServerResponse,
  { status, code, title, detail, instance, headers }: Problem,
): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify({
    type: code === undefined ? 'about:blank' : `urn:entrepot:problem:${code}`,
    title,
    status,
    detail,
    ...(instance !== undefined && { instance }),
  });
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
