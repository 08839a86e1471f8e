import type { IncomingMessage } from 'node:http';

export type BodyRead =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly reason: 'too-large' | 'too-slow' | 'broken-off' };

/**
 * Reads a request's body, raw. Stops reading as soon as it is larger than allowed, by its header already where it has one; a body that
 * takes longer than the deadline is given up.
 */
export function readBody(request: IncomingMessage, maxBytes: number, deadlineMs: number): Promise<BodyRead> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.resolve({ ok: false, reason: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => end({ ok: false, reason: 'too-slow' }), deadlineMs);
    const end = (result: BodyRead): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      if (!result.ok) request.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) end({ ok: false, reason: 'too-large' });
      else chunks.push(chunk);
    };
    const onEnd = (): void =>
      end({ ok: true, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    const onBroken = (): void => end({ ok: false, reason: 'broken-off' });
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}
