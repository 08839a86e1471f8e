import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createCommitLog, createFaults, type Sandbox } from '@entrepot/sandbox-faults';
import express, { type Request, type Response, Router } from 'express';
import { createActions } from './actions.ts';
import { createShopifyControl } from './control.ts';
import { createExecutor, type GraphqlRequest, rootFieldOf } from './graphql/execute.ts';
import { createStore, type Store, type StoreOptions } from './store.ts';
import { createWebhookSender, type SentWebhook } from './webhooks/delivery.ts';

export interface ShopifySandboxOptions {
  /** Stores to serve; default: the demo store and a second one with the same order numbers. */
  readonly stores?: readonly StoreOptions[];
  /** Where the demo store's webhooks go; null: nowhere. */
  readonly webhookUrl?: string | null;
  /** Waits between the attempts of a webhook that was not taken. */
  readonly webhookRetryDelaysMs?: readonly number[];
  readonly now?: () => number;
}

export interface ShopifySandbox extends Sandbox {
  readonly stores: readonly Store[];
  webhooks(): readonly SentWebhook[];
}

/** Quarterly versions that are served; an older one falls forward to the first. */
export const SUPPORTED_VERSIONS = ['2026-01', '2026-04', '2026-07', '2026-10'];
const SERVED_AS_ASKED = [...SUPPORTED_VERSIONS, '2027-01', 'unstable'];
const TOKEN_LIFE_SECONDS = 86_399;
const BODY_LIMIT = '8mb';

/** Stores of the demo. The second one shares order numbers and address with the first; the token tells them apart. */
export function demoStores(webhookUrl: string | null): StoreOptions[] {
  return [
    { domain: 'demo.myshopify.test', token: 'sandbox-token', webhookSecret: 'sandbox-secret', webhookUrl },
    {
      domain: 'second.myshopify.test',
      token: 'second-token',
      webhookSecret: 'sandbox-secret',
      clientId: 'second-client',
      webhookUrl: null,
    },
  ];
}

export function createShopifySandbox(options: ShopifySandboxOptions = {}): ShopifySandbox {
  const now = options.now ?? Date.now;
  const storeOptions = options.stores ?? demoStores(options.webhookUrl ?? null);
  let stores: Store[] = [];
  const addStore = (store: StoreOptions): Store => {
    const made = createStore(store, stores.length, now);
    stores = [...stores.filter((present) => present.domain !== made.domain), made];
    return made;
  };
  for (const store of storeOptions) addStore(store);

  const commits = createCommitLog(now);
  const sender = createWebhookSender({
    now,
    ...(options.webhookRetryDelaysMs ? { retryDelaysMs: options.webhookRetryDelaysMs } : {}),
  });
  const actions = createActions(sender, commits, now);
  const executor = createExecutor(actions, now);
  const faults = createFaults({
    operationOf: (request) =>
      request.path.endsWith('/graphql.json')
        ? rootFieldOf(readBody(request))
        : (request.path.split('/').at(-1) ?? null),
    answerStatus: (status, _request, response) => answerStatus(status, response),
    expireSession: (request) => {
      for (const store of stores) store.tokens.delete(String(request.headers['x-shopify-access-token']));
    },
  });

  const router = Router();
  router.use(express.text({ type: () => true, limit: BODY_LIMIT }), faults.middleware);
  router.post('/admin/oauth/access_token', (request, response) => grantToken(stores, request, response, now));
  router.post('/admin/api/:version/graphql.json', (request, response) => {
    response.setHeader('x-request-id', randomUUID());
    const store = findStore(stores, request, now);
    if (store === null) {
      response
        .status(401)
        .json({ errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' });
      return;
    }
    response.setHeader('x-shopify-api-version', servedVersion(request.params.version));
    response.json(executor.run(store, readBody(request)));
  });
  router.use((_request, response) => void response.status(404).json({ errors: 'Not Found' }));

  const reset = (): void => {
    stores = [];
    for (const store of storeOptions) addStore(store);
    commits.clear();
    faults.clear();
    faults.requests.clear();
    sender.clear();
  };
  return {
    name: 'shopify',
    router,
    control: createShopifyControl({ faults, commits, actions, sender, stores: () => stores, addStore, reset, now }),
    faults,
    get stores() {
      return stores;
    },
    webhooks: () => sender.list(),
    reset,
    close: async () => {
      faults.close();
      await sender.close();
    },
  };
}

function findStore(stores: readonly Store[], request: Request, now: () => number): Store | null {
  const token = request.headers['x-shopify-access-token'];
  if (typeof token !== 'string') return null;
  return (
    stores.find((store) =>
      [...store.tokens].some(([known, until]) => sameText(known, token) && (until === null || now() < until)),
    ) ?? null
  );
}

function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** A version that is no longer (or not) supported is served by the oldest supported one. */
function servedVersion(asked: string | undefined): string {
  return asked !== undefined && SERVED_AS_ASKED.includes(asked) ? asked : (SUPPORTED_VERSIONS[0] ?? '');
}

function readBody(request: Request): GraphqlRequest {
  try {
    const body: unknown = JSON.parse(typeof request.body === 'string' ? request.body : '');
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

/** The client-credentials grant: JSON or form-encoded, 24 h, no refresh token. */
function grantToken(stores: readonly Store[], request: Request, response: Response, now: () => number): void {
  const text = typeof request.body === 'string' ? request.body : '';
  const body = text.startsWith('{')
    ? (readBody(request) as Record<string, unknown>)
    : Object.fromEntries(new URLSearchParams(text));
  if (body.grant_type !== 'client_credentials') {
    response.status(400).json({ error: 'unsupported_grant_type', error_description: 'Grant type is not supported' });
    return;
  }
  const store = stores.find((candidate) => candidate.clientId === body.client_id);
  if (store === undefined)
    response
      .status(400)
      .json({ error: 'app_not_installed', error_description: 'The application is not installed on this shop' });
  else if (store.clientSecret !== body.client_secret)
    response.status(400).json({ error: 'invalid_client', error_description: 'Client authentication failed' });
  else {
    const token = `shpca_${randomUUID().replaceAll('-', '')}`;
    store.tokens.set(token, now() + TOKEN_LIFE_SECONDS * 1000);
    response.json({ access_token: token, scope: store.scopes.join(','), expires_in: TOKEN_LIFE_SECONDS });
  }
}

function answerStatus(status: number, response: Response): void {
  if (status === 429)
    response.status(429).set('retry-after', '2.0').json({
      errors: 'Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.',
    });
  else if (status === 401)
    response
      .status(401)
      .json({ errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' });
  else if (status < 500) response.status(status).json({ errors: 'Unavailable Shop' });
  else
    response
      .status(status)
      .type('text/html')
      .send(
        `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>Something went wrong</h1></body></html>`,
      );
}
