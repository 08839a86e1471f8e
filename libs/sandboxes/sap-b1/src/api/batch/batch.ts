import { randomUUID } from 'node:crypto';
import { type CompanyData, restoreCompany, type Settings } from '../../company/company.ts';
import { SapFault } from '../../protocol/sap-fault.ts';
import { type Version, writeFault } from '../../protocol/version.ts';
import { handleCall } from '../handle.ts';
import type { CallScope, SapReply, SapRequest } from '../request.ts';
import type { BatchPart, BatchSection } from './body.ts';

/** Answers a part instead of the company; null when the part is to be handled. */
export type PartInterceptor = (part: BatchPart) => SapReply | null;

interface Answered {
  readonly reply: SapReply;
  readonly failed: boolean;
}

/**
 * Runs a `$batch`. A changeset is one transaction: its first failure undoes all of it and is answered by one plain part. The batch
 * stops at the first failure; later sections are neither run nor answered.
 */
export function runBatch(scope: CallScope, sections: readonly BatchSection[], intercept: PartInterceptor): SapReply {
  const call = (part: BatchPart, request: SapRequest): Answered => {
    const intercepted = intercept(part);
    return intercepted === null
      ? handlePart(scope, request)
      : { reply: intercepted, failed: intercepted.status >= 400 };
  };
  const answers: string[] = [];
  for (const section of sections) {
    const { text: answer, failed } =
      section.kind === 'single' ? runSingle(scope, section.part, call) : runChangeset(scope, section.parts, call);
    answers.push(answer);
    if (failed) break;
  }
  const own = `batchresponse_${randomUUID()}`;
  const parts = answers.map((answer) => `--${own}\r\n${answer}\r\n`);
  const body = endBatch(parts, own, scope.company.settings.batchEnd);
  return {
    status: scope.version === 'v1' ? 202 : 200,
    headers: { 'Content-Type': `multipart/mixed;boundary=${own}` },
    body,
  };
}

/** Some servers leave the last boundary out; a connection that breaks leaves out more. */
function endBatch(parts: readonly string[], boundary: string, end: Settings['batchEnd']): string {
  const text = parts.join('');
  if (end === 'whole') return `${text}--${boundary}--\r\n`;
  if (end === 'without-boundary') return text;
  const last = parts.at(-1) ?? '';
  const content = last.length - (last.lastIndexOf('\r\n\r\n') + 4);
  return text.slice(0, text.length - Math.max(3, Math.ceil(content / 2)));
}

type CallPart = (part: BatchPart, request: SapRequest) => Answered;

function runSingle(scope: CallScope, part: BatchPart, call: CallPart): { text: string; failed: boolean } {
  const { reply, failed } = call(part, part.request);
  return { text: writePart(scope.version, reply, null), failed };
}

function runChangeset(
  scope: CallScope,
  parts: readonly BatchPart[],
  call: CallPart,
): { text: string; failed: boolean } {
  const { version } = scope;
  const before: CompanyData = structuredClone(scope.company);
  const committed = scope.commits.length;
  const own = `changesetresponse_${randomUUID()}`;
  const locations = new Map<string, string>();
  const answers: string[] = [];
  for (const part of parts) {
    const { reply, failed } = call(part, {
      ...part.request,
      path: resolveReference(part.request.path, locations),
    });
    if (failed) {
      restoreCompany(scope.company, before);
      scope.commits.length = committed;
      return { text: writePart(version, reply, null), failed: true };
    }
    if (part.contentId !== null && reply.headers.Location !== undefined)
      locations.set(part.contentId, reply.headers.Location.split('/').at(-1) as string);
    answers.push(`--${own}\r\n${writePart(version, reply, part.contentId)}\r\n`);
  }
  return { text: `Content-Type: multipart/mixed;boundary=${own}\r\n\r\n${answers.join('')}--${own}--`, failed: false };
}

function handlePart(scope: CallScope, request: SapRequest): Answered {
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

function writePart(version: Version, reply: SapReply, contentId: string | null): string {
  const isText = typeof reply.body === 'string';
  const content = reply.body === null ? '' : isText ? (reply.body as string) : JSON.stringify(reply.body);
  const metadata = version === 'v1' ? 'odata=minimalmetadata' : 'odata.metadata=minimal';
  const headers: Record<string, string> = {
    ...(content === ''
      ? {}
      : {
          'Content-Type': isText ? 'text/plain' : `application/json;${metadata};charset=utf-8`,
          'Content-Length': String(Buffer.byteLength(content)),
        }),
    ...(version === 'v2' ? { 'OData-Version': '4.0' } : {}),
    ...reply.headers,
  };
  const head = [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(contentId === null ? [] : [`Content-ID: ${contentId}`]),
    '',
    `HTTP/1.1 ${reply.status} ${reasonOf(reply.status)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${head.join('\r\n')}\r\n\r\n${content}`;
}

function reasonOf(status: number): string {
  return (
    {
      200: 'OK',
      201: 'Created',
      204: 'No Content',
      400: 'Bad Request',
      401: 'Unauthorized',
      403: 'Forbidden',
      404: 'Not Found',
      412: 'Precondition Failed',
    }[status] ?? 'Error'
  );
}
