import type { ServerResponse } from 'node:http';

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
