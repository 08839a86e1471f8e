import { createHmac, randomUUID } from 'node:crypto';

export interface WebhookOptions {
  readonly connection?: string;
  readonly topic?: string;
  readonly secret?: string;
  readonly shop?: string;
  readonly eventId?: string;
}

/** Sends a webhook as the shop would: signed over the raw body. @returns the answer's status and problem, when there is one */
export async function sendWebhook(
  webhookUrl: string,
  body: string,
  options: WebhookOptions = {},
): Promise<{ status: number; body: string }> {
  const { connection = 'shop', topic = 'orders/updated', secret = 'sandbox-secret' } = options;
  const response = await fetch(`${webhookUrl}/webhooks/${connection}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': options.shop ?? 'demo.myshopify.test',
      'x-shopify-api-version': '2026-10',
      'x-shopify-webhook-id': randomUUID(),
      'x-shopify-event-id': options.eventId ?? randomUUID(),
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    },
    body,
  });
  return { status: response.status, body: await response.text() };
}

/** The part of an order webhook that matters: which order it is about. */
export function orderWebhookBody(orderId: string): string {
  return `{"id":${orderId},"admin_graphql_api_id":"gid://shopify/Order/${orderId}","updated_at":"${new Date().toISOString()}"}`;
}
