import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import {
  answerJson,
  answerText,
  createCommitLog,
  createFaults,
  type Sandbox,
  serveVendorApi,
  type VendorRequest,
} from '@entrepot/sandbox-faults';
import { createActions } from './actions.ts';
import { createExecutor, type GraphqlRequest, rootFieldOf } from './admin/execute.ts';
import { createShopifyControl } from './control.ts';
import { createJobs } from './jobs.ts';
import { authorize } from './oauth/authorize.ts';
import { grantToken } from './oauth/tokens.ts';
import { schemaVersionOf, servedVersion } from './schema/versions.ts';
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

const NAME = 'shopify';
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Stores of the demo. The second one shares order numbers and address with the first; the token distinguishes them. */
export function demoStores(webhookUrl: string | null): StoreOptions[] {
  return [
    {
      domain: 'demo.myshopify.test',
      token: 'sandbox-token',
      webhookSecret: 'sandbox-secret',
      webhookUrl,
      // As the demo's connection would have made them.
      subscribedBy: 'api',
    },
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
  const jobs = createJobs();
  const actions = createActions(sender, commits, now);
  const executor = createExecutor(actions, jobs, now);
  const faults = createFaults({
    operationOf: (request) =>
      request.path.endsWith('/graphql.json')
        ? rootFieldOf(readBody(request))
        : (request.path.split('/').at(-1) ?? null),
    answerStatus: (status, _request, response, said) => answerStatus(status, response, said),
    expireSession: (request) => {
      for (const store of stores) store.tokens.delete(String(request.headers['x-shopify-access-token']));
    },
  });

  const handle = (request: VendorRequest, response: ServerResponse): void => {
    const { method, path } = request;
    const version = /^\/admin\/api\/([^/]+)\/graphql\.json$/.exec(path)?.[1];
    if (method === 'POST' && path === '/admin/oauth/access_token') {
      const { status, value } = grantToken(stores, request.body, now());
      answerJson(response, status, value);
    } else if (method === 'GET' && path === '/admin/oauth/authorize') {
      const page = authorize(stores, request.query, now());
      if ('redirectTo' in page) answerText(response, 302, 'text/html', '', { location: page.redirectTo });
      else answerText(response, 400, 'text/html', page.message);
    } else if (method === 'POST' && version !== undefined) answerQuery(version, request, response);
    else answerJson(response, 404, { errors: 'Not Found' });
  };
  const answerQuery = (version: string, request: VendorRequest, response: ServerResponse): void => {
    response.setHeader('x-request-id', randomUUID());
    const store = findStore(stores, request, now);
    if (store === null) {
      answerJson(response, 401, WRONG_TOKEN);
      return;
    }
    const served = servedVersion(version, now());
    response.setHeader('x-shopify-api-version', served);
    answerJson(response, 200, executor.run(store, readBody(request), schemaVersionOf(served)));
  };

  const reset = (): void => {
    stores = [];
    for (const store of storeOptions) addStore(store);
    jobs.clear();
    commits.clear();
    faults.clear();
    faults.requests.clear();
    sender.clear();
  };
  return {
    name: NAME,
    serve: serveVendorApi({ name: NAME, bodyLimitBytes: BODY_LIMIT_BYTES, faults, handle }),
    control: createShopifyControl({ faults, commits, actions, sender, stores: () => stores, addStore, reset, now }),
    faults,
    get stores() {
      return stores;
    },
    webhooks: () => sender.list(),
    reset,
    close: async () => {
      jobs.clear();
      faults.close();
      await sender.close();
    },
  };
}

const WRONG_TOKEN = { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' };

function findStore(stores: readonly Store[], request: VendorRequest, now: () => number): Store | null {
  const token = request.headers['x-shopify-access-token'];
  if (typeof token !== 'string') return null;
  return (
    stores.find((store) => {
      const until = store.tokens.get(token);
      return until !== undefined && (until === null || now() < until);
    }) ?? null
  );
}

const parsedBodies = new WeakMap<VendorRequest, GraphqlRequest>();

/** The body as JSON, an empty object when it is none; parsed once, though the fault switches ask for it as well. */
function readBody(request: VendorRequest): GraphqlRequest {
  const known = parsedBodies.get(request);
  if (known !== undefined) return known;
  const body = parseObject(request.body);
  parsedBodies.set(request, body);
  return body;
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

const TOO_MANY = 'Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.';

function answerStatus(status: number, response: ServerResponse, said?: string): void {
  if (status === 200 && said !== undefined) answerJson(response, 200, { errors: [{ message: said }] });
  else if (said !== undefined) answerJson(response, status, { errors: said });
  else if (status === 429) answerJson(response, 429, { errors: TOO_MANY }, { 'retry-after': '2.0' });
  else if (status === 401) answerJson(response, 401, WRONG_TOKEN);
  else if (status < 500) answerJson(response, status, { errors: 'Unavailable Shop' });
  else
    answerText(
      response,
      status,
      'text/html',
      `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>Something went wrong</h1></body></html>`,
    );
}
