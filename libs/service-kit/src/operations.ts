import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Health } from './health.ts';
import { type HttpServer, serveHttp } from './http-server.ts';
import { type HostRefusal, isLoopback, refuseUnknownHosts } from './known-hosts.ts';
import type { Metrics } from './metrics/index.ts';
import { sendProblem } from './problem.ts';

export interface OperationsOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** Loopback by default: the endpoints have no authentication of their own. */
  readonly host?: string;
  /** Further host names that requests may use; on loopback, or when any are given, others are refused. */
  readonly allowedHosts?: readonly string[];
  readonly health: Health;
  readonly metrics: Metrics;
  /** The service's own routes (an express app or router), tried after the operations endpoints. */
  readonly app?: RequestHandler;
}

/** Answers a request, or calls `next`. */
export type PlainHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface OperationsServer extends HttpServer {
  /** Adds the service's own routes (an express app, router, or a Nest app's express instance) after start. */
  mount(app: RequestHandler): void;
  /** Installs a plain handler before all others: for the one route whose number of requests makes express' own cost per request matter. */
  mountFirst(handler: PlainHandler): void;
  /** Calls `listener` for each request refused for its host or origin. */
  onRefusedHost(listener: (refusal: HostRefusal) => void): void;
}

/**
 * Serves `/livez` (200 while the event loop turns), `/readyz` (200 or 503 with the checks as JSON) and `/metrics`. Parses nothing before
 * the service's own routes, so a webhook sees its raw body.
 * @throws ListenError when the port is taken or not allowed
 */
export async function serveOperations(options: OperationsOptions): Promise<OperationsServer> {
  const { host = '127.0.0.1', allowedHosts = [], health, metrics } = options;
  const root = express();
  root.disable('x-powered-by');
  root.use(['/livez', '/readyz', '/metrics'], helmet());
  root.get('/livez', (_request, response) => void response.json({ ok: true }));
  root.get('/readyz', async (_request, response) => {
    const report = await health.readiness();
    response.status(report.ok ? 200 : 503).json(report);
  });
  root.get('/metrics', async (_request, response) => {
    const { contentType, body } = await metrics.render();
    response.set('content-type', contentType).send(body);
  });
  const own = express.Router();
  if (options.app !== undefined) own.use(options.app);
  root.use(own, answerUnknown);

  let first: PlainHandler = (_request, _response, next) => next();
  let noteRefused = (_refusal: HostRefusal): void => {};
  const refuseUnknown = refuseUnknownHosts(allowedHosts, (refusal) => noteRefused(refusal));
  const isChecked = isLoopback(host) || allowedHosts.length > 0;
  const server = await serveHttp({ port: options.port, host }, (request, response) => {
    const answer = () => first(request, response, () => root(request, response));
    if (isChecked) refuseUnknown(request, response, answer);
    else answer();
  });
  return {
    ...server,
    mount: (app) => void own.use(app),
    mountFirst: (handler) => {
      first = handler;
    },
    onRefusedHost: (listener) => {
      noteRefused = listener;
    },
  };
}

/** Answers paths unknown to both the operations endpoints and the service. */
const answerUnknown: RequestHandler = (request, response) => {
  sendProblem(response, {
    status: 404,
    title: 'There is nothing here',
    detail: `${request.method} of this path is not served. What every service serves: GET /livez, /readyz and /metrics.`,
  });
};
