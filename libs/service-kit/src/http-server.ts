import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a server listens. */
export interface ListenAddress {
  /** 0 = any free port. */
  readonly port: number;
  readonly host: string;
}

export interface HttpServer extends ListenAddress {
  /** Stops accepting, lets requests in flight end, then closes. */
  close(): Promise<void>;
}

/** The port cannot be opened; the message gives the port and the remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Serves one handler, which answers every request.
 * @throws ListenError when the port is taken or not allowed
 */
export async function serveHttp(
  { port, host }: ListenAddress,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HttpServer> {
  const server = createServer(handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    host,
    close: () =>
      new Promise((resolve, reject) => {
        // A client that keeps sending requests on one connection would keep the server from ever closing.
        server.prependListener('request', (_request, response) => {
          response.shouldKeepAlive = false;
        });
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeIdleConnections();
      }),
  };
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new ListenError(`port ${where} is in use: stop what uses it, or set another port`, { cause: error });
  }
  if (error.code === 'EACCES') {
    return new ListenError(`port ${where} may not be opened by this user: use one above 1023`, { cause: error });
  }
  return new ListenError(`cannot listen on ${where}: ${error.message}`, { cause: error });
}
