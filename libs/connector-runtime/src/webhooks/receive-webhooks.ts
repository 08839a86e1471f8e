import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Publisher } from '@entrepot/broker';
import { eventKey, inboxTopic } from '@entrepot/canonical';
import { continueTrace, NO_TRACES, readTraceId, type Tracer } from '@entrepot/runtime-kit/tracing';
import { type Logger, type Problem, sendProblem } from '@entrepot/service-kit';
import {
  type ConnectionView,
  MalformedWebhook,
  type WebhookMessage,
  type WebhookReceiver,
  type WebhookRequest,
  type WebhookVerification,
} from '@entrepot/vendor-kit';
import { formatInboxMessage } from '../consumers/handle-hint.ts';
import type { ConnectorMetrics, WebhookRefusal } from '../metrics.ts';
import type { OpenConnection, OpenConnections } from '../sources/open-connections.ts';
import {
  type BodyRoom,
  createByteBudget,
  createTooLargeNotices,
  readBody,
  type WebhookHandler,
  type WebhookReadiness,
} from './admission.ts';

export interface WebhookOptions {
  readonly vendor: string;
  readonly receiver: WebhookReceiver;
  readonly connections: OpenConnections;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly metrics: ConnectorMetrics;
  readonly tracer?: Tracer;
  nowMicros(): number;
  /** A vendor sends again only when it is refused in time. */
  readonly publishDeadlineMs?: number;
  readonly bodyDeadlineMs?: number;
  /** Maximum bytes of bodies being received, all connections together; beyond it, vendors are asked to send again. */
  readonly maxBytesInFlight: number;
  /** Records how Kafka took the webhooks' hints. */
  readonly readiness: Pick<WebhookReadiness, 'refused' | 'acknowledged'>;
}

const REMEMBERED_DELIVERIES = 50_000;

/**
 * `POST /webhooks/<connection>`: verifies the raw body before it parses it, puts its hints on the inbox topic, answers 200 after Kafka's
 * acknowledgement. A webhook not answered 200 publishes nothing, except when Kafka's answer came too late.
 */
export function createWebhookHandler(options: WebhookOptions): WebhookHandler {
  const { receiver, metrics, log, tracer = NO_TRACES } = options;
  const topic = inboxTopic(options.vendor);
  const recent = createRecentKeys(REMEMBERED_DELIVERIES);
  const budget = createByteBudget(options.maxBytesInFlight);
  const tooLarge = createTooLargeNotices(receiver);

  async function receive(request: IncomingMessage, response: ServerResponse, connectionId: string): Promise<void> {
    const startedAt = performance.now();
    const problem = await answer(request, connectionId, startedAt);
    if (problem === null) {
      response.writeHead(200, { 'content-length': 0 });
      response.end();
      return;
    }
    sendProblem(response, problem);
    // An unread body would be parsed as the next request: the connection ends with this answer.
    if (!request.complete) response.once('finish', () => request.destroy());
  }

  /** Gives null when all is done: the webhook was taken. */
  async function answer(request: IncomingMessage, connectionId: string, startedAt: number): Promise<Problem | null> {
    const connection = options.connections.find(connectionId);
    if (connection === 'unknown')
      return reject(
        'unknown',
        'unknown-connection',
        404,
        'Unknown connection',
        `There is no ${options.vendor} connection "${connectionId.slice(0, 100)}" here.`,
      );
    if (connection === 'inactive')
      return reject(
        connectionId,
        'inactive',
        410,
        'Connection inactive',
        `The connection ${connectionId} is switched off: its webhooks are not taken.`,
      );
    if (request.method !== 'POST') {
      return {
        ...reject(connectionId, 'method', 405, 'Method not allowed', 'Webhooks are sent by POST.'),
        headers: { allow: 'POST' },
      };
    }
    const view = connection.view();
    if (view === null)
      return unavailable(
        connectionId,
        'not-ready',
        'The connection cannot be opened at the moment; its settings or secrets need attention.',
      );

    if (!receiver.isTaken(view.settings))
      return {
        ...reject(
          connectionId,
          'poll-only',
          403,
          'Webhooks are not taken',
          `The connection ${connectionId} is set to be polled only: switch that off in its settings, or end the vendor's webhook subscriptions.`,
        ),
        headers: { connection: 'close' },
      };

    const headers = request.headers as WebhookRequest['headers'];
    const verification = receiver.verify(headers, view);
    if (verification === null) return { ...rejectForged(connectionId), headers: { connection: 'close' } };
    const limits = { maxBytes: receiver.maxBytes, deadlineMs: options.bodyDeadlineMs ?? 10_000, budget };
    const read = await readBody(request, limits, verification.update);
    if (!read.ok) {
      if (read.reason === 'no-room')
        return unavailable(connectionId, 'busy', 'Too many webhooks arrive at once; send it again.');
      if (read.reason === 'too-large') {
        tooLarge.refused(connection, headers);
        return {
          ...reject(connectionId, 'too-large', 413, 'Body too large', `A webhook may have ${receiver.maxBytes} bytes.`),
          headers: { connection: 'close' },
        };
      }
      return {
        ...reject(
          connectionId,
          read.reason,
          408,
          'Body not received',
          'The body did not arrive in time or was broken off.',
        ),
        headers: { connection: 'close' },
      };
    }
    const message = readVerified(read, verification, headers, view, connectionId);
    if ('status' in message) return message;
    tooLarge.taken(connection, headers);
    if (message.attention !== null) connection.raiseAttention(`webhook: ${message.attention}`, message.attention);
    const given = readTraceId(headers.traceparent) === null ? null : (headers.traceparent ?? null);
    return tracer.span('webhook', given, { connection: connectionId }, (own) =>
      // Without a span of ours the record gets one anyway, so that log lines about it are found together.
      take(message, connection, own === null || own === given ? continueTrace(headers.traceparent) : own, startedAt),
    );
  }

  /** The only place that looks at a body; its room is free when it returns. */
  function readVerified(
    { body: rawBody, room }: { readonly body: Buffer; readonly room: BodyRoom },
    verification: WebhookVerification,
    headers: WebhookRequest['headers'],
    view: ConnectionView,
    connectionId: string,
  ): WebhookMessage | Problem {
    try {
      if (verification.matches()) return readMessage({ rawBody, headers }, view, connectionId);
      log.warn({ connection: connectionId, bytes: rawBody.length }, 'webhook with a wrong signature refused');
      return rejectForged(connectionId);
    } finally {
      room.release();
    }
  }

  function rejectForged(connectionId: string): Problem {
    return reject(
      connectionId,
      'forged',
      401,
      'Wrong signature',
      "The signature does not match the body: look whether the connection's webhook secret is the sender's.",
    );
  }

  function readMessage(webhook: WebhookRequest, view: ConnectionView, connectionId: string): WebhookMessage | Problem {
    try {
      return receiver.read(webhook, view);
    } catch (error) {
      if (!(error instanceof MalformedWebhook)) throw error;
      return reject(connectionId, 'malformed', 400, 'Malformed webhook', error.message);
    }
  }

  async function take(
    message: WebhookMessage,
    connection: OpenConnection,
    traceparent: string,
    startedAt: number,
  ): Promise<Problem | null> {
    const { id: connectionId } = connection;
    // Hints of entities without a public topic have no consumer.
    const hints = message.hints.filter(({ entity }) => connection.entities.includes(entity));
    const duplicateKey = message.duplicateKey === null ? null : `${connectionId}|${message.duplicateKey}`;
    if (duplicateKey !== null && recent.has(duplicateKey)) {
      metrics.webhookRepeated(connectionId);
      return null;
    }
    const receivedAtMicros = options.nowMicros();
    const sends = hints.map(({ entity, sourceId, cause, deletion = false, creation = false }) =>
      options.publisher.send(topic, {
        key: eventKey(connectionId, sourceId),
        value: formatInboxMessage({
          connection: connectionId,
          entity,
          sourceId,
          cause,
          deletion,
          creation,
          receivedAtMicros,
        }),
        headers: { traceparent },
      }),
    );
    const sending = Promise.all(sends);
    const taken = await withinDeadline(sending, options.publishDeadlineMs ?? 4_000);
    if (taken !== true) {
      options.readiness.refused(sending);
      log.error({ err: taken, connection: connectionId }, 'webhook not taken: Kafka does not acknowledge');
      return unavailable(connectionId, 'kafka', 'The webhook could not be stored; send it again.');
    }
    if (sends.length > 0) options.readiness.acknowledged();
    // Only after the acknowledgement: noted earlier, a repetition after a failure would be lost as a duplicate.
    if (duplicateKey !== null) recent.add(duplicateKey);
    connection.noteWebhook();
    metrics.hintsAccepted.inc({ connection: connectionId }, hints.length);
    metrics.webhookSeconds.observe({ connection: connectionId }, (performance.now() - startedAt) / 1_000);
    return null;
  }

  function reject(connection: string, reason: WebhookRefusal, status: number, title: string, detail: string): Problem {
    metrics.webhookRejected(connection, reason);
    return { status, title, detail };
  }

  function unavailable(connection: string, reason: WebhookRefusal, detail: string): Problem {
    return { ...reject(connection, reason, 503, 'Not available', detail), headers: { 'retry-after': '5' } };
  }

  return (request, response, next) => {
    const match = /^\/webhooks\/([^/?#]+)\/?(?:\?.*)?$/.exec(request.url ?? '');
    if (match === null) return next();
    receive(request, response, decodeSegment(match[1] as string)).catch((err: unknown) => {
      log.error({ err }, 'webhook failed');
      sendProblem(response, {
        status: 500,
        title: 'Internal error',
        detail: 'The webhook could not be handled; send it again.',
      });
    });
  };
}

/** True when the promise resolved in time, else what went wrong. */
async function withinDeadline(promise: Promise<unknown>, deadlineMs: number): Promise<true | Error> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`no acknowledgement within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([promise.then(() => true as const), late]);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A bounded memory of recently acknowledged keys; the oldest is forgotten first. */
export interface RecentKeys {
  has(key: string): boolean;
  add(key: string): void;
}

export function createRecentKeys(limit: number): RecentKeys {
  // Two generations instead of an order per key: at most twice the limit, and no bookkeeping on the way of each webhook.
  let young = new Set<string>();
  let old = new Set<string>();
  return {
    has: (key) => young.has(key) || old.has(key),
    add(key) {
      young.add(key);
      if (young.size < limit) return;
      old = young;
      young = new Set();
    },
  };
}
