import { randomUUID } from 'node:crypto';
import { type CompanyData, restoreCompany } from '../company/company.ts';
import { SapFault } from '../protocol/sap-fault.ts';
import { writeFault } from '../protocol/version.ts';
import { handleCall } from './handle.ts';
import type { CallScope, SapReply, SapRequest } from './request.ts';

interface Part {
  readonly contentId: string | null;
  readonly request: SapRequest;
}

type Section =
  | { readonly kind: 'single'; readonly part: Part }
  | { readonly kind: 'changeset'; readonly parts: readonly Part[] };

/**
 * Runs a `$batch`. A changeset is one transaction: its first failure undoes all of it and is answered by one plain part. The batch
 * stops at the first failure; later sections are neither run nor answered.
 * @throws SapFault -1000 malformed body, 244 changeset part without Content-ID (v2)
 */
export function runBatch(scope: CallScope, contentType: string, text: string): SapReply {
  const boundary = readBoundary(contentType);
  const sections = splitParts(text, boundary).map((section) => readSection(scope, section));
  const answers: string[] = [];
  for (const section of sections) {
    const { text: answer, failed } =
      section.kind === 'single' ? runSingle(scope, section.part) : runChangeset(scope, section.parts);
    answers.push(answer);
    if (failed) break;
  }
  const own = `batchresponse_${randomUUID()}`;
  const body = `${answers.map((answer) => `--${own}\r\n${answer}\r\n`).join('')}--${own}--\r\n`;
  return {
    status: scope.version === 'v1' ? 202 : 200,
    headers: { 'Content-Type': `multipart/mixed;boundary=${own}` },
    body,
  };
}

function runSingle(scope: CallScope, part: Part): { text: string; failed: boolean } {
  const { reply, failed } = call(scope, part.request);
  return { text: writePart(reply, null), failed };
}

function runChangeset(scope: CallScope, parts: readonly Part[]): { text: string; failed: boolean } {
  const before: CompanyData = structuredClone(scope.company);
  const committed = scope.commits.length;
  const own = `changesetresponse_${randomUUID()}`;
  const locations = new Map<string, string>();
  const answers: string[] = [];
  for (const part of parts) {
    const request = { ...part.request, path: resolveReference(part.request.path, locations) };
    const { reply, failed } = call(scope, request);
    if (failed) {
      restoreCompany(scope.company, before);
      scope.commits.length = committed;
      return { text: writePart(reply, null), failed: true };
    }
    if (part.contentId !== null && reply.headers.Location !== undefined)
      locations.set(part.contentId, reply.headers.Location.split('/').at(-1) as string);
    answers.push(`--${own}\r\n${writePart(reply, part.contentId)}\r\n`);
  }
  return { text: `Content-Type: multipart/mixed;boundary=${own}\r\n\r\n${answers.join('')}--${own}--`, failed: false };
}

function call(scope: CallScope, request: SapRequest): { reply: SapReply; failed: boolean } {
  try {
    return { reply: handleCall(scope, request), failed: false };
  } catch (error) {
    if (!(error instanceof SapFault)) throw error;
    return { reply: { status: error.status, headers: {}, body: writeFault(scope.version, error) }, failed: true };
  }
}

/** `$1` in a path is the entity made by the part with Content-ID 1. */
function resolveReference(path: string, locations: Map<string, string>): string {
  const id = /^\$(\w+)/.exec(path)?.[1];
  const location = id === undefined ? undefined : locations.get(id);
  return location === undefined ? path : decodeURIComponent(location) + path.slice((id as string).length + 1);
}

function readSection(scope: CallScope, text: string): Section {
  const { headers, body } = splitHead(text);
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/mixed')) return { kind: 'single', part: readPart(text) };
  const parts = splitParts(body, readBoundary(type)).map((part) => readPart(part));
  for (const part of parts) {
    if (part.request.method === 'GET') throw malformed();
    if (scope.version === 'v2' && part.contentId === null)
      throw new SapFault(400, 244, 'Content ID should be specified in each change set request.');
  }
  return { kind: 'changeset', parts };
}

function readPart(text: string): Part {
  const outer = splitHead(text);
  const lines = outer.body.replace(/^(\r?\n)+/, '');
  const firstLine = /^([A-Z]+) (\S+)(?: HTTP\/1\.1)?\r?\n?/.exec(lines);
  if (firstLine === null || !(outer.headers['content-type'] ?? '').startsWith('application/http')) throw malformed();
  const inner = splitHead(lines.slice(firstLine[0].length));
  const url = (firstLine[2] as string).replace(/^https?:\/\/[^/]+/, '').replace(/^.*\/b1s\/v[12]\//, '');
  const [path, query] = url.split('?') as [string, string | undefined];
  const content = inner.body.trim();
  let body: unknown = null;
  if (content !== '') {
    try {
      body = JSON.parse(content);
    } catch {
      throw malformed();
    }
  }
  const headers = inner.headers;
  const contentId = outer.headers['content-id'] ?? inner.headers['content-id'] ?? null;
  return {
    contentId,
    request: { method: firstLine[1] as string, path: decodeURIComponent(path), query: query ?? '', headers, body },
  };
}

function writePart(reply: SapReply, contentId: string | null): string {
  const isText = typeof reply.body === 'string';
  const content = reply.body === null ? '' : isText ? (reply.body as string) : JSON.stringify(reply.body);
  const type = isText ? 'text/plain' : 'application/json;odata=minimalmetadata;charset=utf-8';
  const head = [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(contentId === null ? [] : [`Content-ID: ${contentId}`]),
    '',
    `HTTP/1.1 ${reply.status} ${reasonOf(reply.status)}`,
    ...Object.entries(reply.headers).map(([name, value]) => `${name}: ${value}`),
    ...(content === '' ? [] : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(content)}`]),
  ];
  return `${head.join('\r\n')}\r\n\r\n${content}\r\n`;
}

function reasonOf(status: number): string {
  return (
    {
      200: 'OK',
      201: 'Created',
      204: 'No Content',
      400: 'Bad Request',
      403: 'Forbidden',
      404: 'Not Found',
      412: 'Precondition Failed',
    }[status] ?? 'Error'
  );
}

function splitParts(text: string, boundary: string): string[] {
  const sections = text.split(new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
  // Before the first mark stands nothing, after the last one `--`.
  if (sections.length < 3 || !(sections.at(-1) as string).startsWith('--')) throw malformed();
  return sections.slice(1, -1).map((section) => section.replace(/^\r?\n/, ''));
}

function splitHead(text: string): { headers: Record<string, string>; body: string } {
  const end = /\r?\n\r?\n/.exec(text);
  // Without headers the empty line comes first.
  const headless = /^\r?\n/.exec(text);
  if (headless !== null) return { headers: {}, body: text.slice(headless[0].length) };
  const head = end === null ? text : text.slice(0, end.index);
  const headers: Record<string, string> = {};
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: end === null ? '' : text.slice(end.index + end[0].length) };
}

function readBoundary(contentType: string): string {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw malformed();
  return boundary;
}

function malformed(): SapFault {
  return new SapFault(400, -1000, 'Incomplete Batch Request Body!');
}
