import { createCostBudget, createHttpClient, type GuardedSourceContext, type Shortage } from '@entrepot/vendor-kit';
import { readAccess, type ShopAccess } from './api/access.ts';
import { type AttentionBoard, createAttentionBoard, createShopifyClient, type ShopifyClient } from './api/client.ts';
import { createTokenSource } from './api/token.ts';
import { adminBaseUrl, type ShopifySecrets, type ShopifySettings } from './config.ts';
import { type ChangeReader, createChangeReader } from './read/changes.ts';
import { createRecordReader, type RecordReader } from './read/record-reader.ts';

/** One store, shared by everything that reads it: its budget, its token, and what was learnt about it. */
export interface Shop {
  readonly connectionId: string;
  readonly settings: ShopifySettings;
  readonly client: ShopifyClient;
  readonly reader: RecordReader;
  readonly changes: ChangeReader;
  readonly attention: AttentionBoard;
  /** What the token may and the schema can; asked again after a while. */
  access(signal: AbortSignal): Promise<ShopAccess>;
  close(): Promise<void>;
}

/**
 * How long scopes and schema are cached; a change of the app's access or of the served version takes effect after it.
 */
const ACCESS_LIFE_MS = 15 * 60_000;
/** An order of 500 lines with everything on it is some 3 MB; several travel in one answer. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

export function openShop(context: GuardedSourceContext<ShopifySettings, ShopifySecrets>): Shop {
  const { now } = context;
  const { settings, secrets, id: connectionId } = context.connection;
  const http = createHttpClient({
    name: 'Shopify',
    baseUrl: adminBaseUrl(settings),
    allowedAddresses: settings.allowedAddresses,
    timeoutMs: settings.timeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    masker: context.masker,
  });
  const attention = createAttentionBoard((message) => context.raiseAttention(message));
  const tokens = createTokenSource({ settings, secrets, http, now });
  const budget = createCostBudget({
    now,
    onShortage: (shortage) => context.reportThrottled(shortage === null ? null : describeShortage(shortage)),
  });
  const client = createShopifyClient({ settings, http, tokens, attention, budget });
  let known: { readonly access: ShopAccess; readonly untilMs: number } | null = null;
  let closing: Promise<void> | null = null;
  return {
    connectionId,
    settings,
    client,
    attention,
    reader: createRecordReader(client, now),
    changes: createChangeReader(client, settings.pollOverlapSeconds, now),
    async access(signal) {
      if (known === null || now() >= known.untilMs)
        known = { access: await readAccess(client, signal), untilMs: now() + ACCESS_LIFE_MS };
      return known.access;
    },
    close: () => {
      closing ??= http.close();
      return closing;
    },
  };
}

function describeShortage({ waiting, status }: Shortage): string {
  const left =
    status === null
      ? ''
      : `: ${status.available} of ${status.maximum} points are left, ${status.restoredPerSecond} come back a second`;
  return `Shopify's query budget of the store is short${left}; ${waiting} quer${waiting === 1 ? 'y waits' : 'ies wait'} for it.`;
}
