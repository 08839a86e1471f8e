import { type CallContext, type SubscriptionFindings, VendorError } from '@entrepot/vendor-kit';
import type { GraphqlAnswer, ShopifyClient } from '../api/client.ts';
import type { Shop } from '../shop.ts';
import { RECORD_OF_TOPIC } from './receiver.ts';

/**
 * Subscribed besides the records: the removal of the app. (The topics of privacy law are set in the app's configuration
 * alone.)
 */
const APP_TOPICS = ['app/uninstalled'];
const PAGE = 100;

const LIST = `query WebhookSubscriptions($after: String) {
  webhookSubscriptions(first: ${PAGE}, after: $after) { pageInfo { hasNextPage endCursor } nodes { topic uri } }
}`;

const CREATE = `mutation SubscribeWebhook($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}`;

interface ListData {
  readonly webhookSubscriptions: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: readonly { readonly topic: string; readonly uri: string }[];
  };
}

interface CreateData {
  readonly webhookSubscriptionCreate: { readonly userErrors: readonly { readonly message: string }[] } | null;
}

/**
 * Shopify deletes a subscription made by API after 8 failures in a row, and says nothing. With the connection's own address
 * (`webhookUrl`) what is missing of its topics is made again. Without it only what was there once is known to be missing: the list has no
 * subscriptions of the app's configuration (schema 2026-10, `webhookSubscriptions`), and those are never deleted.
 */
export async function checkSubscriptions(
  shop: Shop,
  known: readonly string[],
  call: CallContext,
): Promise<SubscriptionFindings> {
  const { webhookUrl, webhookTopics } = shop.settings;
  const served = [...webhookTopics, ...APP_TOPICS];
  const own = await listOwn(shop, call);
  const wanted = webhookUrl === null ? known.filter((topic) => served.includes(topic)) : served;
  const present = served.filter((topic) => own.has(toEnum(topic)));
  const made: string[] = [];
  const missing: { topic: string; reason: string }[] = [];
  for (const topic of wanted.filter((one) => !present.includes(one))) {
    const reason =
      webhookUrl === null
        ? 'make it again, or set webhookUrl, so that the connector does'
        : await subscribe(shop.client, topic, webhookUrl, call);
    if (reason === null) made.push(topic);
    else missing.push({ topic, reason });
  }
  return { present: [...present, ...made], made, missing };
}

async function listOwn(shop: Shop, call: CallContext): Promise<Set<string>> {
  const own = new Set<string>();
  let after: string | null = null;
  do {
    const answer: GraphqlAnswer<ListData> = await shop.client.query<ListData>(
      { name: 'WebhookSubscriptions', document: LIST, variables: { after }, use: 'question' },
      call,
    );
    const { nodes, pageInfo } = answer.data.webhookSubscriptions;
    for (const { topic, uri } of nodes) if (isOwn(uri, shop)) own.add(topic);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return own;
}

function isOwn(uri: string, { settings: { webhookUrl }, connectionId }: Shop): boolean {
  if (!URL.canParse(uri)) return false;
  if (webhookUrl !== null) return new URL(uri).href === new URL(webhookUrl).href;
  return new URL(uri).pathname.endsWith(`/webhooks/${encodeURIComponent(connectionId)}`);
}

/** @returns why it was not made; null when it is there now */
async function subscribe(client: ShopifyClient, topic: string, uri: string, call: CallContext): Promise<string | null> {
  const includeFields = RECORD_OF_TOPIC.get(topic)?.fields ?? ['id'];
  try {
    const { data } = await client.query<CreateData>(
      {
        name: 'SubscribeWebhook',
        document: CREATE,
        variables: { topic: toEnum(topic), webhookSubscription: { uri, format: 'JSON', includeFields } },
        use: 'question',
      },
      call,
    );
    const errors = data.webhookSubscriptionCreate?.userErrors ?? [];
    // Another replica, or an answer of ours that was lost, has made it.
    const refusals = errors.filter(({ message }) => !/already been taken/i.test(message));
    if (refusals.length === 0) return null;
    return `Shopify refuses ${uri}: ${refusals.map(({ message }) => message).join(' ')}`;
  } catch (error) {
    // The subscriptions made so far must still be recorded; the next check tries the others again.
    if (error instanceof VendorError) return error.message;
    throw error;
  }
}

/** `orders/partially_fulfilled` → `ORDERS_PARTIALLY_FULFILLED`. */
function toEnum(topic: string): string {
  return topic.replace('/', '_').toUpperCase();
}
