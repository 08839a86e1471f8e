import { SapFault } from '../../protocol/sap-fault.ts';
import type { Version } from '../../protocol/version.ts';
import type { SapRequest } from '../request.ts';

/** One call inside a batch. */
export interface BatchPart {
  readonly contentId: string | null;
  readonly request: SapRequest;
}

export type BatchSection =
  | { readonly kind: 'single'; readonly part: BatchPart }
  | { readonly kind: 'changeset'; readonly parts: readonly BatchPart[] };

/**
 * Reads the body of a `$batch`.
 * @throws SapFault -1000 malformed, also a GET inside a change set; 244 change set part without Content-ID (v2)
 */
export function readBatchBody(version: Version, contentType: string, text: string): BatchSection[] {
  return splitParts(text, readBoundary(contentType)).map((section) => readSection(version, section));
}

function readSection(version: Version, text: string): BatchSection {
  const { headers, body } = splitHead(text);
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/mixed')) return { kind: 'single', part: readPart(text) };
  const parts = splitParts(body, readBoundary(type)).map((part) => readPart(part));
  for (const part of parts) {
    if (part.request.method === 'GET') throw malformed();
    if (version === 'v2' && part.contentId === null)
      throw new SapFault(400, 244, 'Content ID should be specified in each change set request.');
  }
  return { kind: 'changeset', parts };
}

function readPart(text: string): BatchPart {
  const outer = splitHead(text);
  const lines = outer.body.replace(/^(\r?\n)+/, '');
  const firstLine = /^([A-Z]+) (\S+)(?: HTTP\/1\.1)?\r?\n/.exec(lines);
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

function splitParts(text: string, boundary: string): string[] {
  const sections = text.split(new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
  // Before the first mark stands nothing, after the last one `--`.
  if (sections.length < 3 || !(sections.at(-1) as string).startsWith('--')) throw malformed();
  return sections.slice(1, -1).map((section) => section.replace(/^\r?\n/, ''));
}

/** @throws SapFault -1000 when no empty line ends the head */
function splitHead(text: string): { headers: Record<string, string>; body: string } {
  // Without headers the empty line comes first.
  const headless = /^\r?\n/.exec(text);
  if (headless !== null) return { headers: {}, body: text.slice(headless[0].length) };
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) throw malformed();
  const headers: Record<string, string> = {};
  for (const line of text.slice(0, end.index).split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: text.slice(end.index + end[0].length) };
}

function readBoundary(contentType: string): string {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw malformed();
  return boundary;
}

function malformed(): SapFault {
  return new SapFault(400, -1000, 'Incomplete Batch Request Body!');
}
