import type { RequestContext } from '../graphql/context.ts';
import { failed, type MutationContext, type MutationResolver } from '../graphql/context.ts';
import { addSubscription, isoSeconds, numericId, type Store, type Subscription } from '../store.ts';
import { findAddressMistakes } from '../webhooks/subscriptions/addresses.ts';
import { isFilterValid } from '../webhooks/subscriptions/narrow.ts';

interface SubscriptionInput {
  readonly uri?: string | null;
  readonly callbackUrl?: string | null;
  readonly filter?: string | null;
  readonly includeFields?: readonly string[] | null;
  readonly metafieldNamespaces?: readonly string[] | null;
}

/** Topic of the enum: `ORDER_TRANSACTIONS_CREATE` → `order_transactions/create`. */
function topicOf(name: string): string {
  const [, resource = '', verb = ''] = /^(.*)_([A-Z]+)$/.exec(name) ?? [];
  return name === 'ORDERS_PARTIALLY_FULFILLED'
    ? 'orders/partially_fulfilled'
    : `${resource.toLowerCase()}/${verb.toLowerCase()}`;
}

/** `orders/create` → `ORDERS_CREATE`. */
function topicEnum(topic: string): string {
  return topic.replace('/', '_').toUpperCase();
}

function viewSubscription(subscription: Subscription) {
  return {
    __typename: 'WebhookSubscription',
    ...subscription,
    legacyResourceId: numericId(subscription.id),
    topic: topicEnum(subscription.topic),
    callbackUrl: subscription.uri,
    endpoint: { __typename: 'WebhookHttpEndpoint', callbackUrl: subscription.uri },
    format: 'JSON',
    apiVersion: { displayName: '2026-10', handle: '2026-10', supported: true },
  };
}

const FIELD = ['webhookSubscription', 'callbackUrl'];

/** Problems of a new or changed subscription; a changed one does not conflict with itself. */
function findMistakes(
  store: Store,
  topic: string,
  uri: string | null | undefined,
  input: SubscriptionInput,
  self: string | null,
) {
  // The sandbox's own configured address may be a name inside a container network, by http.
  const isAllowed = uri?.trim() === store.webhookUrl;
  const mistakes = (isAllowed ? [] : findAddressMistakes(uri, store.localWebhooks)).map((message) => ({
    field: FIELD,
    message,
  }));
  if (mistakes.length > 0) return mistakes;
  if (!isFilterValid(input.filter))
    return failed(
      ['webhookSubscription'],
      'The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.',
    );
  const isTaken = [...store.subscriptions.values()].some(
    (one) => one.id !== self && one.topic === topic && one.uri === uri?.trim(),
  );
  return isTaken ? failed(FIELD, 'Address for this topic has already been taken') : [];
}

export const WEBHOOK_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  webhookSubscriptionCreate: (args, { store, now }: MutationContext) => {
    const input = args.webhookSubscription as SubscriptionInput;
    const uri = input.uri ?? input.callbackUrl;
    const topic = topicOf(String(args.topic));
    const mistakes = findMistakes(store, topic, uri, input, null);
    if (mistakes.length > 0) return { webhookSubscription: null, userErrors: mistakes };
    const made = addSubscription(store, topic, (uri ?? '').trim(), true, now);
    made.filter = input.filter ?? null;
    made.includeFields = [...(input.includeFields ?? [])];
    made.metafieldNamespaces = [...(input.metafieldNamespaces ?? [])];
    return { webhookSubscription: viewSubscription(made), userErrors: [] };
  },
  webhookSubscriptionUpdate: (args, { store, now }) => {
    const subscription = store.subscriptions.get(String(args.id));
    if (!subscription?.byApi)
      return { webhookSubscription: null, userErrors: failed(['id'], 'Webhook subscription does not exist') };
    const input = args.webhookSubscription as SubscriptionInput;
    const uri =
      input.uri !== undefined ? input.uri : input.callbackUrl !== undefined ? input.callbackUrl : subscription.uri;
    // An address that stays is not looked at again: that of a seeded subscription may be local.
    const mistakes =
      uri === subscription.uri && isFilterValid(input.filter)
        ? []
        : findMistakes(store, subscription.topic, uri, input, subscription.id);
    if (mistakes.length > 0) return { webhookSubscription: null, userErrors: mistakes };
    subscription.uri = (uri ?? '').trim();
    if (input.filter !== undefined) subscription.filter = input.filter;
    if (input.includeFields) subscription.includeFields = [...input.includeFields];
    if (input.metafieldNamespaces) subscription.metafieldNamespaces = [...input.metafieldNamespaces];
    subscription.updatedAt = isoSeconds(now());
    return { webhookSubscription: viewSubscription(subscription), userErrors: [] };
  },
  webhookSubscriptionDelete: (args, { store }) => {
    const id = String(args.id);
    if (!store.subscriptions.get(id)?.byApi || !store.subscriptions.delete(id))
      return { deletedWebhookSubscriptionId: null, userErrors: failed(['id'], 'Webhook subscription does not exist') };
    return { deletedWebhookSubscriptionId: id, userErrors: [] };
  },
};

export const WEBHOOK_QUERIES: Readonly<
  Record<string, (args: Record<string, unknown>, context: RequestContext) => unknown>
> = {
  webhookSubscription: (args, { store }) => {
    const found = store.subscriptions.get(String(args.id));
    return found?.byApi ? viewSubscription(found) : null;
  },
  webhookSubscriptions: (args, { store }) =>
    [...store.subscriptions.values()]
      // Those of the app's own configuration are in no list (schema 2026-10, and a recording says the same).
      .filter((one) => one.byApi)
      .filter((one) => !Array.isArray(args.topics) || args.topics.includes(topicEnum(one.topic)))
      .filter((one) => [args.uri, args.callbackUrl].every((uri) => uri == null || uri === one.uri))
      .map(viewSubscription),
};
