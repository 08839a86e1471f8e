import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HealthResult, type HttpServer, type ListenAddress, sendProblem, serveHttp } from '@entrepot/service-kit';
import type { WebhookReceiver, WebhookRequest } from '@entrepot/vendor-kit';
import helmet from 'helmet';
import type { OpenConnection } from '../sources/open-connections.ts';

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

export type BodyRead =
  | { readonly ok: true; readonly body: Buffer; readonly room: BodyRoom }
  | { readonly ok: false; readonly reason: 'too-large' | 'too-slow' | 'broken-off' | 'no-room' };

export interface BodyLimits {
  readonly maxBytes: number;
  readonly deadlineMs: number;
  /**
   * Shared by all bodies of the process. The caller releases the room of a body read whole, once it has dropped the
   * body.
   */
  readonly budget: Pick<ByteBudget, 'open'>;
}

/**
 * Reads a request's raw body and passes on each part as it arrives. Stops as soon as the body is larger than allowed,
 * by its content-length where it has one. Gives up a body that exceeds the deadline or for which the process has no
 * room.
 */
export function readBody(
  request: IncomingMessage,
  { maxBytes, deadlineMs, budget }: BodyLimits,
  onPart: (part: Buffer) => void,
): Promise<BodyRead> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.resolve({ ok: false, reason: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => end({ ok: false, reason: 'too-slow' }), deadlineMs);
    const end = (result: BodyRead): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      if (!result.ok) {
        request.pause();
        room.release();
      }
      resolve(result);
    };
    const room = budget.open(() => end({ ok: false, reason: 'no-room' }));
    const onData = (chunk: Buffer): void => {
      if (bytes + chunk.length > maxBytes) end({ ok: false, reason: 'too-large' });
      // Counts the bytes that arrived, not the announced length: announcing costs an attacker nothing.
      else if (!room.reserve(chunk.length)) end({ ok: false, reason: 'no-room' });
      else {
        bytes += chunk.length;
        chunks.push(chunk);
        onPart(chunk);
      }
    };
    const onEnd = (): void =>
      end({ ok: true, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks), room });
    const onBroken = (): void => end({ ok: false, reason: 'broken-off' });
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

/** How many bytes of unfinished bodies a process holds. */
export interface ByteBudget {
  /** @param giveUp called when another body needs the room: this one has been arriving for too long */
  open(giveUp: () => void): BodyRoom;
}

/** The room of one body. */
export interface BodyRoom {
  /** False when the room does not suffice; nothing is taken then. */
  reserve(bytes: number): boolean;
  /** Gives all of it back. */
  release(): void;
}

/** A vendor's body arrives within this time; a slower one, from any sender, must not keep others out. */
const SLOW_MS = 2_000;

export function createByteBudget(limit: number, nowMs: () => number = () => performance.now()): ByteBudget {
  let used = 0;
  /** In the order in which they began. */
  const rooms = new Set<{ bytes: number; readonly sinceMs: number; readonly giveUp: () => void }>();

  function free(room: { bytes: number }): void {
    used -= room.bytes;
    room.bytes = 0;
  }

  function makeRoom(bytes: number): boolean {
    for (const room of rooms) {
      if (used + bytes <= limit || nowMs() - room.sinceMs < SLOW_MS) break;
      rooms.delete(room);
      free(room);
      room.giveUp();
    }
    return used + bytes <= limit;
  }

  return {
    open(giveUp) {
      const room = { bytes: 0, sinceMs: nowMs(), giveUp };
      rooms.add(room);
      return {
        reserve(bytes) {
          if (!makeRoom(bytes) || !rooms.has(room)) return false;
          used += bytes;
          room.bytes += bytes;
          return true;
        },
        release() {
          rooms.delete(room);
          free(room);
        },
      };
    },
  };
}

/**
 * Alerts the operator to webhooks that were refused for their size: the vendor may end a subscription whose webhooks
 * are refused.
 */
export interface TooLargeNotices {
  refused(connection: OpenConnection, headers: WebhookRequest['headers']): void;
  /** A webhook was taken. Ends the notice of its topic, once the vendor has had the time to send the refused ones again and did not. */
  taken(connection: OpenConnection, headers: WebhookRequest['headers']): void;
}

interface Notice {
  /** The first notice's message: the same refusal with other numbers would alert the operator anew each time. */
  readonly message: string;
  lastAtMs: number;
}

/** @param receiver knows its topics; nothing else of the headers is shown, since a signature does not cover them */
export function createTooLargeNotices(
  receiver: Pick<WebhookReceiver, 'maxBytes' | 'topicHeader' | 'topics' | 'tooLargeAdvice' | 'repeatsForMs'>,
  nowMs: () => number = () => performance.now(),
): TooLargeNotices {
  const notices = new Map<string, Notice>();
  const keyOf = (connection: OpenConnection, topic: string | null): string => `${connection.id}|${topic ?? ''}`;

  const nameTopic = (headers: WebhookRequest['headers']): string | null =>
    receiver.topics.find((topic) => topic === headers[receiver.topicHeader]) ?? null;

  function describe(topic: string | null, announced: string | undefined): string {
    const bytes = Number(announced);
    const size = bytes > receiver.maxBytes ? `${bytes} bytes` : `more than ${receiver.maxBytes} bytes`;
    const what = topic === null ? 'A webhook of a topic we do not know' : `A webhook of ${topic}`;
    return `${what} with ${size} was refused (413), ${receiver.maxBytes} are taken. ${receiver.tooLargeAdvice}`;
  }

  return {
    refused(connection, headers) {
      const topic = nameTopic(headers);
      const key = keyOf(connection, topic);
      const notice = notices.get(key) ?? { message: describe(topic, headers['content-length']), lastAtMs: 0 };
      notice.lastAtMs = nowMs();
      notices.set(key, notice);
      connection.raiseAttention(`webhook too large: ${topic ?? ''}`, notice.message);
    },
    taken(connection, headers) {
      if (notices.size === 0) return;
      const topic = nameTopic(headers);
      const key = keyOf(connection, topic);
      const notice = notices.get(key);
      if (notice === undefined || nowMs() - notice.lastAtMs < receiver.repeatsForMs) return;
      notices.delete(key);
      connection.raiseAttention(`webhook too large: ${topic ?? ''}`, null);
    },
  };
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
