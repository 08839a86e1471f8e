import { setTimeout as sleep } from 'node:timers/promises';
import { detachedCall, type HttpClient, type HttpResponse, holdsJson, VendorError } from '@entrepot/vendor-kit';
import type { AttentionBoard } from './api/attention.ts';
import { createCostBucket, type ThrottleStatus } from './api/cost-bucket.ts';
import type { TokenSource } from './api/token.ts';
import type { ShopifySettings } from './config.ts';
import { errorOfGraphql, errorOfStatus, type GraphqlError } from './errors.ts';

export interface GraphqlQuery {
  /** Operation name; costs are remembered by it. */
  readonly name: string;
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What the query may cost at most, for waiting before it is sent; default: what it cost last. */
  readonly expectedCost?: number;
}

export interface GraphqlAnswer<Data> {
  readonly data: Data;
  /** Paths that Shopify refused for want of a scope or of approval for protected data; the fields there are null. */
  readonly denied: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
  /** Points the query reserved; null when Shopify did not say. */
  readonly requestedCost: number | null;
}

/** Asks the Admin API of one store. */
export interface ShopifyClient {
  /**
   * Sends a query. Waits beforehand when the known budget is short, and tries a throttled or once-refused (renewed token) query again.
   * @throws VendorError with the kinds that errors.ts names; data beside errors other than ACCESS_DENIED counts as no answer
   */
  query<Data>(query: GraphqlQuery, signal: AbortSignal): Promise<GraphqlAnswer<Data>>;
}

export interface ShopifyClientOptions {
  readonly settings: ShopifySettings;
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly attention: AttentionBoard;
  readonly now: () => number;
}

interface GraphqlBody {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: {
    readonly cost?: { readonly requestedQueryCost?: number; readonly throttleStatus?: ThrottleStatus };
    readonly search?: readonly {
      readonly path?: readonly string[];
      readonly query?: string;
      readonly warnings?: readonly { readonly message?: string }[];
    }[];
  };
}

/** Longest time in all that a query waits in here for budget; after it the caller is told `throttled`. */
const MAX_WAIT_MS = 5_000;
/** Refill rate assumed when a throttled answer does not say one (Standard plan). */
const DEFAULT_RESTORE_RATE = 100;

export function createShopifyClient(options: ShopifyClientOptions): ShopifyClient {
  const { settings, http, tokens, attention, now } = options;
  const bucket = createCostBucket(now);
  const lastCosts = new Map<string, number>();
  const path = `/admin/api/${settings.apiVersion}/graphql.json`;

  const send = async (query: GraphqlQuery, token: string, signal: AbortSignal): Promise<HttpResponse> => {
    const answer = await http.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-shopify-access-token': token },
      body: JSON.stringify({ query: query.document, variables: query.variables ?? {}, operationName: query.name }),
      call: detachedCall(signal),
      describe: query.name,
      readOnly: true,
    });
    noteVersion(answer, settings.apiVersion, attention);
    return answer;
  };

  const attempt = async <Data>(query: GraphqlQuery, signal: AbortSignal): Promise<GraphqlAnswer<Data>> => {
    let token = await tokens.read();
    let answer = await send(query, token, signal);
    if (answer.status === 401 && tokens.forget(token)) {
      token = await tokens.read();
      answer = await send(query, token, signal);
    }
    if (answer.status !== 200) throw describeFailure(http, answer, query.name);
    const body = http.readJson<GraphqlBody>(answer, { action: query.name });
    const cost = body.extensions?.cost;
    if (cost?.throttleStatus !== undefined) bucket.learn(cost.throttleStatus);
    if (cost?.requestedQueryCost !== undefined) lastCosts.set(query.name, cost.requestedQueryCost);
    return readAnswer<Data>(query, body);
  };

  return {
    query: async <Data>(query: GraphqlQuery, signal: AbortSignal) => {
      const deadlineMs = now() + MAX_WAIT_MS;
      for (;;) {
        const cost = query.expectedCost ?? lastCosts.get(query.name) ?? 10;
        await waitForBudget(bucket.waitMs(cost), deadlineMs - now(), signal);
        bucket.reserve(cost);
        try {
          return await attempt<Data>(query, signal);
        } catch (error) {
          if (!(error instanceof VendorError) || error.kind !== 'throttled') throw error;
          const waitMs = error.retryAfterMs ?? 1_000;
          if (now() + waitMs > deadlineMs) throw error;
          await pause(waitMs, signal);
        }
      }
    },
  };
}

async function waitForBudget(waitMs: number, leftMs: number, signal: AbortSignal): Promise<void> {
  if (waitMs <= 0) return;
  if (waitMs > leftMs)
    throw new VendorError('throttled', 'The query budget of the store is used up', {
      code: 'THROTTLED',
      retryAfterMs: waitMs,
    });
  await pause(waitMs, signal);
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(waitMs, undefined, { signal });
  } catch (error) {
    throw new VendorError('unavailable', 'Stopped while waiting for query budget', { code: 'aborted', cause: error });
  }
}

/**
 * Compares the version that answered with the one asked for: a version that is no longer supported is served by the oldest supported
 * one without any error ("fall forward").
 */
function noteVersion(answer: HttpResponse, asked: string, attention: AttentionBoard): void {
  const answered = readHeader(answer, 'x-shopify-api-version');
  if (answered === undefined) return;
  const message =
    answered === asked
      ? null
      : `Shopify answers with API version ${answered}, configured is ${asked}: move the connection to a supported version.`;
  attention.note('api-version', message);
}

function readHeader(answer: HttpResponse, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * The error of a status other than 200. Shopify refuses in JSON; a page that refuses was written by somebody in between, who knows nothing
 * of the token. Its edge asks to slow down, and tells of outages, in pages too.
 */
function describeFailure(http: HttpClient, answer: HttpResponse, action: string): VendorError {
  const { status, text } = answer;
  const isOwn = holdsJson(text) || (status >= 500 && status !== 511) || status === 429 || status === 430;
  if (!isOwn) return http.describeForeign(answer, { action });
  return errorOfStatus(status, text, readHeader(answer, 'retry-after'));
}

function readAnswer<Data>(query: GraphqlQuery, body: GraphqlBody): GraphqlAnswer<Data> {
  // A refused token and a closed shop are told with `errors` as one text.
  if (typeof body.errors === 'string') throw new VendorError('unauthorized', `Shopify refuses: ${body.errors}`);
  const errors = Array.isArray(body.errors) ? (body.errors as GraphqlError[]) : [];
  const denied = errors.filter((error) => error.extensions?.code === 'ACCESS_DENIED' && (error.path?.length ?? 0) > 1);
  const hasData = typeof body.data === 'object' && body.data !== null;
  if (errors.length > denied.length || !hasData) {
    if (errors.length === 0) throw new VendorError('unexpected', `Shopify answered ${query.name} without data`);
    const refusals = errors.filter((error) => !denied.includes(error));
    throw errorOfGraphql(refusals.length > 0 ? refusals : errors, readThrottleWaitMs(body));
  }
  refuseSearchWarnings(query, body);
  return {
    data: body.data as Data,
    denied: denied.map((error) => ({ path: error.path ?? [], message: error.message })),
    requestedCost: body.extensions?.cost?.requestedQueryCost ?? null,
  };
}

/** `(requested − available) / restore rate`, as Shopify's own advice for THROTTLED has it. */
function readThrottleWaitMs(body: GraphqlBody): number {
  const cost = body.extensions?.cost;
  const status = cost?.throttleStatus;
  if (cost?.requestedQueryCost === undefined || status === undefined) return 1_000;
  const missing = Math.max(1, cost.requestedQueryCost - status.currentlyAvailable);
  return Math.ceil((missing / (status.restoreRate || DEFAULT_RESTORE_RATE)) * 1000);
}

/** An ill-formed filter is dropped by Shopify with only a warning, and everything comes back: that must never pass for an answer. */
function refuseSearchWarnings(query: GraphqlQuery, body: GraphqlBody): void {
  const warnings = (body.extensions?.search ?? []).flatMap((search) => search.warnings ?? []);
  if (warnings.length === 0) return;
  const said = warnings.map((warning) => warning.message ?? 'unknown').join(' | ');
  throw new VendorError('unexpected', `Shopify ignored a part of the search of ${query.name}: ${said}`, {
    code: 'search-warning',
  });
}
