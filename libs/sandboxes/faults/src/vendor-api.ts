import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerText, type VendorRequest } from './answers.ts';
import type { Faults } from './faults.ts';

/** Answers a request, or calls `next`; an express app takes it as middleware. */
export type PlainHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface VendorApiOptions {
  /** URL part it is mounted at: what does not begin with `/<name>/` is left to `next`. */
  readonly name: string;
  readonly bodyLimitBytes: number;
  readonly faults: Faults;
  readonly handle: (request: VendorRequest, response: ServerResponse) => void | Promise<void>;
}

/**
 * Serves a vendor's API on plain HTTP: of a simple call, express' routes and body parsers were half. Body first, since a late commit
 * needs all of it, then the faults, then `handle`.
 */
export function serveVendorApi({ name, bodyLimitBytes, faults, handle }: VendorApiOptions): PlainHandler {
  const mountPoint = `/${name}`;
  return (incoming, response, next) => {
    const url = incoming.url ?? '';
    if (!url.startsWith(`${mountPoint}/`)) return next();
    readBody(incoming, bodyLimitBytes, (body) => {
      if (body === null) return answerText(response, 413, 'text/plain', `more than ${bodyLimitBytes} bytes`);
      const [path = '', query = ''] = splitOnce(url.slice(mountPoint.length), '?');
      const { method = '', headers, socket } = incoming;
      const request: VendorRequest = { method, path, query, headers, body, socket };
      faults.pass(request, response, () => void answerMistakes(response, () => handle(request, response)));
    });
  };
}

/** Answers the caller with an error of the sandbox itself, so that a test says what went wrong. */
async function answerMistakes(response: ServerResponse, handle: () => void | Promise<void>): Promise<void> {
  try {
    await handle();
  } catch (error) {
    if (response.headersSent) response.destroy();
    else answerText(response, 500, 'text/plain', `The sandbox failed: ${(error as Error).stack}`);
  }
}

/** Returns the body immediately when there is none; null when it exceeds the limit. A caller that disconnects gets no answer. */
function readBody(incoming: IncomingMessage, limitBytes: number, whenRead: (body: string | null) => void): void {
  const { headers } = incoming;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    whenRead('');
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
  });
  incoming.on('end', () => whenRead(bytes > limitBytes ? null : Buffer.concat(chunks).toString()));
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
