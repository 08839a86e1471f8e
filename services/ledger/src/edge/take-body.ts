import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { Problem } from '../problem.ts';

/** Maximum size of a request's body. */
export const BODY_LIMIT_BYTES = 1024 * 1024;
/** How long a body may take to arrive. */
const ARRIVAL_MS = 15_000;
/** How long an unread body may go on arriving after the answer, so that its sender can read the answer. */
const LINGER_MS = 5_000;

/** What kind of body a route takes. */
export const BODY_KINDS = {
  json: { types: ['application/json'], parse: express.json({ limit: BODY_LIMIT_BYTES, type: () => true }) },
  yaml: {
    types: ['application/yaml', 'text/yaml', 'application/x-yaml'],
    parse: express.text({ limit: BODY_LIMIT_BYTES, type: () => true }),
  },
} as const satisfies Record<string, { readonly types: readonly string[]; readonly parse: RequestHandler }>;
export type BodyKind = keyof typeof BODY_KINDS;

/**
 * Reads a request's body into `request.body`. Runs only after its token and role are checked.
 * @throws Problem 400 when it cannot be read, 408 when it does not arrive, 413 when it is too large, 415 when its type is not accepted
 */
export async function takeBody(request: Request, response: Response, kind: BodyKind): Promise<void> {
  if (!hasBody(request)) return;
  const { types, parse } = BODY_KINDS[kind];
  if (!request.is([...types])) throw unsupported(types);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(notArrived()), ARRIVAL_MS);
  });
  try {
    await Promise.race([runParser(parse, request, response), late]);
  } catch (error) {
    throw error instanceof Problem ? error : explain(error, types);
  } finally {
    clearTimeout(timer);
  }
}

function runParser(parse: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const next: NextFunction = (error?: unknown) => (error === undefined ? resolve() : reject(error));
    parse(request, response, next);
  });
}

function hasBody(request: Request): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

/**
 * Stops a request from sending a body that is not read: nothing is read before the token is known, and afterwards only what a route takes.
 * A short body is discarded as it arrives, so that the connection can be reused; otherwise the connection ends with the answer.
 */
export function endUnreadBodies(request: Request, response: Response, next: NextFunction): void {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding !== undefined || Number(length ?? 0) > BODY_LIMIT_BYTES) response.set('Connection', 'close');
  response.once('finish', () => {
    if (request.complete) return;
    setTimeout(() => {
      if (!request.complete) request.destroy();
    }, LINGER_MS).unref();
  });
  next();
}

/** Explains an error of the body parser. */
function explain(error: unknown, types: readonly string[]): unknown {
  const { status } = (error ?? {}) as { status?: unknown };
  if (status === 413) {
    return new Problem(413, 'too-large', 'Request is too large', `A request may hold ${BODY_LIMIT_BYTES} bytes.`);
  }
  if (status === 415) return unsupported(types);
  if (status === 400 && error instanceof Error) {
    return new Problem(400, 'unreadable', 'Request cannot be read', error.message);
  }
  return error;
}

function unsupported(types: readonly string[]): Problem {
  return new Problem(
    415,
    'unsupported-media-type',
    'Body of another kind',
    `Send the body as ${types.join(' or ')}, in UTF-8, and name that in Content-Type.`,
    [],
    { Accept: types.join(', ') },
  );
}

function notArrived(): Problem {
  return new Problem(
    408,
    'body-not-received',
    'Body did not arrive',
    `The body was not here after ${ARRIVAL_MS / 1000} s. Send it again.`,
    [],
    { Connection: 'close' },
  );
}
