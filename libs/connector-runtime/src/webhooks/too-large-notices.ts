import type { WebhookReceiver, WebhookRequest } from '@entrepot/vendor-kit';
import type { OpenConnection } from '../sources/open-connections.ts';

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
