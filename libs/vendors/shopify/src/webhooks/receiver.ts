import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EntityName } from '@entrepot/canonical';
import {
  type ConnectionView,
  type Hint,
  MalformedWebhook,
  type WebhookMessage,
  type WebhookReceiver,
  type WebhookRequest,
} from '@entrepot/vendor-kit';
import type { ShopifySecrets, ShopifySettings } from '../config.ts';
import { fromGid, isNumericId } from '../fields.ts';

type Connection = ConnectionView<ShopifySettings, ShopifySecrets>;

/** Topics without a record of ours that a person should know of. */
const NOTICES: ReadonlyMap<string, string> = new Map([
  ['app/uninstalled', 'The app was uninstalled from the shop: install it again, or switch the connection off.'],
  [
    'customers/redact',
    'Shopify asks for the erasure of a customer’s data: see the privacy requests in the shop’s admin.',
  ],
  [
    'customers/data_request',
    'A customer asks for the data kept about them: see the privacy requests in the shop’s admin.',
  ],
  ['shop/redact', 'Shopify asks for the erasure of the shop’s data, 48 hours after the app was uninstalled.'],
]);

type Payload = Readonly<Record<string, unknown>>;

interface TopicRecord {
  readonly entity: EntityName;
  /** What of the payload is read: all that a subscription of ours asks for, so that its bodies stay small. */
  readonly fields: readonly string[];
  readonly readIds: (payload: Payload) => readonly string[];
}

const OWN_ID = ['id', 'admin_graphql_api_id'];

/** Maps, not objects: the topic is a header, and may be the name of a property that every object has. Where a topic's payload keeps the id of the record to fetch. The payload itself is not used: the record is fetched whole. */
export const RECORD_OF_TOPIC = new Map<string, TopicRecord>([
  ['orders/create', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/updated', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/cancelled', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/paid', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/fulfilled', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/partially_fulfilled', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/delete', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  [
    'orders/edited',
    {
      entity: 'order',
      fields: ['order_edit'],
      readIds: (payload) => [readId(readObject(payload, 'order_edit'), 'order_id')],
    },
  ],
  [
    'refunds/create',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  [
    'order_transactions/create',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  [
    'fulfillments/create',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  [
    'fulfillments/update',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  ['customers/create', { entity: 'customer', fields: OWN_ID, readIds: readOwnId }],
  ['customers/update', { entity: 'customer', fields: OWN_ID, readIds: readOwnId }],
  ['customers/delete', { entity: 'customer', fields: OWN_ID, readIds: readOwnId }],
  [
    'customers/merge',
    {
      entity: 'customer',
      fields: ['admin_graphql_api_customer_kept_id', 'admin_graphql_api_customer_deleted_id'],
      readIds: (payload) => [
        gidOf(payload, 'admin_graphql_api_customer_kept_id'),
        gidOf(payload, 'admin_graphql_api_customer_deleted_id'),
      ],
    },
  ],
]);

/** The record's own id: `admin_graphql_api_id` where the payload has it, else the number (kept exact by the parser). */
function readOwnId(payload: Payload): readonly string[] {
  return [
    typeof payload.admin_graphql_api_id === 'string' ? gidOf(payload, 'admin_graphql_api_id') : readId(payload, 'id'),
  ];
}

function gidOf(payload: Payload, field: string): string {
  const value = payload[field];
  try {
    if (typeof value === 'string') {
      const id = fromGid(value);
      if (isNumericId(id)) return id;
    }
  } catch {
    // Reported below.
  }
  throw new MalformedWebhook(`The payload has no usable "${field}".`);
}

function readId(payload: Payload, field: string): string {
  const value = payload[field];
  const id = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (!isNumericId(id)) throw new MalformedWebhook(`The payload has no usable "${field}".`);
  return id;
}

function readObject(payload: Payload, field: string): Payload {
  const value = payload[field];
  if (typeof value !== 'object' || value === null) throw new MalformedWebhook(`The payload has no "${field}".`);
  return value as Payload;
}

/**
 * Receives Shopify's webhooks. The signature is base64(HMAC-SHA256(secret, raw body)) in `X-Shopify-Hmac-Sha256`; the secret is the
 * app's client secret, or that of the page Admin → Notifications for webhooks made there. Source: Shopify's webhook documentation
 * and the header list of @shopify/shopify-api.
 */
export const webhookReceiver: WebhookReceiver<ShopifySettings, ShopifySecrets> = {
  // Bodies go beyond a megabyte (Shopify staff, community 144434), are not used but for the id, and a refused one costs the subscription.
  maxBytes: 16 * 1024 * 1024,
  tooLargeAdvice:
    'Its change is found by the next poll, but Shopify ends a subscription of the Admin API after 8 failures in a row. Have the subscription send the id alone (includeFields: id, admin_graphql_api_id); those that the connector makes (webhookUrl) do.',
  // 8 times within 4 hours (Shopify changelog, 10 September 2024), and an hour for late ones.
  repeatsForMs: 5 * 3_600_000,
  topicHeader: 'x-shopify-topic',
  topics: [...RECORD_OF_TOPIC.keys(), ...NOTICES.keys()],
  isTaken: (settings) => !settings.pollOnly,

  verify: (headers, connection) => {
    const given = headers['x-shopify-hmac-sha256'];
    // 32 bytes are 44 characters in base64; anything else is no signature, and the comparison below needs equal lengths.
    if (given === undefined || !/^[A-Za-z0-9+/]{43}=$/.test(given)) return null;
    const signature = Buffer.from(given, 'base64');
    const candidates = listSecrets(connection.secrets).map((secret) => createHmac('sha256', secret));
    return {
      update: (chunk) => {
        for (const candidate of candidates) candidate.update(chunk);
      },
      // Every secret is tried, found or not, so that the time taken does not reveal which one fits.
      matches: () => candidates.filter((candidate) => timingSafeEqual(candidate.digest(), signature)).length > 0,
    };
  },

  read: (request, connection) => readMessage(request, connection),
};

function listSecrets(secrets: ShopifySecrets): string[] {
  return secrets.clientSecret === null
    ? [...secrets.webhookSecrets]
    : [secrets.clientSecret, ...secrets.webhookSecrets];
}

function readMessage(request: WebhookRequest, connection: Connection): WebhookMessage {
  const { headers } = request;
  const shop = headers['x-shopify-shop-domain']?.toLowerCase();
  if (shop !== connection.settings.shop)
    throw new MalformedWebhook(
      `The webhook is of shop ${shop ?? '(no header X-Shopify-Shop-Domain)'}, this connection is ${connection.settings.shop}.`,
    );
  const topic = headers['x-shopify-topic'];
  if (topic === undefined) throw new MalformedWebhook('The webhook has no header X-Shopify-Topic.');
  const record = RECORD_OF_TOPIC.get(topic);
  const wanted = record !== undefined && connection.settings.webhookTopics.some((known) => known === topic);
  const ids = wanted ? record.readIds(parsePayload(request.rawBody, topic)) : [];
  // Event ids are equal for all deliveries of one event, webhook ids only for the retries of one delivery (and some webhooks have only them).
  const eventId = headers['x-shopify-event-id'] ?? headers['x-shopify-webhook-id'];
  return {
    hints: record === undefined ? [] : ids.map((sourceId) => makeHint(record.entity, sourceId, topic)),
    duplicateKey: eventId === undefined ? null : `${shop}|${topic}|${eventId}`,
    attention: NOTICES.get(topic) ?? compareVersion(headers['x-shopify-api-version'], connection.settings.apiVersion),
  };
}

/** Deleted records, and those merged into another one, are in no list any more. */
function makeHint(entity: EntityName, sourceId: string, topic: string): Hint {
  const removes = topic.endsWith('/delete') || topic === 'customers/merge';
  const creates = topic === 'orders/create' || topic === 'customers/create';
  return { entity, sourceId, cause: topic, ...(removes && { deletion: true }), ...(creates && { creation: true }) };
}

function compareVersion(sent: string | undefined, configured: string): string | null {
  if (sent === undefined || sent === configured) return null;
  // The header is not signed: nothing is shown of it that does not look like a version.
  const shown = /^(\d{4}-\d{2}|unstable)$/.test(sent) ? `API version ${sent}` : 'another API version';
  return `Shopify sends webhooks of ${shown}, configured is ${configured}: set the same version in the app and in the connection.`;
}

function parsePayload(rawBody: Buffer, topic: string): Payload {
  let parsed: unknown;
  try {
    parsed = parseExactJson(rawBody.toString('utf8'));
  } catch {
    throw new MalformedWebhook(`The body of ${topic} is not JSON.`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new MalformedWebhook(`The body of ${topic} is not a JSON object.`);
  return parsed as Payload;
}

/** The shortest integers beyond 2^53 have 16 digits. */
const LONG_NUMBER = /\d{16}/;

type ReviverContext = { readonly source?: string };

/**
 * Parses JSON so that integers beyond 2^53 stay exact: they become text. Shopify's webhook payloads carry ids such as
 * 820982911946154508 as JSON numbers, which JSON.parse alone rounds to …500.
 * @throws SyntaxError when it is not JSON
 */
export function parseExactJson(text: string): unknown {
  // Looking at each value costs several times as much as parsing, and hardly any text holds so long a number.
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context?: ReviverContext): unknown =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined
      ? context.source
      : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}
