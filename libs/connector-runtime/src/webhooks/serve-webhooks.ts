import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HealthResult, type HttpServer, type ListenAddress, sendProblem, serveHttp } from '@entrepot/service-kit';
import helmet from 'helmet';

/** An express-style handler; passes on what is not below `/webhooks/`. */
export type WebhookHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

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

/** Knows whether webhooks can be accepted, that is, whether Kafka acknowledges their hints. */
export interface WebhookReadiness {
  /** Kafka did not acknowledge a webhook's hints in time: it was answered 503. Its sends go on for a while. */
  refused(sends: Promise<unknown>): void;
  acknowledged(): void;
  check(): Promise<HealthResult>;
}

/**
 * How long one refusal counts against a Kafka that answers. Then webhooks are accepted again: without any, the recovery
 * would never show.
 */
const REMEMBER_MS = 10_000;
/** Health checks wait 2 s for an answer. */
const ANSWER_MS = 1_500;
/** All callers within this time share one probe, and an unanswered probe is not followed by many. */
const FRESH_MS = 500;
const PENDING_MS = 4_000;
/** How long a webhook waits for Kafka: a shorter silence of a busy machine loses none. */
const PATIENCE_MS = 4_000;

/** @param askKafka asks something that only a working Kafka answers */
export function createWebhookReadiness(
  askKafka: () => Promise<unknown>,
  nowMs: () => number = () => performance.now(),
): WebhookReadiness {
  let refusedAtMs: number | null = null;
  let unsettled = 0;
  let asked: { readonly atMs: number; readonly answer: Promise<HealthResult>; pending: boolean } | null = null;
  let answeredAtMs: number | null = null;

  const ask = (): Promise<HealthResult> => {
    if (asked !== null && nowMs() - asked.atMs <= (asked.pending ? PENDING_MS : FRESH_MS)) return asked.answer;
    const question = {
      atMs: nowMs(),
      pending: true,
      answer: askKafka().then(
        () => {
          question.pending = false;
          answeredAtMs = nowMs();
          return { ok: true };
        },
        () => {
          question.pending = false;
          return { ok: false, detail: 'Kafka does not answer: webhooks are answered 503' };
        },
      ),
    };
    asked = question;
    return question.answer;
  };

  return {
    refused(sends) {
      refusedAtMs = nowMs();
      unsettled += 1;
      const settle = (): void => {
        unsettled -= 1;
      };
      sends.then(() => {
        settle();
        refusedAtMs = null;
      }, settle);
    },
    acknowledged() {
      refusedAtMs = null;
    },
    async check() {
      const refusing = unsettled > 0 || (refusedAtMs !== null && nowMs() - refusedAtMs < REMEMBER_MS);
      if (refusing) return { ok: false, detail: 'Kafka does not acknowledge: webhooks are answered 503' };
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<HealthResult>((resolve) => {
        const detail = `Kafka has not answered for ${ANSWER_MS} ms: webhooks would be answered 503`;
        timer = setTimeout(() => {
          const isRecent = answeredAtMs !== null && nowMs() - answeredAtMs < PATIENCE_MS;
          resolve(isRecent ? { ok: true } : { ok: false, detail });
        }, ANSWER_MS);
      });
      try {
        return await Promise.race([ask(), late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
