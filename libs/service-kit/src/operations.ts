import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

export interface OperationsOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** Loopback unless said otherwise: the endpoints have no authentication of their own. */
  readonly host?: string;
  readonly health: Health;
  readonly metrics: Metrics;
  /** The service's own routes (an express app or router), asked after the operations endpoints. */
  readonly app?: RequestHandler;
}

/** Answers a request, or calls `next`. */
export type PlainHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface OperationsServer {
  readonly port: number;
  readonly host: string;
  /** Adds the service's own routes (an express app, router, or a Nest app's express instance) after start. */
  mount(app: RequestHandler): void;
  /** Asks a plain handler before everything else: for the one route that takes so many requests that express' own work on each counts. */
  mountFirst(handler: PlainHandler): void;
  /** Stops accepting, lets requests under way end, then closes. */
  close(): Promise<void>;
}

/** A port that cannot be listened on; says which and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Serves `/livez` (200 while the event loop turns), `/readyz` (200 or 503 with the checks as JSON) and `/metrics`.
 * Nothing is parsed before the service's own routes, so a webhook sees its raw body.
 * @throws ListenError when the port is taken or not allowed
 */
export async function serveOperations(options: OperationsOptions): Promise<OperationsServer> {
  const { host = '127.0.0.1', health, metrics } = options;
  const root = express();
  root.disable('x-powered-by');
  root.get('/livez', (_request, response) => void response.json({ ok: true }));
  root.get('/readyz', async (_request, response) => {
    const report = await health.readiness();
    response.status(report.ok ? 200 : 503).json(report);
  });
  root.get('/metrics', async (_request, response) => {
    const { contentType, body } = await metrics.render();
    response.set('content-type', contentType).send(body);
  });
  if (options.app !== undefined) root.use(options.app);

  let first: PlainHandler = (_request, _response, next) => next();
  const server = createServer((request, response) => first(request, response, () => root(request, response)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, options.port)));
    server.listen(options.port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    host,
    mount: (app) => void root.use(app),
    mountFirst: (handler) => {
      first = handler;
    },
    close: () =>
      new Promise((resolve, reject) => {
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
