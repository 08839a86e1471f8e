import { createHmac, randomUUID } from 'node:crypto';
import type { Store } from '../store.ts';
import { createPoster, type Poster } from './poster.ts';
import { writeJson } from './raw-json.ts';
import { keepFields, passesFilter } from './subscriptions/narrow.ts';

/** How the shop's webhooks misbehave; set by the control API. */
export interface WebhookSwitches {
  /** Copies sent besides the first (same event id), 0 = none. */
  readonly duplicates: number;
  readonly delayMs: number;
  /** Two webhooks at a time are sent in the wrong order; a single one waits up to a second for another. */
  readonly reorder: boolean;
  /** How many of the next webhooks get lost; `all` until changed. */
  readonly drop: number | 'all';
  /** API version the payloads claim to be serialised at. */
  readonly apiVersion: string;
  /** Signs with this instead of the store's secret. */
  readonly signWith: string | null;
}

export const NO_MISCHIEF: WebhookSwitches = {
  duplicates: 0,
  delayMs: 0,
  reorder: false,
  drop: 0,
  apiVersion: '2026-10',
  signWith: null,
};

export interface SentWebhook {
  readonly at: string;
  readonly store: string;
  readonly topic: string;
  readonly uri: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly attempt: number;
  /** HTTP status, or what went wrong; `dropped` when a switch lost it. */
  readonly result: number | string;
}

export interface WebhookSender {
  /** Sends an event to every subscription of its topic; returns immediately. */
  emit(store: Store, topic: string, payload: unknown): void;
  switches: WebhookSwitches;
  list(): readonly SentWebhook[];
  clear(): void;
  close(): Promise<void>;
}

/** Shopify tries 8 more times within 4 hours; by default the same steps run in seconds here. */
const RETRY_DELAYS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];
const REORDER_WAIT_MS = 1_000;
const LOG_LIMIT = 2_000;

interface Delivery {
  readonly store: Store;
  readonly topic: string;
  readonly uri: string;
  readonly subscriptionId: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly triggeredAt: string;
  readonly body: string;
}

export function createWebhookSender(options: {
  readonly now: () => number;
  readonly retryDelaysMs?: readonly number[];
}): WebhookSender {
  const retryDelaysMs = options.retryDelaysMs ?? RETRY_DELAYS_MS;
  const poster = createPoster();
  let isClosed = false;
  const timers = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();
  let log: SentWebhook[] = [];
  let held: { delivery: Delivery; release: NodeJS.Timeout } | null = null;

  const later = (ms: number, action: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.add(timer);
    return timer;
  };
  const note = (delivery: Delivery, attempt: number, result: number | string): void => {
    const { store, topic, uri, eventId, webhookId } = delivery;
    // Cut back now and then: to do it for each webhook would copy the whole log each time.
    if (log.length >= 2 * LOG_LIMIT) log = log.slice(-LOG_LIMIT);
    log.push({
      at: new Date(options.now()).toISOString(),
      store: store.domain,
      topic,
      uri,
      eventId,
      webhookId,
      attempt,
      result,
    });
  };

  const attempt = (delivery: Delivery, number: number): void => {
    const sending = post(poster, delivery, sender.switches).then((result) => {
      if (isClosed) return;
      note(delivery, number, result);
      const subscription = delivery.store.subscriptions.get(delivery.subscriptionId);
      if (typeof result === 'number' && result >= 200 && result < 300) {
        if (subscription) subscription.failures = 0;
        return;
      }
      const delayMs = retryDelaysMs[number - 1];
      if (delayMs !== undefined) later(delayMs, () => attempt(delivery, number + 1));
      else if (subscription) {
        subscription.failures += 1;
        // A subscription made by API is deleted when a webhook failed to the end.
        if (subscription.byApi) delivery.store.subscriptions.delete(subscription.id);
      }
    });
    underWay.add(sending);
    void sending.finally(() => underWay.delete(sending));
  };

  const send = (delivery: Delivery): void => {
    const { duplicates, delayMs } = sender.switches;
    for (let copy = 0; copy <= duplicates; copy += 1) {
      const sent = copy === 0 ? delivery : { ...delivery, webhookId: randomUUID() };
      if (delayMs > 0) later(delayMs, () => attempt(sent, 1));
      else attempt(sent, 1);
    }
  };
  const enqueue = (delivery: Delivery): void => {
    if (sender.switches.drop === 'all' || sender.switches.drop > 0) {
      if (sender.switches.drop !== 'all') sender.switches = { ...sender.switches, drop: sender.switches.drop - 1 };
      note(delivery, 1, 'dropped');
      return;
    }
    if (!sender.switches.reorder) {
      send(delivery);
    } else if (held === null) {
      held = { delivery, release: later(REORDER_WAIT_MS, flush) };
    } else {
      send(delivery);
      flush();
    }
  };
  const flush = (): void => {
    if (held === null) return;
    const { delivery, release } = held;
    clearTimeout(release);
    held = null;
    send(delivery);
  };

  const sender: WebhookSender = {
    switches: NO_MISCHIEF,
    emit: (store, topic, payload) => {
      const subscriptions = [...store.subscriptions.values()].filter(
        (subscription) => subscription.topic === topic && passesFilter(payload, subscription.filter),
      );
      if (subscriptions.length === 0) return;
      const eventId = randomUUID();
      const whole = writeJson(payload);
      for (const subscription of subscriptions) {
        const { includeFields } = subscription;
        const body = includeFields.length === 0 ? whole : writeJson(keepFields(payload, includeFields));
        enqueue({
          store,
          topic,
          uri: subscription.uri,
          subscriptionId: subscription.id,
          eventId,
          webhookId: randomUUID(),
          triggeredAt: new Date(options.now()).toISOString(),
          body,
        });
      }
    },
    list: () => log.slice(-LOG_LIMIT),
    clear: () => {
      log = [];
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      held = null;
      sender.switches = NO_MISCHIEF;
    },
    close: async () => {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      poster.close();
      await Promise.allSettled(underWay);
    },
  };
  return sender;
}

function post(poster: Poster, delivery: Delivery, switches: WebhookSwitches): Promise<number | string> {
  const { store, body } = delivery;
  const hmac = createHmac('sha256', switches.signWith ?? store.webhookSecret)
    .update(body)
    .digest('base64');
  const headers = {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'Shopify-Captain-Hook',
    'x-shopify-topic': delivery.topic,
    'x-shopify-hmac-sha256': hmac,
    'x-shopify-shop-domain': store.domain,
    'x-shopify-api-version': switches.apiVersion,
    'x-shopify-webhook-id': delivery.webhookId,
    'x-shopify-event-id': delivery.eventId,
    'x-shopify-triggered-at': delivery.triggeredAt,
  };
  return poster.post(delivery.uri, headers, body);
}
