import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { WEBHOOK_SECRET, WEBHOOK_TOPIC } from '../rows.ts';
import type { Change } from './system.ts';

export interface WebhookSender {
  /** The connectors that take webhooks; each change is told to one of them, by chance. */
  sendTo(urls: readonly string[]): void;
  tell(change: Pick<Change, 'system' | 'id'>): void;
}

const RETRY_DELAYS_MS = [0, 500, 1_000, 2_000];
const TIMEOUT_MS = 5_000;

/** Tells of changes, signed, with a few repetitions; what nobody takes is left to the poll. A system's name is its connection's. */
export function createWebhookSender(random: () => number = Math.random): WebhookSender {
  let urls: readonly string[] = [];

  async function send({ system, id }: Pick<Change, 'system' | 'id'>): Promise<boolean> {
    const url = urls[Math.floor(random() * urls.length)];
    if (url === undefined) return true;
    const body = JSON.stringify({ id });
    const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'x-model-topic': WEBHOOK_TOPIC,
      'x-model-signature': signature,
    };
    const options = { method: 'POST', headers, body, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS } as const;
    const answer = await request(`${url}/webhooks/${system}`, options);
    await answer.body.dump();
    return answer.statusCode === 200;
  }

  async function sendUntilTaken(change: Pick<Change, 'system' | 'id'>): Promise<void> {
    for (const delayMs of RETRY_DELAYS_MS) {
      await sleep(delayMs);
      if (await send(change).catch(() => false)) return;
    }
  }

  return {
    sendTo: (given) => {
      urls = given;
    },
    tell: (change) => void sendUntilTaken(change),
  };
}
