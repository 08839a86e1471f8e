import { type HttpServer, type ListenAddress, sendProblem, serveHttp } from '@entrepot/service-kit';
import helmet from 'helmet';
import type { WebhookHandler } from './receive-webhooks.ts';

/**
 * Serves webhooks on the port that strangers reach, and nothing else there: metrics and health have a port of their own.
 * @throws ListenError when the port is taken or not allowed
 */
export function serveWebhooks(address: ListenAddress, handle: WebhookHandler): Promise<HttpServer> {
  const addSecurityHeaders = helmet();
  return serveHttp(address, (request, response) => {
    addSecurityHeaders(request, response, () => {
      response.setHeader('cache-control', 'no-store');
      handle(request, response, () => {
        sendProblem(response, {
          status: 404,
          title: 'Not found',
          detail: 'Only webhooks are taken here: POST /webhooks/<connection>.',
        });
        if (!request.complete) response.once('finish', () => request.destroy());
      });
    });
  });
}
