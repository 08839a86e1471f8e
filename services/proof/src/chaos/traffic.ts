import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { toOrderInput } from '@entrepot/stack/clients';
import { request } from 'undici';
import { createRandom, type Random } from './random.ts';
import { watchForStandstill } from './standstill.ts';
import type { ChaosStack } from './surroundings/chaos-stack.ts';
import type { SandboxClient } from './surroundings/sandbox-client.ts';

/** The shop's state of an order, and so what the company must hold in the end. */
export interface SentOrder {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly placedAt: number;
  /** Its first webhook left immediately; others come late, or never. */
  readonly isPrompt: boolean;
  /** Number of the newest state; every state's note names it. */
  state: number;
  /** Requested quantity of the second line. */
  quantity: number;
  cancelled: boolean;
}

export interface Traffic {
  readonly sent: ReadonlyMap<string, SentOrder>;
  /** Webhooks sent and answered 200. */
  webhooks(): { sent: number; accepted: number };
  /** All requested orders are placed, or were given up since none arrived; further ones may follow. */
  hasPlacedAll(): boolean;
  /** Places all orders over `activeMs`, continues at that rate until `isOver`, and resolves when the last webhook has been tried. */
  run(isOver: () => boolean, signal: AbortSignal): Promise<void>;
}

/** A shop's retries of a refused webhook; the poll must find orders that are still unknown afterwards. */
const RETRY_DELAYS_MS = [500, 1_000, 2_000, 4_000];
const WEBHOOK_TIMEOUT_MS = 5_000;
const SHARE_WITHOUT_WEBHOOK = 0.1;
const SHARE_PROMPT = 0.7;
const SHARE_CANCELLED = 0.1;
const CONNECTION = 'shop';
const FIRST_LINE_SKU = 'A00001';
const SECOND_LINE_SKU = 'A00003';

/** The note of a state, which identifies it in the company. */
export function noteOfState(state: number): string {
  return `state ${state}.`;
}

/** The state that the remarks name; null when they name none. */
export function readState(remarks: string | null | undefined): number | null {
  const found = /state (\d+)\./.exec(remarks ?? '');
  return found === null ? null : Number(found[1]);
}

/** The company's reference of an order of the shop. */
export function referenceOf(orderId: string): string {
  return `${CONNECTION}/${orderId}`;
}

export { FIRST_LINE_SKU, SECOND_LINE_SKU };

/** Configures the shop for a run: turns off its own webhooks, which the run sends instead, and its quota. */
export async function prepareShop(sandbox: SandboxClient): Promise<void> {
  await sandbox.put('_control/shopify/webhooks', { drop: 'all' });
  // The run measures the cost of a fault or a replacement, not the shop's quota.
  await sandbox.patch('_control/shopify/stores/demo.myshopify.test', {
    restoreRate: 5_000,
    maximumAvailable: 20_000,
    available: 20_000,
  });
}

export interface TrafficKind {
  /** 0 to 1: share of orders that change one to three times. */
  readonly editedShare: number;
  /** 0 to 1: share of webhooks that are sent two to five times. */
  readonly repeatedShare: number;
  /** On average; all orders of a shopper share an address, and its one customer. */
  readonly ordersAShopper: number;
  /** The next order waits while this many are placed and not in the company; infinite: only the clock decides. */
  readonly mostOpen: number;
}

export interface TrafficWish extends TrafficKind {
  readonly seed: number;
  readonly activeMs: number;
  readonly orders: number;
}

export const USUAL_TRAFFIC: TrafficKind = {
  editedShare: 0.35,
  repeatedShare: 0.8,
  ordersAShopper: 3,
  mostOpen: Number.POSITIVE_INFINITY,
};

const OPEN_LOOK_EVERY_MS = 250;
/** An order that has not arrived by then never does: the run must end with a verdict. */
const STANDSTILL_MS = 120_000;

/** Prepares orders of a seed, for a shop configured by {@link prepareShop}: the webhooks sent here are the only ones. */
export function prepareTraffic(
  chaos: Pick<ChaosStack, 'sandbox' | 'webhookUrls'>,
  wish: TrafficWish,
  tell: (line: string) => void,
  readArrived: () => Promise<ReadonlySet<string | null>> = async () => new Set(),
): Traffic {
  const sent = new Map<string, SentOrder>();
  const random = createRandom(wish.seed, 2);
  let webhooksSent = 0;
  let webhooksAccepted = 0;
  let started = 0;
  const open = new Set<SentOrder>();
  let beingPlaced = 0;
  let hasGivenUp = false;

  async function sendWebhook(orderId: string, topic: string, url: string, eventId: string): Promise<boolean> {
    const body = `{"id":${orderId},"admin_graphql_api_id":"gid://shopify/Order/${orderId}"}`;
    webhooksSent += 1;
    try {
      const answer = await request(`${url}/webhooks/shop`, {
        method: 'POST',
        headersTimeout: WEBHOOK_TIMEOUT_MS,
        bodyTimeout: WEBHOOK_TIMEOUT_MS,
        headers: {
          'content-type': 'application/json',
          'x-shopify-topic': topic,
          'x-shopify-shop-domain': 'demo.myshopify.test',
          'x-shopify-api-version': '2026-10',
          'x-shopify-webhook-id': randomUUID(),
          'x-shopify-event-id': eventId,
          'x-shopify-hmac-sha256': createHmac('sha256', 'sandbox-secret').update(body).digest('base64'),
        },
        body,
      });
      await answer.body.dump();
      const isTaken = answer.statusCode === 200;
      if (isTaken) webhooksAccepted += 1;
      return isTaken;
    } catch {
      return false;
    }
  }

  /** Sends one webhook, with a shop's retries. */
  async function deliverWebhook(
    orderId: string,
    topic: string,
    url: string,
    eventId: string,
    delayMs: number,
  ): Promise<void> {
    await sleep(delayMs);
    for (const retryMs of [...RETRY_DELAYS_MS, null]) {
      if (await sendWebhook(orderId, topic, url, eventId)) return;
      if (retryMs !== null) await sleep(retryMs);
    }
  }

  /** Announces a change 1 to 5 times, in any order of time, to either connector. */
  function tellOfChange(orderId: string, topic: string, isPrompt: boolean, chance: Random): Promise<unknown> {
    const copies = chance.chance(wish.repeatedShare) ? chance.integer(2, 5) : 1;
    // Half of them repeat one event's id, by which a connector detects a repetition; half are events of their own.
    const eventId = randomUUID();
    return Promise.all(
      Array.from({ length: copies }, (_, copy) =>
        deliverWebhook(
          orderId,
          chance.pick([topic, topic, 'orders/paid']),
          chance.pick(chaos.webhookUrls),
          chance.chance(0.5) ? eventId : randomUUID(),
          isPrompt && copy === 0 ? 0 : chance.integer(0, 4_000),
        ),
      ),
    );
  }

  async function live(chance: Random): Promise<void> {
    const email = `shopper-${chance.integer(1, Math.max(4, Math.floor(wish.orders / wish.ordersAShopper)))}@example.com`;
    const quantity = chance.integer(2, 9);
    const order = toOrderInput({
      email,
      note: noteOfState(0),
      lines: [
        { sku: FIRST_LINE_SKU, title: 'Printer Inkjet 1312', price: '300.00', quantity: 1 },
        { sku: SECOND_LINE_SKU, title: 'Paper - A4', price: '7.50', quantity },
      ],
    });
    const isTold = !chance.chance(SHARE_WITHOUT_WEBHOOK);
    const isPrompt = isTold && chance.chance(SHARE_PROMPT);
    const placedAt = Date.now();
    beingPlaced += 1;
    const made = await chaos.sandbox
      .post<{ id: string; name: string }>('_control/shopify/orders', { order, silent: true })
      .finally(() => {
        beingPlaced -= 1;
      });
    const record: SentOrder = { ...made, email, placedAt, isPrompt, state: 0, quantity, cancelled: false };
    sent.set(made.id, record);
    open.add(record);
    const told = [isTold ? tellOfChange(made.id, 'orders/create', isPrompt, chance) : undefined];
    const edits = chance.chance(wish.editedShare) ? chance.integer(1, 3) : 0;
    for (let edit = 0; edit < edits; edit += 1) {
      await sleep(chance.integer(0, chance.pick([50, 1_000, 10_000])));
      await change(record, chance);
      if (chance.chance(0.8)) told.push(tellOfChange(made.id, 'orders/updated', false, chance));
    }
    if (chance.chance(SHARE_CANCELLED)) {
      await sleep(chance.integer(0, 15_000));
      await chaos.sandbox.patch(`_control/shopify/orders/${made.id}`, { cancel: { reason: 'CUSTOMER' }, silent: true });
      record.cancelled = true;
      if (chance.chance(0.8)) told.push(tellOfChange(made.id, 'orders/cancelled', false, chance));
    }
    await Promise.all(told);
  }

  /** A new state: another note, and mostly another quantity too. */
  async function change(record: SentOrder, chance: Random): Promise<void> {
    const state = record.state + 1;
    const quantity = chance.chance(0.7) ? chance.integer(1, 9) : record.quantity;
    await chaos.sandbox.patch(`_control/shopify/orders/${record.id}`, {
      ...(quantity !== record.quantity && { quantities: { '1': quantity } }),
      set: { note: noteOfState(state) },
      silent: true,
    });
    Object.assign(record, { state, quantity });
  }

  /** Orders placed faster than they arrive would only queue, and no fault would strike one anywhere else. */
  async function waitForRoom(signal: AbortSignal): Promise<void> {
    const isFull = (): boolean => open.size + beingPlaced >= wish.mostOpen;
    const hasStoppedArriving = watchForStandstill(STANDSTILL_MS);
    while (isFull() && !signal.aborted) {
      const arrived = await readArrived();
      if (hasStoppedArriving(-arrived.size)) {
        tell(`nothing has arrived for ${STANDSTILL_MS / 1_000} s: no more orders are placed`);
        hasGivenUp = true;
        return;
      }
      // An order cancelled before its import makes no document.
      for (const order of open) if (order.cancelled || arrived.has(referenceOf(order.id))) open.delete(order);
      if (isFull()) await sleep(OPEN_LOOK_EVERY_MS);
    }
  }

  return {
    sent,
    hasPlacedAll: () => started >= wish.orders || hasGivenUp,
    webhooks: () => ({ sent: webhooksSent, accepted: webhooksAccepted }),
    run: async (isOver, signal) => {
      const startedAt = performance.now();
      const lives = new Set<Promise<void>>();
      while ((started < wish.orders || !isOver()) && !signal.aborted) {
        const dueMs = (started / wish.orders) * wish.activeMs;
        const waitMs = dueMs - (performance.now() - startedAt);
        if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        await waitForRoom(signal);
        if (hasGivenUp) break;
        started += 1;
        const life = live(createRandom(random.integer(0, 2 ** 31))).catch((error: Error) =>
          tell(`an order's life broke off: ${error.message}`),
        );
        lives.add(life);
        void life.finally(() => lives.delete(life));
      }
      await Promise.all(lives);
    },
  };
}
