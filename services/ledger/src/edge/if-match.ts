import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Problem } from '../problem.ts';

/** The revision that the author of a change read, and the change requires. */
export interface Expected {
  /** Of the header `If-Match`. */
  readonly ifMatch: string | undefined;
  /** Of the body; null when the request has none. */
  readonly revision: number | undefined | null;
}

const STRONG_TAG = '"[0-9]{1,15}"';
const IF_MATCH = `^(\\*|${STRONG_TAG}(, ?${STRONG_TAG}){0,9})$`;

/** Documents the header on the handler of a change; a change without a body requires it. */
export function ApiIfMatch({ required }: { readonly required: boolean } = { required: false }): MethodDecorator {
  const instead = required ? '' : " Instead of the body's revision, or beside it.";
  return ApiHeader({
    name: 'If-Match',
    required,
    description: `The ETag that was read, e.g. "3", or several; * for whatever is there. Refused with 412 when another was written since.${instead}`,
    schema: { type: 'string', pattern: IF_MATCH },
  });
}

/** How {@link sendRevision} is documented among the headers of an answer. */
export const ETAG_HEADER = {
  ETag: { description: 'The revision, for If-Match', schema: { type: 'string' as const, pattern: `^${STRONG_TAG}$` } },
};

/**
 * Sends the revision as ETag. The revision covers what people change; state and attention change beside it, so it never justifies a 304.
 */
export function sendRevision<T extends { readonly revision: number }>(
  request: Request,
  response: Response,
  shown: T,
): T {
  delete request.headers['if-none-match'];
  response.set('ETag', `"${shown.revision}"`);
  return shown;
}

/** How {@link sendCreated} is documented among the headers of an answer. */
export const CREATED_HEADERS = {
  ...ETAG_HEADER,
  Location: { description: 'Where it is to be read', schema: { type: 'string' as const } },
};

/** Sends the created resource with its location. */
export function sendCreated<T extends { readonly revision: number }>(
  request: Request,
  response: Response,
  location: string,
  shown: T,
): T {
  response.set('Location', location);
  return sendRevision(request, response, shown);
}

/**
 * Makes a change under its expected revision.
 * @param readRevision of the present document; throws when there is none
 * @throws Problem 400 when no revision is expected, or the header is invalid; 412 when the header names another revision than the present
 * one
 */
export async function changeExpected<T>(
  { ifMatch, revision }: Expected,
  readRevision: () => Promise<number>,
  change: (revision: number) => Promise<T>,
): Promise<T> {
  if (ifMatch === undefined) {
    if (typeof revision === 'number') return change(revision);
    if (revision === null) throw refuseHeader('Say at which revision it was read: its ETag in If-Match.', 'If-Match');
    throw refuseHeader(
      'Say at which revision it was read: "revision" in the body, or its ETag in If-Match.',
      'revision',
    );
  }
  const tags = readTags(ifMatch);
  const current = await readRevision();
  if (tags !== '*' && !tags.includes(`"${current}"`)) throw changedSince(current);
  try {
    return await change(revision ?? current);
  } catch (error) {
    // Another change came first, between the read and this change.
    if (error instanceof Problem && error.code === 'conflict' && (revision ?? current) === current) {
      throw changedSince(await readRevision());
    }
    throw error;
  }
}

/** Accepts weak tags, which match nothing: If-Match compares strongly (RFC 9110, 13.1.1). */
function readTags(header: string): readonly string[] | '*' {
  if (header.trim() === '*') return '*';
  const tags = header.split(',').map((tag) => tag.trim());
  if (tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) return tags;
  throw refuseHeader('If-Match must be the ETag that was read, in double quotes, such as "3"; or *.', 'If-Match');
}

function refuseHeader(detail: string, path: string): Problem {
  return new Problem(400, 'invalid-request', 'Request is not valid', detail, [{ path, message: detail }]);
}

function changedSince(current: number): Problem {
  return new Problem(
    412,
    'changed-since',
    'Changed since it was read',
    `It is at revision ${current} now. Read it again, then repeat the change with its new ETag.`,
  );
}
