import { boundedText, milliseconds, text, wholeNumber } from '@entrepot/mapping';
import {
  addressSettingsShape,
  budgetSettingsShape,
  checkBaseUrl,
  pollSettingsShape,
  visibleIf,
} from '@entrepot/vendor-kit';
import { z } from 'zod';

/** Admin API version asked for unless a connection says otherwise: current stable since 2026-10-01. */
export const DEFAULT_API_VERSION = '2026-10';

/** Webhook topics that give hints; all optional, since polls find what no webhook announced. */
export const WEBHOOK_TOPICS = [
  'orders/create',
  'orders/updated',
  'orders/edited',
  'orders/cancelled',
  'orders/paid',
  'orders/fulfilled',
  'orders/partially_fulfilled',
  'orders/delete',
  'refunds/create',
  'order_transactions/create',
  'fulfillments/create',
  'fulfillments/update',
  'customers/create',
  'customers/update',
  'customers/delete',
  'customers/merge',
] as const;

const shopDomainSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(253, 'must have at most 253 characters, as every host name')
  .regex(/^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+$/, 'Give the shop domain without https://, such as demo.myshopify.com');

const authSchema = z
  .discriminatedUnion('type', [
    z
      .strictObject({ type: z.literal('static') })
      .describe('An access token made in the shop (custom app made before 2026)'),
    z
      .strictObject({
        type: z.literal('clientCredentials'),
        clientId: text('Client id of the app in the Dev Dashboard', 200),
      })
      .describe('A Dev Dashboard app of the same organization: tokens of 24 hours, renewed by themselves'),
    z
      .strictObject({
        type: z.literal('authorizationCode'),
        clientId: text('Client id of the app', 200),
      })
      .describe(
        "An app for shops of others, as public apps must sign in: the shop's owner agrees once on Shopify's page, tokens of an hour are renewed by themselves",
      ),
  ])
  .default({ type: 'static' })
  .describe('How the connector signs in');

const whileWebhooksCome = <T extends z.ZodType>(schema: T): T => visibleIf('settings.pollOnly', [false], schema);

export const settingsSchema = z
  .strictObject({
    shop: shopDomainSchema.describe(
      'The permanent domain of the store, e.g. demo.myshopify.com; webhooks of any other store are refused',
    ),
    baseUrl: z
      .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
      .max(2_000, 'must have at most 2000 characters')
      .nullable()
      .default(null)
      .describe('Address of the Admin API when it is not https://<shop>: a sandbox or a proxy'),
    ...addressSettingsShape,
    apiVersion: z
      .string()
      .regex(/^\d{4}-(01|04|07|10)$/, 'Give a quarterly version such as 2026-10')
      .default(DEFAULT_API_VERSION)
      .describe('Admin API version; an answer or webhook by another version raises attention'),
    auth: authSchema,
    pollOnly: z
      .boolean()
      .default(false)
      .describe(
        'No webhooks reach this installation: changes are found by polling alone, webhooks of this connection are refused and no subscription is looked for',
      ),
    webhookTopics: whileWebhooksCome(
      z
        .array(z.enum(WEBHOOK_TOPICS))
        .max(WEBHOOK_TOPICS.length, `must have at most ${WEBHOOK_TOPICS.length} entries`)
        .default([...WEBHOOK_TOPICS])
        .describe('Webhook topics that are acted upon; others are acknowledged and ignored'),
    ),
    webhookUrl: whileWebhooksCome(
      z
        .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://', abort: true })
        .max(2_000, 'must have at most 2000 characters')
        .refine(
          hasNoCredentials,
          'must not contain a user name or password: settings are shown to people, and a webhook is known by its signature',
        )
        .nullable()
        .default(null)
        .describe(
          'Address at which this connection’s webhooks arrive from outside, such as https://hooks.example.com/webhooks/<connection id>: subscriptions of webhookTopics that are missing in the shop are made with it, and made again when Shopify has deleted them. Left out: subscriptions are the app’s own configuration (shopify.app.toml) or made by hand, and one that was there and is gone is told',
        ),
    ),
    pollOverlapSeconds: wholeNumber(
      'How many seconds each poll reaches back before the last change seen, for changes that became visible late',
      { min: 0, max: 86_400 },
    ).default(120),
    ...pollSettingsShape,
    ...budgetSettingsShape({
      concurrency: 8,
      concurrencyHelp: 'Shopify counts points rather than requests, and says with each answer how many are left',
    }),
    timeoutMs: milliseconds('Longest wait for an answer of the Admin API', { min: 1_000, max: 120_000 }).default(
      20_000,
    ),
  })
  .superRefine((settings, context) =>
    checkBaseUrl(
      context,
      settings.baseUrl === null ? 'shop' : 'baseUrl',
      adminBaseUrl(settings),
      settings.allowedAddresses,
    ),
  );

const MAX_SECRET_CHARS = 1_000;
const MAX_WEBHOOK_SECRETS = 20;

export const secretsSchema = z.strictObject({
  accessToken: visibleIf(
    'settings.auth.type',
    ['static'],
    text('Admin API access token (static sign-in)', MAX_SECRET_CHARS).nullable().default(null),
  ),
  clientSecret: text(
    "The app's client secret (client credentials, authorization code); it signs the app's webhooks too",
    MAX_SECRET_CHARS,
  )
    .nullable()
    .default(null),
  webhookSecrets: z
    .array(boundedText(MAX_SECRET_CHARS))
    .max(MAX_WEBHOOK_SECRETS, `must have at most ${MAX_WEBHOOK_SECRETS} entries`)
    .default([])
    .describe(
      `Further secrets that webhooks may be signed with: during rotation, or of webhooks made under Admin → Notifications; at most ${MAX_WEBHOOK_SECRETS}`,
    ),
});

export type ShopifySettings = z.infer<typeof settingsSchema>;
export type ShopifySecrets = z.infer<typeof secretsSchema>;

function hasNoCredentials(url: string): boolean {
  const { username, password } = new URL(url);
  return username === '' && password === '';
}

/** Where the Admin API of the connection is, without a trailing slash. */
export function adminBaseUrl(settings: Pick<ShopifySettings, 'baseUrl' | 'shop'>): string {
  return (settings.baseUrl ?? `https://${settings.shop}`).replace(/\/+$/, '');
}
