import type { ServerResponse } from 'node:http';

/** Lets the handler answer into nothing; `whenAnswered` runs at the moment the answer would have gone out. */
export function muteResponse(response: ServerResponse, whenAnswered: () => void): void {
  const swallow = () => true;
  response.write = swallow as ServerResponse['write'];
  response.writeHead = (() => response) as ServerResponse['writeHead'];
  response.end = (() => {
    whenAnswered();
    return response;
  }) as ServerResponse['end'];
}

const DRIPS = 10;

/** Lets the answer trickle out in small pieces over `ms`. */
export function dripResponse(
  response: ServerResponse,
  ms: number,
  later: (ms: number, action: () => void) => void,
): void {
  const end = response.end.bind(response) as (chunk?: unknown) => ServerResponse;
  const write = response.write.bind(response) as (chunk: unknown) => boolean;
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown, encoding: unknown) => {
    if (typeof chunk === 'string')
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  response.write = ((chunk: unknown, encoding?: unknown) => {
    keep(chunk, encoding);
    return true;
  }) as ServerResponse['write'];
  response.end = ((chunk?: unknown, encoding?: unknown) => {
    keep(chunk, encoding);
    const body = Buffer.concat(chunks);
    const pieceBytes = Math.max(1, Math.ceil(body.length / DRIPS));
    for (let piece = 0; piece < DRIPS; piece += 1) {
      later((ms * (piece + 1)) / DRIPS, () => {
        const bytes = body.subarray(piece * pieceBytes, (piece + 1) * pieceBytes);
        if (bytes.length > 0 && !response.destroyed) write(bytes);
        if (piece === DRIPS - 1) end();
      });
    }
    return response;
  }) as ServerResponse['end'];
}
